import { WrongStateError } from '../requests/errors.ts';
import { type Attempt, attemptsUpTo, isFinal, keptUntil } from '../requests/state-machine.ts';
import type { RequestPorts } from '../requests/store.ts';
import type { Vault } from '../requests/vault.ts';
import { archiveKeyOf } from './name.ts';
import type { ArchiveStore, PartStore } from './ports.ts';

interface ResultStores {
  readonly parts: PartStore;
  readonly archives: Pick<ArchiveStore, 'delete'>;
}

export interface DestroyArchivePorts extends RequestPorts, ResultStores {
  readonly vault: Vault;
}

/** Deletes the Archives of every attempt, the Parts and the unfinished uploads. A repeat is harmless. */
export async function deleteResults({ requestId, attempt }: Attempt, { parts, archives }: ResultStores): Promise<void> {
  await Promise.all([
    parts.deleteParts(requestId),
    ...attemptsUpTo(attempt).map((each) => archives.delete(archiveKeyOf(requestId, each))),
  ]);
}

/**
 * Destroys an archive after it was handed over, or what a failed retrieval keeps: the Archives of every attempt, their Parts, the
 * sealed name. The record and the audit trail stay. A repeat is harmless.
 * @throws {WrongStateError} the Request has not ended, or has kept nothing
 */
export async function destroyArchive(requestId: string, ports: DestroyArchivePorts): Promise<void> {
  const record = await ports.requests.get(requestId);
  const { state, attempt, destroyedAt } = record;
  if (!isFinal(state) || !(destroyedAt || keptUntil(record))) throw new WrongStateError(requestId, state);
  // The mark comes first: from then on there is no new link and no rerun.
  if (!destroyedAt) await ports.requests.noteEnded(requestId, { destroyedAt: ports.clock.now().toISOString() });
  await Promise.all([ports.vault.wipe(requestId, ['login', 'subject', 'mask']), deleteResults(record, ports)]);
  ports.log.info('archive destroyed', { requestId, attempt, state });
}
