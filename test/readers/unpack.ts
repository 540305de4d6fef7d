/** Unpacks a tar.gz into the current folder: `unpack.ts ARCHIVE`. */
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { extract } from 'tar-stream';

const tar = extract();
const read = pipeline(createReadStream(process.argv[2]!), createGunzip(), tar);
for await (const entry of tar) {
  await mkdir(dirname(entry.header.name), { recursive: true });
  await pipeline(entry, createWriteStream(entry.header.name));
}
await read;
