import { on } from 'node:events';
import type { Readable } from 'node:stream';

/** The stream rests while so many chunks wait, and goes on when so few do. */
const WAITING = { highWaterMark: 32, lowWaterMark: 8 };

/**
 * The chunks of a stream as they come. A `for await` over the stream itself joins those that wait, and so copies each.
 * The stream is destroyed when it is not read to its end.
 * @throws what broke the stream off, or that it was closed before its end
 */
export async function* chunksOf(stream: Readable): AsyncGenerator<Buffer> {
  try {
    if (!stream.destroyed) {
      for await (const [chunk] of on(stream, 'data', { close: ['end', 'close'], ...WAITING })) yield chunk as Buffer;
    }
  } finally {
    if (!stream.readableEnded) stream.destroy();
  }
  if (!stream.readableEnded) throw stream.errored ?? new Error('the stream was closed before its end');
}
