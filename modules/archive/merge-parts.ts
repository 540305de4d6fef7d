import type { Clock, Log } from '../common/ports.ts';
import { refuseCancelled } from '../requests/cancellation.ts';
import { outcomeOf } from '../requests/state-machine.ts';
import type { Requests } from '../requests/store.ts';
import { type BundleSettings, composeBundle } from './contents/compose.ts';
import { layOut } from './layout.ts';
import { BUNDLE_NAME, bundleKeyOf } from './name.ts';
import { committedIndexes } from './newest-parts.ts';
import type { BundleStore, PartStore } from './ports.ts';
import { planParts } from './upload-parts.ts';

export interface MergePartsPorts {
  readonly requests: Requests;
  readonly parts: PartStore;
  readonly bundles: BundleStore;
  readonly clock: Clock;
  readonly log: Log;
  readonly bundleDays: number;
  readonly settings: BundleSettings;
}

/** How often the Request is asked whether it was cancelled (D11). */
const POLL_MS = 2000;

/**
 * Task `Merge Parts`: joins all committed fragments to the Bundle without inflating them (design D4).
 * A Request none of whose sources was had gets no Bundle; one that has its Bundle keeps it.
 * @throws {PartDamagedError} a fragment is not what its index says
 * @throws {RequestCancelledError} cancelled meanwhile; nothing is left behind
 */
export async function mergeParts(
  { requestId, attempt }: { requestId: string; attempt: number },
  ports: MergePartsPorts,
  signal?: AbortSignal,
): Promise<void> {
  const bundleKey = bundleKeyOf(requestId, attempt);
  const record = await ports.requests.transition(requestId, 'MERGING', {}, { attempt });
  if (record.bundle?.bundleKey === bundleKey) return;
  const [plan, indexes, progress] = await Promise.all([
    ports.parts.getPlan(requestId, attempt),
    committedIndexes(ports.parts, requestId, attempt),
    ports.requests.listProgress(requestId),
  ]);
  if (outcomeOf(progress) === 'FAILED') return;
  const { files, fileName } = composeBundle({ record, plan, progress, indexes }, ports.settings);
  const mtime = Math.floor(Date.parse(plan.frozenAt) / 1000);
  const { segments, byteLength, crc32 } = layOut(files, mtime);
  const bundle = { parts: planParts(segments), byteLength, crc32 };
  await ports.bundles.stitch(bundleKey, bundle, cancelCheck({ requestId, attempt }, ports), signal);
  await refuseCancelled({ requestId, attempt }, ports.requests, () => ports.bundles.delete(bundleKey));
  const named = fileName === BUNDLE_NAME ? {} : { fileName };
  const expiresAt = new Date(ports.clock.now().getTime() + ports.bundleDays * 86_400_000).toISOString();
  await ports.requests.note(requestId, { bundle: { bundleKey, byteLength, expiresAt, ...named } }, { attempt });
  ports.log.info('bundle written', { requestId, attempt, bytes: byteLength, count: files.length });
}

/** Looks every `POLL_MS`, and at the first call. */
function cancelCheck(
  of: { requestId: string; attempt: number },
  { requests, clock }: MergePartsPorts,
): () => Promise<void> {
  let last = Number.NEGATIVE_INFINITY;
  return async () => {
    const now = clock.now().getTime();
    if (now - last < POLL_MS) return;
    last = now;
    await refuseCancelled(of, requests);
  };
}
