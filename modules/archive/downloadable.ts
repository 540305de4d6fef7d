import { WrongStateError } from '../requests/errors.ts';
import type { RequestRecord } from '../requests/record.ts';
import { hasArchive } from '../requests/state-machine.ts';
import { ArchiveDestroyedError, ArchiveExpiredError } from './errors.ts';

/**
 * The Archive of a Request while it can be downloaded.
 * @throws {WrongStateError} not finished, or ended without an Archive
 * @throws {ArchiveDestroyedError | ArchiveExpiredError}
 */
export function downloadableArchive(
  { requestId, state, archive, destroyedAt }: RequestRecord,
  now: Date,
): NonNullable<RequestRecord['archive']> {
  if (!hasArchive(state) || !archive) throw new WrongStateError(requestId, state);
  if (destroyedAt) throw new ArchiveDestroyedError(requestId);
  if (Date.parse(archive.expiresAt) <= now.getTime()) throw new ArchiveExpiredError(requestId);
  return archive;
}
