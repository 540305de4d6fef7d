import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { extract } from 'tar-stream';
import type { RequestPorts } from '../requests/store.ts';
import { PartDamagedError } from './errors.ts';
import { downloadableArchive } from './get-link.ts';
import type { ArchiveReader } from './ports.ts';

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
