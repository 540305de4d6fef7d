import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { readRecording } from './recording.ts';

/** Serves a recording over plain HTTP, `/0`, `/1`, ..., in pieces as an Engine does; tells its port to the parent. */
const bodies = readRecording(process.argv[2]!).map(({ path }) => readFileSync(path));
const PIECE = 32 * 1024;

function* piecesOf(body: Buffer): Generator<Buffer> {
  for (let at = 0; at < body.length; at += PIECE) yield body.subarray(at, at + PIECE);
}

const server = createServer((request, response) => {
  const body = bodies[Number(request.url!.slice(1))]!;
  pipeline(Readable.from(piecesOf(body), { highWaterMark: 2 }), response).catch(() => response.destroy());
});
server.listen(0, '127.0.0.1', () => process.send!((server.address() as AddressInfo).port));
process.once('disconnect', () => process.exit());
