import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { extract } from 'tar-stream';

/** Reads a tar.gz whole with tar-stream: contents by name. */
export async function untar(archive: Buffer): Promise<Record<string, string>> {
  const files = Object.entries(await untarBytes(archive));
  return Object.fromEntries(files.map(([name, bytes]) => [name, bytes.toString()]));
}

/** The same for contents that are no text. */
export async function untarBytes(archive: Buffer): Promise<Record<string, Buffer>> {
  const files: Record<string, Buffer> = {};
  const tar = Readable.from([archive]).pipe(createGunzip()).pipe(extract());
  for await (const entry of tar) {
    const chunks: Buffer[] = [];
    for await (const chunk of entry) chunks.push(chunk as Buffer);
    files[entry.header.name] = Buffer.concat(chunks);
  }
  return files;
}
