import type { Clock, Log } from '../common/ports.ts';
import { WrongStateError } from '../requests/errors.ts';
import { isFinal, keptUntil } from '../requests/state-machine.ts';
import type { Requests } from '../requests/store.ts';
import type { Vault } from '../requests/vault.ts';
import { archiveKeyOf } from './name.ts';
import type { ArchiveStore, PartStore } from './ports.ts';

export interface DestroyArchivePorts {
  readonly requests: Requests;
  readonly vault: Vault;
  readonly parts: PartStore;
  readonly archives: Pick<ArchiveStore, 'delete'>;
  readonly clock: Clock;
  readonly log: Log;
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
  if (!destroyedAt) await ports.requests.markDestroyed(requestId, ports.clock.now().toISOString());
  const attempts = Array.from({ length: attempt }, (_, before) => before + 1);
  await Promise.all([
    ports.vault.wipe(requestId, ['login', 'subject', 'mask']),
    ports.parts.deleteParts(requestId),
    ...attempts.map((each) => ports.archives.delete(archiveKeyOf(requestId, each))),
  ]);
  ports.log.info('archive destroyed', { requestId, attempt, state });
}
