import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { peakMemory } from '../measured.ts';
import { readRecording } from './recording.ts';

/**
 * Serves a recording over plain HTTP: `/0/32` is the first answer in chunks of 32 KB. Tells its port to the parent, and
 * its peak memory when it is asked. It holds the recording once; an answer that is not read keeps two chunks in memory.
 */
const bodies = readRecording(process.argv[2]!).map(({ path }) => readFileSync(path));

function* piecesOf(body: Buffer, size: number): Generator<Buffer> {
  for (let at = 0; at < body.length; at += size) yield body.subarray(at, at + size);
}

const server = createServer((request, response) => {
  const [, number, kilobytes] = /^\/(\d+)\/([1-9]\d*)$/.exec(request.url!) ?? [];
  const body = bodies[Number(number)];
  // Chunks of no size would be written without end: nothing would ever wait for the reader.
  if (!body) return void response.writeHead(400).end();
  const pieces = Readable.from(piecesOf(body, Number(kilobytes) * 1024), { highWaterMark: 2 });
  pipeline(pieces, response).catch(() => response.destroy());
});
server.listen(0, '127.0.0.1', () => process.send!((server.address() as AddressInfo).port));
process.on('message', () => process.send!(peakMemory()));
process.once('disconnect', () => process.exit());
