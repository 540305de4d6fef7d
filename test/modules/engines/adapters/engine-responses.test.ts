import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dataOf } from '../../../../modules/engines/adapters/engine-responses.ts';

/** What comes of a body, and whether that was noted. */
async function read(pieces: readonly Buffer[], type: string | undefined, encoding = 'identity') {
  let notes = 0;
  const said = { 'transfer-encoding': 'chunked', 'content-encoding': encoding };
  const headers = { ...said, ...(type !== undefined && { 'content-type': type }) };
  const body = Object.assign(Readable.from(pieces), { headers }) as unknown as IncomingMessage;
  const rules = { engineId: 'e1', answerBytes: 1e6, idleSeconds: 20, marker: { statuses: [], words: [] } };
  const bytes = await buffer(dataOf(body, { ...rules, onRecoded: () => void notes++ }));
  return { bytes, isNoted: notes > 0 };
}

/** A body in pieces of some bytes each. */
const inPieces = (bytes: Buffer, size: number): Buffer[] =>
  Array.from({ length: Math.ceil(bytes.length / size) }, (_, at) => bytes.subarray(at * size, (at + 1) * size));

const HEAD = Buffer.from('id\tname\n');
const odd = fc.constantFrom(
  0x41,
  0x09,
  0xff,
  0x80,
  0xc3,
  0xa9,
  0xe2,
  0x82,
  0xac,
  0xf0,
  0x9f,
  0x92,
  0xa1,
  0xed,
  0xa0,
  0xc0,
);

describe('dataOf, of a body in a charset that nobody knows', () => {
  it.each(['windows-9999', 'iso-8859-12', 'utf-16x', 'latin9', 'latin-1', 'shift_jis', 'replacement'])(
    '%s: refuses it by name (C12)',
    async (name) => {
      await expect(read([HEAD], `text/csv; charset=${name}`)).rejects.toThrow(
        `Engine e1 answered with charset ${name}`,
      );
    },
  );

  it('knows each charset that it accepts', async () => {
    const numbers = Array.from({ length: 2000 }, (_, number) => number);
    const names = [
      'utf-16',
      ...['utf-16le', 'utf-16be'],
      ...numbers.flatMap((n) => [`iso-8859-${n}`, `windows-${n}`, `latin${n}`]),
    ];
    for (const name of names)
      await read([HEAD], `text/csv; charset=${name}`).catch((error: Error) =>
        expect(error.name).toBe('EngineAnswerError'),
      );
  });
});

describe('dataOf, of a body in a charset under another of its names', () => {
  it.each([
    ['cp1252', 0xe9, 'é'],
    ['ISO8859-1', 0xe9, 'é'],
    ['iso_8859-15', 0xa4, '€'],
    ['ANSI_X3.4-1968', 0xe9, 'é'],
    ['cp1250', 0xe8, 'č'],
    ['koi8-r', 0xc9, 'и'],
    ['unicode-1-1-utf-8', 0xe9, 'é'],
  ])('%s: converts it, which is noted (C12)', async (charset, byte, letter) => {
    const { bytes, isNoted } = await read(
      [HEAD, Buffer.from([0x37, 0x09, byte, 0x0a])],
      `text/csv; charset=${charset}`,
    );
    expect([bytes.toString(), isNoted]).toEqual([`id\tname\n7\t${letter}\n`, true]);
  });

  it('takes the name of no encoding in any case, as HTTP does (C12)', async () => {
    expect((await read([HEAD], 'text/csv', 'Identity')).bytes).toEqual(HEAD);
    await expect(read([HEAD], 'text/csv', 'GZIP')).rejects.toThrow('a content encoding that was not agreed');
  });
});

describe('dataOf, of a body that is said to be UTF-8', () => {
  it.each(['text/csv; charset=utf-8', 'text/csv', undefined])(
    'leaves UTF-8 as it is, in any pieces (%s)',
    async (type) => {
      await fc.assert(
        fc.asyncProperty(fc.string({ unit: 'binary' }), fc.integer({ min: 1, max: 9 }), async (text, size) => {
          fc.pre(text.isWellFormed());
          const given = Buffer.concat([HEAD, Buffer.from(text)]);
          expect(await read(inPieces(given, size), type)).toEqual({ bytes: given, isNoted: false });
        }),
      );
    },
  );

  it('gives UTF-8 whatever comes, says when it changed bytes, and never depends on the pieces (C12)', async () => {
    const bytes = fc.array(fc.oneof(odd, fc.nat(255)), { maxLength: 30 }).map((numbers) => Buffer.from(numbers));
    await fc.assert(
      fc.asyncProperty(bytes, fc.integer({ min: 1, max: 9 }), async (some, size) => {
        const given = Buffer.concat([HEAD, some]);
        const whole = await read([given], 'text/csv; charset=utf-8');
        new TextDecoder('utf-8', { fatal: true }).decode(whole.bytes);
        expect(whole.isNoted).toBe(!whole.bytes.equals(given));
        expect(await read(inPieces(given, size), undefined)).toEqual(whole);
      }),
      { numRuns: 2000 },
    );
  });

  it('reads bytes that are not UTF-8 as Windows-1252, beside texts that are', async () => {
    const given = Buffer.concat([Buffer.from('id\tname\n7\tJörg\n8\t'), Buffer.from('Jörg \x80', 'latin1')]);
    expect((await read([given], undefined)).bytes.toString()).toBe('id\tname\n7\tJörg\n8\tJörg €');
  });
});

describe('dataOf, of a body that is said to be in another encoding', () => {
  const sameInAll = fc.string({ unit: fc.constantFrom('a', '7', '\t', '\n', 'é', 'ü', 'ß', 'ö'), maxLength: 12 });
  const charsets = ['iso-8859-1', 'latin1', 'windows-1252', 'iso-8859-2', 'iso-8859-15', 'windows-1250'];

  it.each(charsets)('converts it, wherever its first odd byte stands in any pieces (%s, C12)', async (charset) => {
    await fc.assert(
      fc.asyncProperty(sameInAll, fc.integer({ min: 1, max: 30 }), async (text, size) => {
        const all = `id\tname\n7\t${text}é\n`;
        const result = await read(inPieces(Buffer.from(all, 'latin1'), size), `text/csv; charset=${charset}`);
        expect([result.bytes.toString(), result.isNoted]).toEqual([all, true]);
      }),
    );
  });

  it.each(charsets)('leaves UTF-8 under the wrong word as it is, in any pieces (%s)', async (charset) => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'grapheme' }), fc.integer({ min: 1, max: 9 }), async (text, size) => {
        const given = Buffer.concat([HEAD, Buffer.from(text)]);
        expect(await read(inPieces(given, size), `text/csv; charset=${charset}`)).toEqual({
          bytes: given,
          isNoted: false,
        });
      }),
    );
  });
});
