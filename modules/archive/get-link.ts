import { WrongStateError } from '../requests/errors.ts';
import type { RequestRecord } from '../requests/record.ts';
import { hasArchive, keptUntil } from '../requests/state-machine.ts';
import type { RequestPorts } from '../requests/store.ts';
import { ArchiveDestroyedError, ArchiveExpiredError } from './errors.ts';
import { ARCHIVE_NAME } from './name.ts';
import type { Link, LinkSigner } from './ports.ts';

/** @throws {WrongStateError | ArchiveDestroyedError | ArchiveExpiredError} what a Request has retrieved is not there */
export function refuseGone(record: RequestRecord, now: Date): void {
  const { requestId, state, destroyedAt } = record;
  if (destroyedAt) throw new ArchiveDestroyedError(requestId);
  const until = keptUntil(record);
  if (until === undefined) throw new WrongStateError(requestId, state);
  if (Date.parse(until) <= now.getTime()) throw new ArchiveExpiredError(requestId);
}

/** The Archive of a Request while it can be downloaded. @throws as `refuseGone`; {WrongStateError} there is none */
export function downloadableArchive(record: RequestRecord, now: Date): NonNullable<RequestRecord['archive']> {
  const { requestId, state, archive } = record;
  if (!hasArchive(state) || !archive) throw new WrongStateError(requestId, state);
  refuseGone(record, now);
  return archive;
}

/** A new link to a finished Archive (docs/decisions/0022). @throws as `downloadableArchive` */
export async function getLink(
  requestId: string,
  ports: Omit<RequestPorts, 'log'> & { readonly links: LinkSigner },
): Promise<Link> {
  const archive = downloadableArchive(await ports.requests.get(requestId), ports.clock.now());
  await ports.requests.addEvent(requestId, { what: 'link-minted' }); // first, so that every link is in the audit trail
  return ports.links.sign(archive.archiveKey, archive.fileName ?? ARCHIVE_NAME);
}
