import { PassThrough, Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { chunksOf } from '../../adapters/stream-chunks.ts';

describe('chunksOf', () => {
  it('gives each chunk as it came, also those that waited together', async () => {
    const stream = new PassThrough();
    const sent = ['a', 'bc', 'def'].map((text) => Buffer.from(text));
    for (const chunk of sent) stream.write(chunk);
    stream.end();

    const given: Buffer[] = [];
    for await (const chunk of chunksOf(stream)) given.push(chunk);

    expect(given.map(String)).toEqual(['a', 'bc', 'def']);
    expect(given[0]!.buffer).toBe(sent[0]!.buffer);
  });

  it('lets the stream rest while nobody asks, and loses nothing of it', async () => {
    let made = 0;
    const stream = Readable.from(
      (function* () {
        for (; made < 500; made++) yield Buffer.from([made % 256]);
      })(),
      { highWaterMark: 1 },
    );
    const chunks = chunksOf(stream);
    const first = await chunks.next();
    await new Promise((resolve) => setTimeout(resolve, 50));

    expect(made).toBeLessThan(100);
    let count = first.done ? 0 : 1;
    for await (const chunk of chunks) expect(chunk[0]).toBe(count++ % 256);
    expect(count).toBe(500);
  });

  it('gives what came before a failure, then the failure', async () => {
    const stream = new PassThrough();
    stream.write('whole');
    const given: string[] = [];
    const reading = (async () => {
      for await (const chunk of chunksOf(stream)) {
        given.push(String(chunk));
        stream.destroy(new Error('cut'));
      }
    })();

    await expect(reading).rejects.toThrow('cut');
    expect(given).toEqual(['whole']);
  });

  it('takes a stream that is closed before its end for broken, before it is read and while it is', async () => {
    const closed = new PassThrough();
    closed.destroy();
    await expect(chunksOf(closed).next()).rejects.toThrow('closed before its end');

    const failed = new PassThrough().once('error', () => undefined);
    failed.destroy(new Error('gone'));
    await new Promise((resolve) => failed.once('close', resolve));
    await expect(chunksOf(failed).next()).rejects.toThrow('gone');

    const later = new PassThrough();
    const waiting = chunksOf(later).next();
    later.destroy();
    await expect(waiting).rejects.toThrow('closed before its end');
  });

  it('destroys a stream that is not read to its end', async () => {
    const stream = new PassThrough();
    stream.write('first');
    for await (const _ of chunksOf(stream)) break;

    expect(stream.destroyed).toBe(true);
  });
});
