import { WrongStateError } from '../requests/errors.ts';
import type { RequestRecord } from '../requests/record.ts';
import { type Attempt, attemptsUpTo, isFinal, keptUntil } from '../requests/state-machine.ts';
import { isOlder, type Noted, recordsOf, type Subjects } from '../requests/subjects/subject-index.ts';
import type { SealedPorts } from '../requests/vault.ts';
import { archiveKeyOf } from './name.ts';
import type { ArchiveStore, PartStore } from './ports.ts';
import type { OwnArchives } from './settings.ts';

type ResultStores = { readonly parts: PartStore; readonly archives: Pick<ArchiveStore, 'delete'> };

/** Deletes the Archives of every attempt, the Parts and the unfinished uploads. A repeat is harmless. */
export async function deleteResults({ requestId, attempt }: Attempt, { parts, archives }: ResultStores): Promise<void> {
  await Promise.all([
    parts.deleteParts(requestId),
    ...attemptsUpTo(attempt).map((each) => archives.delete(archiveKeyOf(requestId, each))),
  ]);
}

/** Destroys an archive, or what a failed retrieval keeps, and the sealed name. A repeat is harmless. @throws {WrongStateError} */
export async function destroyArchive(requestId: string, ports: SealedPorts & ResultStores): Promise<void> {
  const record = await ports.requests.get(requestId);
  const { state, attempt, destroyedAt } = record;
  if (!isFinal(state) || !(destroyedAt || keptUntil(record))) throw new WrongStateError(requestId, state);
  // The mark comes first: from then on there is no new link and no rerun.
  if (!destroyedAt) await ports.requests.noteEnded(requestId, { destroyedAt: ports.clock.now().toISOString() });
  await Promise.all([ports.vault.wipe(requestId, ['login', 'subject', 'mask']), deleteResults(record, ports)]);
  ports.log.info('archive destroyed', { requestId, attempt, state });
}

export type EarlierArchivesPorts = SealedPorts & ResultStores & { readonly subjects: Subjects };

/** Maximum duration of a start: an older entry without a Request never gets one. */
const MAX_START_MS = 15 * 60_000;

/** Destroys earlier archives of the Subject, as configured (R15). @returns when each that stays expires; `null`: it still runs */
export async function settleEarlierArchives(requestId: string, ownArchives: OwnArchives, ports: EarlierArchivesPorts) {
  const mac = await ports.subjects.macOf(requestId);
  if (mac === undefined) return [];
  const records = await recordsOf(await ports.subjects.requestsAbout(mac), ports.requests);
  const retrievals = records.filter(({ kind, destroyedAt }) => kind === 'retrieve' && destroyedAt === undefined);
  const kept: (string | null)[] = [];
  for (const retrieval of retrievals) {
    const until = keptUntil(retrieval);
    if (!isFinal(retrieval.state)) kept.push(null);
    else if (until && ownArchives === 'delete') await destroyArchive(retrieval.requestId, ports);
    else if (until && Date.parse(until) > ports.clock.now().getTime()) kept.push(until);
  }
  return kept;
}

/**
 * Ends the link between a finished Request and its Subject. An anonymization releases its claim. When the Subject was
 * anonymized and no Request about it is unfinished, every hash of it is removed (R15). Until then, waiting Requests need
 * the hash to find earlier archives. A repeat is harmless.
 */
export async function leaveSubject(
  { requestId, kind }: RequestRecord,
  { subjects, requests, clock }: Pick<EarlierArchivesPorts, 'subjects' | 'requests' | 'clock'>,
): Promise<void> {
  const mac = await subjects.macOf(requestId);
  if (mac === undefined) return;
  if (kind !== 'retrieve') await subjects.release(mac, requestId);
  const about = await subjects.requestsAbout(mac);
  const records = await recordsOf(about, requests);
  const ids = new Set(records.map((record) => record.requestId));
  const isPast = (noted: Noted): boolean => ids.has(noted.requestId) || isOlder(noted, clock.now(), MAX_START_MS);
  const isOver = records.every(({ state }) => isFinal(state)) && about.every(isPast);
  const isAnonymized = records.some((each) => each.kind === 'anonymize' && each.certificate);
  const isBegun = about.every((each) => each.requestId !== requestId); // an earlier call broke off while it removed entries
  if (!isOver || !(isAnonymized || isBegun)) return;
  for (const each of about) await subjects.release(mac, each.requestId); // of a killed start
  const forgotten = about.map((each) => each.requestId);
  await subjects.forget(mac, forgotten, requestId);
}
