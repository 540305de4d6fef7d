import { readFileSync } from 'node:fs';
import { constants, createDeflateRaw } from 'node:zlib';
import { measured } from '../measured.ts';

/**
 * zlib alone, on bytes that are in memory already. `plain`: Node's own settings and pieces of 64 KB, as streams bring
 * them; `tuned`: the settings and pieces of `FragmentEncoder`, which are faster.
 */
const [file, level, rounds, settings] = process.argv.slice(2);
const bytes = readFileSync(file!);
const tuned = settings === 'tuned';
const piece = tuned ? 256 * 1024 : 64 * 1024;

await measured(async () => {
  const deflate = createDeflateRaw({
    level: Number(level),
    ...(tuned && { memLevel: 9, chunkSize: 256 * 1024, strategy: constants.Z_FILTERED }),
  });
  let deflateBytes = 0;
  deflate.on('data', (chunk: Buffer) => {
    deflateBytes += chunk.length;
  });
  for (let round = 0; round < Number(rounds); round++) {
    for (let at = 0; at < bytes.length; at += piece) {
      await new Promise<void>((done) => deflate.write(bytes.subarray(at, at + piece), () => done()));
    }
  }
  await new Promise<void>((done) => deflate.end(done));
  return { rawBytes: bytes.length * Number(rounds), deflateBytes };
});
