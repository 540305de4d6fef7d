import { createGunzip } from 'node:zlib';
import { extract } from 'tar-stream';
import type { Clock } from '../common/ports.ts';
import type { Requests } from '../requests/store.ts';
import { keptBundleOf } from './downloadable.ts';
import { PartDamagedError } from './errors.ts';
import type { BundleReader } from './ports.ts';

export interface GetManifestPorts {
  readonly requests: Requests;
  readonly bundles: BundleReader;
  readonly clock: Clock;
}

/**
 * The manifest of a finished Bundle, read from its start: it is the first file there.
 * @returns JSON text
 * @throws {WrongStateError} not finished, or ended without a Bundle
 * @throws {BundleDestroyedError | BundleExpiredError} it is gone
 */
export async function getManifest(requestId: string, { requests, bundles, clock }: GetManifestPorts): Promise<string> {
  const { bundleKey } = keptBundleOf(await requests.get(requestId), clock.now());
  const archive = await bundles.open(bundleKey);
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
  throw new PartDamagedError(bundleKey);
}
