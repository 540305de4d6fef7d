import { constants, crc32, deflateRawSync } from 'node:zlib';
import type { Fragment } from './fragment.ts';
import { TAR_END, tarHeader, tarPadding } from './tar.ts';

/** A file of the archive: raw bytes at its start (a CSV header, or a whole small file), then fragments. */
export interface ArchiveFile {
  readonly name: string;
  readonly head: Buffer;
  readonly fragments: readonly ArchiveFragment[];
}

export type ArchiveFragment = Fragment & Pick<PartRange, 'partETag'>;

/** A file of the archive with the fragments that fill it, sources in order. */
export interface GatheredFile {
  readonly name: string;
  readonly columns: readonly string[];
  readonly fragments: readonly (ArchiveFragment & { readonly source: string })[];
}

/** A segment of the finished archive: bytes in memory, or a range of a Part. */
export type Segment = { readonly bytes: Buffer } | PartRange;

/** Gzip header: deflate, no name, no time, unknown system; equal Parts give equal bytes. Source: RFC 1952. */
const GZIP_HEADER = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff]);

/**
 * One tar in one gzip member, with the fragments as they are (docs/decisions/0007); length and CRC-32 of the compressed bytes.
 * @param mtime seconds since 1970. Source: RFC 1951 (blocks end at byte borders after a flush), RFC 1952, docs/archive-format.md.
 */
export function layOut(files: readonly ArchiveFile[], mtime: number) {
  const segments: Segment[] = [];
  let byteLength = 0;
  let archiveCrc = 0;
  const put = (segment: Segment, length: number, crcOfIt: number) => {
    segments.push(segment);
    archiveCrc = combineCrc32(archiveCrc, crcOfIt, length);
    byteLength += length;
  };
  const putBytes = (bytes: Buffer) => put({ bytes }, bytes.length, crc32(bytes));
  putBytes(GZIP_HEADER);
  let crc = 0;
  let total = 0;
  let literal: Buffer[] = [];
  const count = (crcOfNext: number, byteLength: number) => {
    crc = combineCrc32(crc, crcOfNext, byteLength);
    total += byteLength;
  };
  const endLiteral = (last: boolean) => {
    const raw = Buffer.concat(literal);
    literal = [];
    if (raw.length === 0) return;
    const flush = last ? constants.Z_FINISH : constants.Z_FULL_FLUSH;
    putBytes(deflateRawSync(raw, { level: 9, finishFlush: flush }));
    count(crc32(raw), raw.length);
  };
  for (const file of files) {
    const size = file.fragments.reduce((sum, { rawBytes }) => sum + rawBytes, file.head.length);
    literal.push(tarHeader(file.name, size, mtime), file.head);
    for (const fragment of file.fragments.filter(({ rawBytes }) => rawBytes > 0)) {
      endLiteral(false);
      const { partKey, partETag, offset, deflateBytes, deflateCrc32 } = fragment;
      put({ partKey, partETag, offset, byteLength: deflateBytes }, deflateBytes, deflateCrc32);
      count(fragment.crc32, fragment.rawBytes);
    }
    literal.push(tarPadding(size));
  }
  literal.push(TAR_END);
  endLiteral(true);
  const trailer = Buffer.alloc(8);
  trailer.writeUInt32LE(crc, 0);
  trailer.writeUInt32LE(total % 2 ** 32, 4);
  putBytes(trailer);
  return { segments, byteLength, crc32: archiveCrc };
}

/** A range of a Part; `partETag` pins the bytes that were committed. */
export interface PartRange {
  readonly partKey: string;
  readonly partETag: string;
  readonly offset: number;
  readonly byteLength: number;
}

/** The CRC-32 polynomial, bits reversed. Source: RFC 1952 section 8. */
const POLYNOMIAL = 0xedb88320;

/** Product of two polynomials over GF(2), modulo the CRC polynomial; bit 31 is the constant term. */
function multiply(a: number, b: number): number {
  let product = 0;
  let power = b;
  for (let bit = 0x80000000; bit !== 0; bit >>>= 1) {
    if (a & bit) product ^= power;
    power = power & 1 ? (power >>> 1) ^ POLYNOMIAL : power >>> 1;
  }
  return product >>> 0;
}

/** x^(2^n) modulo the polynomial, for n of 0 to 31. */
const SQUARES: readonly number[] = Array.from({ length: 31 }).reduce<number[]>(
  (powers) => [...powers, multiply(powers.at(-1)!, powers.at(-1)!)],
  [0x40000000],
);

/** CRC-32 of A followed by B: A's CRC is multiplied by x^(8 * length of B), which may be beyond 2^32. */
export function combineCrc32(crcA: number, crcB: number, byteLengthB: number): number {
  let shift = 0x80000000;
  let exponent = 3; // 2^3 bits a byte
  for (let rest = byteLengthB; rest > 0; rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) shift = multiply(SQUARES[exponent % 32]!, shift);
    exponent++;
  }
  return (multiply(shift, crcA) ^ crcB) >>> 0;
}
