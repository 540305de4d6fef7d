import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeExactly, encodeExactly } from '../../../modules/rows/tsv-record.ts';

const odd = fc.constantFrom(
  0x41,
  0x22,
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
  0xef,
  0xbf,
  0xbd,
);
const bytes = fc.array(fc.oneof(odd, fc.nat(255)), { maxLength: 30 }).map((numbers) => Buffer.from(numbers));

describe('decodeExactly', () => {
  it('gives a text from which the same bytes come again, UTF-8 or not', () => {
    fc.assert(
      fc.property(bytes, (given) => {
        expect(encodeExactly(decodeExactly(given)).toString('hex')).toBe(given.toString('hex'));
      }),
      { numRuns: 5000 },
    );
  });

  it('leaves UTF-8 as it is, a replacement character too', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        fc.pre(text.isWellFormed());
        expect(decodeExactly(Buffer.from(text))).toBe(text);
      }),
    );
    expect(decodeExactly(Buffer.from('a\uFFFDb'))).toBe('a\uFFFDb');
  });
});
