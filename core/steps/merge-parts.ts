import { type BundleFile, layOut, type Segment } from '../bundle/layout.ts';
import { csvRecord } from '../csv.ts';
import { PartDamagedError, RequestCancelledError } from '../errors.ts';
import { outcomeOf } from '../lifecycle.ts';
import { buildManifest, type GatheredFile, gatherFiles } from '../manifest.ts';
import type { BundleStore, Clock, Log, PartStore, Requests } from '../ports.ts';

/** The archive's name, as the product has it (R8). */
export const BUNDLE_NAME = 'gdpr-data.tar.gz';

export interface MergePartsPorts {
  readonly requests: Requests;
  readonly parts: PartStore;
  readonly bundles: BundleStore;
  readonly clock: Clock;
  readonly log: Log;
  readonly bundleDays: number;
}

/**
 * Task `Merge Parts`: joins all committed fragments to the Bundle without inflating them (design D4).
 * A Request none of whose sources was had gets no Bundle.
 * @throws {PartDamagedError} a fragment is not what its index says
 */
export async function mergeParts(
  { requestId, attempt }: { requestId: string; attempt: number },
  ports: MergePartsPorts,
): Promise<void> {
  const record = await ports.requests.transition(requestId, 'MERGING');
  const [plan, indexes, progress] = await Promise.all([
    ports.parts.getPlan(requestId, attempt),
    ports.parts.listIndexes(requestId, attempt),
    ports.requests.listProgress(requestId),
  ]);
  if (outcomeOf(progress) === 'FAILED') return;
  const files = gatherFiles(plan, indexes);
  const manifest = buildManifest(record, plan, progress, indexes, files, (file) => csvHead(file).length);
  const head = Buffer.from(`${JSON.stringify(manifest, null, 2)}\n`);
  const entries: BundleFile[] = [
    { name: 'manifest.json', head, fragments: [] },
    ...files.map((file) => ({ name: file.name, head: csvHead(file), fragments: file.fragments })),
  ];
  const mtime = Math.floor(Date.parse(plan.frozenAt) / 1000);
  const bundleKey = `bundles/${requestId}/${attempt}/${BUNDLE_NAME}`;
  const byteLength = await ports.bundles.write(bundleKey, join(layOut(entries, mtime), ports.parts));
  if ((await ports.requests.get(requestId)).cancelRequested) {
    await ports.bundles.delete(bundleKey);
    throw new RequestCancelledError(requestId);
  }
  const expiresAt = new Date(ports.clock.now().getTime() + ports.bundleDays * 86_400_000).toISOString();
  await ports.requests.note(requestId, { bundle: { bundleKey, byteLength, expiresAt } });
  ports.log.info('bundle written', { requestId, attempt, bytes: byteLength, count: entries.length });
}

const csvHead = ({ columns }: Pick<GatheredFile, 'columns'>): Buffer => Buffer.from(csvRecord(columns, false));

/** Streams segments in order; each range of a Part is checked for its length and its closing flush (D4a). */
async function* join(segments: readonly Segment[], parts: PartStore): AsyncGenerator<Buffer> {
  for (const segment of segments) {
    if ('bytes' in segment) {
      yield segment.bytes;
      continue;
    }
    let byteLength = 0;
    let tail: Buffer = Buffer.alloc(0);
    for await (const chunk of await parts.read(segment.partKey, segment.offset, segment.byteLength)) {
      const bytes = chunk as Buffer;
      byteLength += bytes.length;
      tail = Buffer.concat([tail, bytes.subarray(-4)]).subarray(-4);
      yield bytes;
    }
    if (byteLength !== segment.byteLength || !tail.equals(FLUSH_MARK)) throw new PartDamagedError(segment.partKey);
  }
}

/** An empty stored block: what a full flush ends with. Source: RFC 1951 section 3.2.4. */
const FLUSH_MARK = Buffer.from([0x00, 0x00, 0xff, 0xff]);
