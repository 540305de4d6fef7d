import { createGunzip } from 'node:zlib';
import { extract } from 'tar-stream';
import { BundleDestroyedError, BundleExpiredError, PartDamagedError, WrongStateError } from '../errors.ts';
import { hasBundle } from '../lifecycle.ts';
import type { BundleReader, Clock, Requests } from '../ports.ts';

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
  const { state, bundle, destroyedAt } = await requests.get(requestId);
  if (!hasBundle(state) || !bundle) throw new WrongStateError(requestId, state);
  if (destroyedAt) throw new BundleDestroyedError(requestId);
  if (Date.parse(bundle.expiresAt) <= clock.now().getTime()) throw new BundleExpiredError(requestId);
  const archive = await bundles.open(bundle.bundleKey);
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
  throw new PartDamagedError(bundle.bundleKey);
}
