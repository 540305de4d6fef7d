import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { extract } from 'tar-stream';
import { WrongStateError } from '../requests/errors.ts';
import type { RequestRecord } from '../requests/record.ts';
import { hasArchive, keptUntil } from '../requests/state-machine.ts';
import type { RequestPorts } from '../requests/store.ts';
import { ArchiveDestroyedError, ArchiveExpiredError, PartDamagedError } from './errors.ts';
import { ARCHIVE_NAME } from './name.ts';
import type { ArchiveReader, LinkSigner } from './ports.ts';

/** @throws {WrongStateError | ArchiveDestroyedError | ArchiveExpiredError} what a Request has retrieved is not there */
export function refuseGone(record: RequestRecord, now: Date): void {
  const { requestId, state, destroyedAt } = record;
  if (destroyedAt) throw new ArchiveDestroyedError(requestId);
  const until = keptUntil(record);
  if (until === undefined) throw new WrongStateError(requestId, state);
  if (Date.parse(until) <= now.getTime()) throw new ArchiveExpiredError(requestId);
}

/** The Archive of a Request while it can be downloaded. @throws as `refuseGone`; {WrongStateError} there is none */
function downloadableArchive(record: RequestRecord, now: Date): NonNullable<RequestRecord['archive']> {
  const { requestId, state, archive } = record;
  if (!hasArchive(state) || !archive) throw new WrongStateError(requestId, state);
  refuseGone(record, now);
  return archive;
}

/** A new link to a finished Archive (docs/decisions/0022). @throws as `downloadableArchive` */
export async function getLink(requestId: string, ports: Omit<RequestPorts, 'log'> & { readonly links: LinkSigner }) {
  const archive = downloadableArchive(await ports.requests.get(requestId), ports.clock.now());
  await ports.requests.addEvent(requestId, { what: 'link-minted' }); // first, so that every link is in the audit trail
  return ports.links.sign(archive.archiveKey, archive.fileName ?? ARCHIVE_NAME);
}

/** The manifest of a finished Archive, its first file, as JSON text. @throws as `downloadableArchive` */
export async function getManifest(
  requestId: string,
  { requests, archives, clock }: Omit<RequestPorts, 'log'> & { readonly archives: ArchiveReader },
): Promise<string> {
  const { archiveKey } = downloadableArchive(await requests.get(requestId), clock.now());
  const archive = await archives.open(archiveKey);
  const tar = extract();
  pipeline(archive, createGunzip(), tar).catch(() => {}); // it ends the reading of `tar`, too
  try {
    for await (const entry of tar) return (await buffer(entry)).toString();
  } finally {
    archive.destroy();
  }
  throw new PartDamagedError(archiveKey);
}
