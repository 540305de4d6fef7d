import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Segment } from '../../../modules/archive/layout.ts';
import {
  type ArchivePart,
  fill,
  lengthOf,
  type PartRules,
  planReads,
  S3_PART_RULES,
  uploadPartsOf,
} from '../../../modules/archive/upload-parts.ts';

const DEEP = process.env.GDPR_TEST_DEEP === '1';
/** The rules of S3, scaled down so that all of them bite. */
const RULES: PartRules = { minBytes: 5, maxBytes: 200, copyBytes: 20, maxParts: 400 };

/** Bytes of a Part, known by its key alone. */
const partBytes = (partKey: string): Buffer =>
  Buffer.concat(Array.from({ length: 40 }, (_, i) => createHash('sha512').update(`${partKey}/${i}`).digest()));

const bytesOf = (segment: Segment): Buffer =>
  'bytes' in segment
    ? segment.bytes
    : partBytes(segment.partKey).subarray(segment.offset, segment.offset + segment.byteLength);

const join = (segments: readonly Segment[]): Buffer => Buffer.concat(segments.map(bytesOf));
const piecesOf = (part: ArchivePart): readonly Segment[] => (part.kind === 'copy' ? [part.range] : part.pieces);

const size = fc.oneof(fc.nat(12), fc.nat(90), fc.constantFrom(0, 4, 5, 6, 9, 10, 11, 20, 21, 40));
const literal = size.map((byteLength): Segment => ({ bytes: Buffer.alloc(byteLength, 'x') }));
const range = fc
  .record({ partKey: fc.constantFrom('a', 'b', 'c'), offset: fc.nat(2400), byteLength: size })
  .map((each): Segment => ({ partETag: 'e', ...each }));
/** Fragments as one Engine leaves them: back to back. */
const run = fc
  .tuple(fc.constantFrom('d', 'e'), fc.nat(1500), fc.array(size, { maxLength: 8 }))
  .map(([partKey, start, sizes]) => {
    let offset = start;
    return sizes.map((byteLength): Segment => {
      const segment = { partKey, partETag: 'e', offset, byteLength };
      offset += byteLength;
      return segment;
    });
  });
const archive = fc
  .array(
    fc.oneof(
      literal.map((each) => [each]),
      range.map((each) => [each]),
      run,
    ),
    { minLength: 1, maxLength: 60 },
  )
  .map((groups) => groups.flat());

describe('uploadPartsOf', () => {
  const check = (segments: readonly Segment[], rules: PartRules): void => {
    const parts = uploadPartsOf(segments, rules);

    expect(join(parts.flatMap(piecesOf)).equals(join(segments))).toBe(true);
    expect(parts.length).toBeLessThanOrEqual(rules.maxParts);
    parts.forEach((part, i) => {
      expect(part.byteLength).toBe(piecesOf(part).reduce((sum, piece) => sum + lengthOf(piece), 0));
      expect(part.byteLength).toBeLessThanOrEqual(rules.maxBytes);
      expect(part.byteLength).toBeGreaterThanOrEqual(i === parts.length - 1 ? 1 : rules.minBytes);
    });
  };

  it('keeps order, covers every byte once and obeys the rules of S3 at any mix of sizes (R22)', () => {
    fc.assert(
      fc.property(archive, (segments) => check(segments, RULES)),
      { numRuns: DEEP ? 20_000 : 500 },
    );
  });

  it('copies only ranges whose source is long enough to be copied from, and joins parts of little', () => {
    fc.assert(
      fc.property(archive, (segments) => {
        for (const part of uploadPartsOf(segments, RULES)) {
          if (part.kind === 'copy') expect(part.byteLength).toBeLessThanOrEqual(RULES.copyBytes);
          else expect(part.byteLength).toBeLessThanOrEqual(2 * RULES.minBytes);
        }
        const [lone] = uploadPartsOf(segments.slice(0, 1), RULES);
        if (lone?.kind === 'copy') expect(lone.range.offset + lone.byteLength).toBeGreaterThan(RULES.minBytes);
      }),
      { numRuns: DEEP ? 20_000 : 300 },
    );
  });

  it('makes the parts longer when there are too many of them', () => {
    fc.assert(
      fc.property(archive, (segments) => {
        const rules = { ...RULES, maxParts: 12, maxBytes: 10_000 };
        check(segments, rules);
      }),
      { numRuns: DEEP ? 5_000 : 200 },
    );
    const rules = { ...RULES, maxParts: 1 };
    const tooMuch = [{ bytes: Buffer.alloc(900) }];
    expect(() => uploadPartsOf(tooMuch, rules)).toThrow('too large');
  });

  it('copies 50 GB of an Engine in parts of at most 512 MiB, and fetches nothing of it', () => {
    const byteLength = 50 * 1024 ** 3;
    const parts = uploadPartsOf([{ partKey: 'p', partETag: 'e', offset: 7, byteLength }]);
    expect(parts).toHaveLength(100);
    expect(parts.every(({ kind }) => kind === 'copy')).toBe(true);
    expect(Math.max(...parts.map((part) => part.byteLength))).toBeLessThanOrEqual(S3_PART_RULES.copyBytes);
  });

  it('takes the bytes that a short part lacks from the head of the long range behind it', () => {
    const range = { partKey: 'p', partETag: 'e', offset: 100, byteLength: 30 };
    const parts = uploadPartsOf([{ bytes: Buffer.from('ab') }, range], RULES);
    expect(parts.map(({ kind, byteLength }) => [kind, byteLength])).toEqual([
      ['materialise', 5],
      ['copy', 13],
      ['copy', 14],
    ]);
    expect(parts[1]).toMatchObject({ range: { offset: 103 } });
  });
});

describe('planReads', () => {
  it('brings every byte to its place, whatever is read at once', async () => {
    await fc.assert(
      fc.asyncProperty(archive, fc.nat(60), async (segments, gapBytes) => {
        const joined = Buffer.alloc(join(segments).length);
        let at = 0;
        for (const segment of segments) {
          if ('bytes' in segment) segment.bytes.copy(joined, at);
          at += lengthOf(segment);
        }
        for (const read of planReads(segments, gapBytes)) {
          await fill(joined, read, async (into) => void bytesOf(read).copy(into));
        }
        expect(joined.equals(join(segments))).toBe(true);
      }),
      { numRuns: DEEP ? 20_000 : 300 },
    );
  });

  it('reads the small fragments of one Engine at once', () => {
    const near = [0, 900, 2000].map((offset) => ({ partKey: 'p', partETag: 'e', offset, byteLength: 500 }));
    expect(planReads(near)).toMatchObject([{ partKey: 'p', offset: 0, byteLength: 2500 }]);
  });
});
