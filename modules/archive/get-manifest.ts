import { createGunzip } from 'node:zlib';
import { extract } from 'tar-stream';
import type { RequestPorts } from '../requests/store.ts';
import { PartDamagedError } from './errors.ts';
import { downloadableArchive } from './get-link.ts';
import type { ArchiveReader } from './ports.ts';

export interface GetManifestPorts extends Omit<RequestPorts, 'log'> {
  readonly archives: ArchiveReader;
}

/**
 * The manifest of a finished Archive: its first file.
 * @returns JSON text
 * @throws {WrongStateError} not finished, or ended without an Archive
 * @throws {ArchiveDestroyedError | ArchiveExpiredError}
 */
export async function getManifest(requestId: string, { requests, archives, clock }: GetManifestPorts): Promise<string> {
  const { archiveKey } = downloadableArchive(await requests.get(requestId), clock.now());
  const archive = await archives.open(archiveKey);
  const gunzip = createGunzip();
  const tar = extract();
  archive.once('error', (error) => gunzip.destroy(error));
  gunzip.once('error', (error) => tar.destroy(error));
  archive.pipe(gunzip).pipe(tar);
  try {
    for await (const entry of tar) {
      const chunks: Buffer[] = [];
      for await (const chunk of entry) chunks.push(chunk as Buffer);
      return Buffer.concat(chunks).toString();
    }
  } finally {
    archive.destroy();
    gunzip.destroy();
  }
  throw new PartDamagedError(archiveKey);
}
