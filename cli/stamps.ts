import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { anchorDigest, type StampedAnchor } from '../modules/proof/audit-anchors.ts';

/** Writes what the time-stamping authority has answered to each anchor as `<SHA-256 of the anchor>.tsr`, for `openssl ts`. */
export async function keepStamps(anchors: readonly StampedAnchor[], folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const anchor of anchors) {
    await writeFile(join(folder, `${anchorDigest(anchor)}.tsr`), Buffer.from(anchor.stamp, 'base64'));
  }
}
