import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FragmentEncoder } from '../../../modules/archive/fragment.ts';
import { type ArchiveFile, type ArchiveFragment, combineCrc32, layOut } from '../../../modules/archive/layout.ts';
import { tarHeader } from '../../../modules/archive/tar.ts';
import { untar } from '../../support/archive.ts';

/** Encodes pieces of text as fragments of one Part. */
async function encode(pieces: readonly string[]): Promise<{ part: Buffer; fragments: ArchiveFragment[] }> {
  const encoder = new FragmentEncoder(6);
  const fragments: ArchiveFragment[] = [];
  const part: Buffer[] = [];
  let offset = 0;
  for (const piece of pieces) {
    await encoder.write(Buffer.from('discarded'));
    await encoder.discard();
    await encoder.write(Buffer.from(piece));
    const { bytes, figures } = await encoder.end();
    part.push(bytes);
    fragments.push({
      file: 'f',
      columns: [],
      partKey: 'p',
      partETag: 'e',
      offset,
      rows: 1,
      rowsPerDay: {},
      ...figures,
    });
    offset += bytes.length;
  }
  encoder.close();
  return { part: Buffer.concat(part), fragments };
}

const join = (files: readonly ArchiveFile[], part: Buffer): Buffer =>
  Buffer.concat(
    layOut(files, 1_700_000_000).segments.map((segment) =>
      'bytes' in segment ? segment.bytes : part.subarray(segment.offset, segment.offset + segment.byteLength),
    ),
  );

describe('layOut', () => {
  it('joins fragments to an archive that holds each file whole (R8, R22)', async () => {
    const piece = fc.string({ unit: fc.constantFrom('a', 'b', '\n'), maxLength: 900 });
    const property = fc.asyncProperty(
      fc.array(fc.tuple(piece, fc.array(piece, { maxLength: 3 }))),
      async (contents) => {
        const { part, fragments } = await encode(contents.flatMap(([, pieces]) => pieces));
        const rest = [...fragments];
        const files = contents.map(([head, pieces], i) => ({
          name: `f${i}.csv`,
          head: Buffer.from(head),
          fragments: rest.splice(0, pieces.length),
        }));

        const archive = join(files, part);
        const unpacked = await untar(archive);

        const { byteLength, crc32: crc } = layOut(files, 1_700_000_000);
        expect({ byteLength, crc }).toEqual({ byteLength: archive.length, crc: crc32(archive) });
        expect(unpacked).toEqual(
          Object.fromEntries(contents.map(([head, pieces], i) => [`f${i}.csv`, head + pieces.join('')])),
        );
      },
    );
    await fc.assert(property, { numRuns: 50 });
  });

  it('gives equal bytes for equal fragments', async () => {
    const { part, fragments } = await encode(['one\r\n', 'two\r\n']);
    const files = [{ name: 'a.csv', head: Buffer.from('h\r\n'), fragments }];
    expect(join(files, part).equals(join(files, part))).toBe(true);
  });

  it('ends every fragment in a flush, so that fragments join in any order', async () => {
    const { part, fragments } = await encode(['x', 'yy']);
    const ends = fragments.map(({ offset, deflateBytes }) => offset + deflateBytes);
    expect(ends.map((end) => part.subarray(end - 4, end).toString('hex'))).toEqual(['0000ffff', '0000ffff']);
  });
});

describe('combineCrc32', () => {
  it('equals the CRC of the joined bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.uint8Array({ maxLength: 300 }), (a, b) => {
        expect(combineCrc32(crc32(a), crc32(b), b.length)).toBe(crc32(Buffer.concat([a, b])));
      }),
    );
  });

  it('holds beyond 4 GiB: zeros joined by doubling agree with zeros joined one piece at a time', () => {
    const pieceBytes = 2 ** 30;
    const mebibyte = Buffer.alloc(2 ** 20);
    let piece = 0;
    for (let i = 0; i < 1024; i++) piece = crc32(mebibyte, piece);
    const double = combineCrc32(piece, piece, pieceBytes);
    const four = combineCrc32(double, double, 2 * pieceBytes);
    const oneByOne = [1, 2, 3, 4, 5].reduce((crc) => combineCrc32(crc, piece, pieceBytes), piece);

    expect(combineCrc32(double, four, 4 * pieceBytes)).toBe(oneByOne);
  });
});

describe('tarHeader', () => {
  it('carries a size over 8 GiB in PAX and in base 256 (decision 7)', async () => {
    const size = 9_666_666_666;
    const header = tarHeader('big.csv', size, 0);
    expect(header.length).toBe(3 * 512);
    expect(header.toString('latin1')).toContain(' size=9666666666\n');
    expect(Number(header.readBigUInt64BE(2 * 512 + 128))).toBe(size);
  });

  it('refuses a name that no header can hold', () => {
    expect(() => tarHeader('x'.repeat(101), 1, 0)).toThrow('100 characters of ASCII');
  });
});
