import { PassThrough, Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { chunksOf } from '../../../modules/net/read-chunks.ts';

describe('chunksOf', () => {
  it('gives large chunks as they came, and small ones joined with those that wait', async () => {
    const stream = new PassThrough({ highWaterMark: 1e6 });
    const large = ['x', 'y'].map((text) => Buffer.alloc(10_000, text));
    for (const chunk of [...large, ...'abc', large[0]!, ...'d'.repeat(70_000)]) stream.write(chunk);
    stream.end();

    const given: Buffer[] = [];
    for await (const chunk of chunksOf(stream)) given.push(chunk);

    expect(given.slice(0, 2).every((chunk, i) => chunk.buffer === large[i]!.buffer)).toBe(true);
    const expected = [...large, 'abc', large[0], 'd'.repeat(70_000)].map(String).join('');
    expect(Buffer.concat(given).toString() === expected).toBe(true);
    expect(given.length).toBeLessThan(40);
  });

  it.each([
    ['bytes', 10_000, 500, 100],
    ['chunks', 1, 20_000, 10_000],
  ])('lets the stream rest while many %s wait, and loses nothing of it', async (_, size, all, few) => {
    let made = 0;
    const stream = Readable.from(
      (function* () {
        for (; made < all; made++) yield Buffer.alloc(size, made % 251);
      })(),
      { highWaterMark: 1 },
    );
    const chunks = chunksOf(stream);
    const given = [(await chunks.next()).value as Buffer];
    await new Promise((resolve) => setTimeout(resolve, 200));

    expect(made).toBeLessThan(few);
    for await (const chunk of chunks) given.push(chunk);
    const bytes = Buffer.concat(given);
    expect(bytes.length).toBe(all * size);
    expect(bytes.every((byte, i) => byte === Math.floor(i / size) % 251)).toBe(true);
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
