import { daysAfter } from '../common/day-window.ts';
import { refuseCancelled } from '../requests/cancellation.ts';
import { AmbiguousSubjectError } from '../requests/errors.ts';
import { endedProgress, PARTS_GONE, type SourceProgress, WORKER_LOST } from '../requests/source.ts';
import { type Attempt, attemptsUpTo, isUnfinished, outcomeOf, wasRetrieved } from '../requests/state-machine.ts';
import type { RequestPorts, Requests } from '../requests/store.ts';
import { distinctAccounts } from '../requests/subjects/account-name.ts';
import { type ArchiveSettings, composeArchive } from './contents/compose.ts';
import type { Dictionary } from './contents/dictionary.ts';
import { isGap, type PartIndex } from './fragment.ts';
import { layOut } from './layout.ts';
import { archiveKeyOf } from './name.ts';
import type { ArchiveStore, PartStore } from './ports.ts';
import { uploadPartsOf } from './upload-parts.ts';

interface MergePartsPorts extends RequestPorts {
  readonly parts: PartStore;
  readonly archives: ArchiveStore;
  readonly archiveDays: number;
  readonly settings: ArchiveSettings;
  readonly dictionary: Dictionary;
}

/** How often to check whether the Request was cancelled (docs/decisions/0025). */
const POLL_MS = 2000;

/**
 * Task `Merge Parts`: joins all committed fragments into the Archive without inflating them (docs/decisions/0007). A Request without
 * any retrieved source gets none. @returns `more` when it must be called again, to continue its upload
 * @throws {AmbiguousSubjectError} Engines that were away at first have taken different accounts for the name
 * @throws {PartDamagedError | RequestCancelledError}
 */
export async function mergeParts(
  { requestId, attempt }: Attempt,
  ports: MergePartsPorts,
  signal?: AbortSignal,
  mayStart: () => boolean = () => true,
): Promise<{ more: boolean }> {
  const archiveKey = archiveKeyOf(requestId, attempt);
  const record = await ports.requests.transition(requestId, 'MERGING', {}, { attempt });
  if (record.archive?.archiveKey === archiveKey) return { more: false };
  const [frame, indexes, reported] = await Promise.all([
    ports.parts.getFrame(requestId, attempt),
    committedIndexes(ports.parts, requestId, attempt),
    ports.requests.listProgress(requestId),
  ]);
  const progress = await settle(requestId, reported, indexes, ports.requests);
  if (outcomeOf(progress) === 'FAILED') return { more: false };
  const taken = indexes.flatMap((index) => index.taken ?? []);
  if (distinctAccounts(record.subjectKind, taken).length > 1) throw new AmbiguousSubjectError(requestId);
  const { files } = composeArchive({ record, frame, progress, indexes }, ports.settings, ports.dictionary);
  const mtime = Math.floor(Date.parse(frame.frozenAt) / 1000);
  const { segments, byteLength, crc32 } = layOut(files, mtime);
  const archive = { parts: uploadPartsOf(segments), byteLength, crc32 };
  const check = cancelCheck({ requestId, attempt }, ports);
  if (!(await ports.archives.stitch(archiveKey, archive, check, signal, mayStart))) return { more: true };
  await refuseCancelled({ requestId, attempt }, ports.requests, () => ports.archives.delete(archiveKey));
  const expiresAt = daysAfter(ports.clock.now(), ports.archiveDays).toISOString();
  await ports.requests.note(requestId, { archive: { archiveKey, byteLength, expiresAt } }, { attempt });
  ports.log.info('archive written', { requestId, attempt, bytes: byteLength, count: files.length });
  return { more: false };
}

/** Names sources that nobody reported on (R12): a worker was lost, or Parts are gone. Else the archive would seem complete. */
function settle(
  requestId: string,
  progress: readonly SourceProgress[],
  indexes: readonly PartIndex[],
  requests: Requests,
): Promise<SourceProgress[]> {
  const settled = progress.map(async (source) => {
    const isThere = isWhole(indexes.filter(({ sourceId }) => sourceId === source.sourceId));
    const reason = isUnfinished(source) ? WORKER_LOST : wasRetrieved(source) && !isThere ? PARTS_GONE : undefined;
    if (reason === undefined) return source;
    const missing = endedProgress(source, 'FAILED', reason);
    await requests.putProgress(requestId, missing);
    return missing;
  });
  return Promise.all(settled);
}

function cancelCheck(of: Attempt, { requests, clock }: MergePartsPorts): () => Promise<void> {
  let last = Number.NEGATIVE_INFINITY;
  return async () => {
    const now = clock.now().getTime();
    if (now - last < POLL_MS) return;
    last = now;
    await refuseCancelled(of, requests);
  };
}

/** Of each source (by id) the indexes of one attempt: of the newest, unless an earlier one has brought more (docs/decisions/0023). */
export async function committedIndexes(parts: Pick<PartStore, 'listIndexes'>, requestId: string, attempt: number) {
  const lists = await Promise.all(attemptsUpTo(attempt).map((each) => parts.listIndexes(requestId, each)));
  const chosen = new Map<string, readonly PartIndex[]>();
  for (const list of lists) {
    for (const [sourceId, indexes] of Map.groupBy(list, (index) => index.sourceId)) {
      if (isNoWorse(indexes, chosen.get(sourceId) ?? [])) chosen.set(sourceId, indexes);
    }
  }
  return [...chosen].sort(([a], [b]) => (a < b ? -1 : 1)).flatMap(([, indexes]) => indexes);
}

/** An attempt that completed the source counts before one that did not; of two alike the later, unless it lacks more rows. */
function isNoWorse(later: readonly PartIndex[], before: readonly PartIndex[]): boolean {
  if (isWhole(later) !== isWhole(before)) return isWhole(later);
  const rowsOf = (some: readonly PartIndex[]) =>
    some.flatMap(({ fragments }) => fragments).reduce((sum, { rows }) => sum + rows, 0);
  const gapsOf = (some: readonly PartIndex[]) => some.flatMap(({ missing }) => missing).filter(isGap).length;
  return rowsOf(later) >= rowsOf(before) || (isWhole(later) && gapsOf(later) <= gapsOf(before));
}

/** True when a worker has committed everything that its source holds. */
export const isWhole = (indexes: readonly PartIndex[]): boolean => indexes.length > 0 && indexes.at(-1)!.next === null;
