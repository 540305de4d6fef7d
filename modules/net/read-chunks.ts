import type { Readable } from 'node:stream';

/** The stream pauses when this much waits, and resumes when a quarter of it waits. */
const FULL = { bytes: 256 * 1024, chunks: 4096 };
/** Smaller chunks are joined with the next ones, up to `JOINED_BYTES`. */
const SMALL_BYTES = 8 * 1024;
const JOINED_BYTES = 64 * 1024;

/**
 * The chunks of a stream, small ones joined; a `for await` over the stream joins all, which copies every byte once more. If the caller
 * stops before the end, the stream is destroyed. @throws the error of the stream, or another when it was closed before its end
 */
export async function* chunksOf(stream: Readable): AsyncGenerator<Buffer> {
  const waiting: Buffer[] = [];
  let bytes = 0;
  let wake = () => {};
  const take = (chunk: Buffer) => {
    waiting.push(chunk);
    bytes += chunk.length;
    if (bytes >= FULL.bytes || waiting.length >= FULL.chunks) stream.pause();
    wake();
  };
  const look = () => wake();
  stream.on('error', look); // never removed: an error after the last read must not end the process
  stream.on('data', take).on('end', look).on('close', look);
  try {
    for (;;) {
      const chunk = nextOf(waiting);
      bytes -= chunk?.length ?? 0;
      if (stream.isPaused() && bytes <= FULL.bytes / 4 && waiting.length <= FULL.chunks / 4) stream.resume();
      if (chunk) yield chunk;
      else if (stream.readableEnded || stream.destroyed) break;
      else
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
    }
  } finally {
    stream.off('data', take).off('end', look).off('close', look);
    if (!stream.readableEnded) stream.destroy();
  }
  if (!stream.readableEnded) throw stream.errored ?? new Error('the stream was closed before its end');
}

function nextOf(waiting: Buffer[]): Buffer | undefined {
  let [count, size] = [0, 0];
  while (count < waiting.length && waiting[count]!.length < SMALL_BYTES && size < JOINED_BYTES)
    size += waiting[count++]!.length;
  return count > 1 ? Buffer.concat(waiting.splice(0, count), size) : waiting.shift();
}
