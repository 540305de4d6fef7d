import type { Clock } from '../common/ports.ts';
import type { Requests } from '../requests/store.ts';
import { downloadableArchive } from './downloadable.ts';
import type { Link } from './link.ts';
import { ARCHIVE_NAME } from './name.ts';
import type { LinkSigner } from './ports.ts';

/**
 * Creates a new link to a finished Archive (docs/decisions/0022).
 * @throws {WrongStateError} not finished, or ended without an Archive
 * @throws {ArchiveDestroyedError | ArchiveExpiredError}
 */
export async function getLink(
  requestId: string,
  ports: { readonly requests: Requests; readonly links: LinkSigner; readonly clock: Clock },
): Promise<Link> {
  const archive = downloadableArchive(await ports.requests.get(requestId), ports.clock.now());
  await ports.requests.addEvent(requestId, { what: 'link-minted' }); // first, so that every link is in the audit trail
  return ports.links.sign(archive.archiveKey, archive.fileName ?? ARCHIVE_NAME);
}
