import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { readRecording } from './recording.ts';

/** Serves a recording over plain HTTP: `/0/32` is the first answer in chunks of 32 KB. Tells its port to the parent. */
const bodies = readRecording(process.argv[2]!).map(({ path }) => readFileSync(path));

function* piecesOf(body: Buffer, size: number): Generator<Buffer> {
  for (let at = 0; at < body.length; at += size) yield body.subarray(at, at + size);
}

const server = createServer((request, response) => {
  const [number, kilobytes] = request.url!.slice(1).split('/').map(Number);
  pipeline(Readable.from(piecesOf(bodies[number!]!, kilobytes! * 1024), { highWaterMark: 2 }), response).catch(() =>
    response.destroy(),
  );
});
server.listen(0, '127.0.0.1', () => process.send!((server.address() as AddressInfo).port));
process.once('disconnect', () => process.exit());
