import type { PartRange, Segment } from './layout.ts';

/** A part of the upload of the archive: a range that S3 copies, or small neighbours that are fetched and joined. */
export type ArchivePart =
  | { readonly kind: 'copy'; readonly range: PartRange; readonly byteLength: number }
  | { readonly kind: 'materialise'; readonly pieces: readonly Segment[]; readonly byteLength: number };

/** Limits of the store for the parts of one upload, bytes. */
export interface PartRules {
  /** Minimum of each part except the last. A range is copied only when it is longer: its source is then longer, too. */
  readonly minBytes: number;
  readonly maxBytes: number;
  /** Longer ranges are copied in several parallel parts. At least twice `minBytes`. */
  readonly copyBytes: number;
  readonly maxParts: number;
}

const MIB = 1024 * 1024;

/** Source: Amazon S3, multipart upload limits; a range can be copied only from an object of over 5 MiB. */
export const S3_PART_RULES: PartRules = {
  minBytes: 5 * MIB,
  maxBytes: 5 * 1024 * MIB,
  copyBytes: 512 * MIB,
  maxParts: 10_000,
};

/**
 * Cuts an archive into the parts of one multipart upload. For each copied run, at most `minBytes` pass through the function; runs
 * shorter than twice that pass completely. @throws {RangeError} no cut fits the rules
 */
export function uploadPartsOf(segments: readonly Segment[], rules: PartRules = S3_PART_RULES): ArchivePart[] {
  const parts = cut(joinNeighbours(segments), rules);
  if (parts.length <= rules.maxParts) return parts;
  if (rules.minBytes * 4 > rules.maxBytes) throw new RangeError('the archive is too large for one object');
  const copyBytes = Math.min(rules.copyBytes * 2, rules.maxBytes);
  return uploadPartsOf(segments, { ...rules, minBytes: rules.minBytes * 2, copyBytes });
}

/** Joins neighbouring ranges of one Part: an Engine's fragments of one table are neighbours. */
function joinNeighbours(segments: readonly Segment[]): Segment[] {
  const joined: Segment[] = [];
  for (const segment of segments) {
    if (lengthOf(segment) === 0) continue;
    const last = joined.at(-1);
    if (last && !('bytes' in last) && !('bytes' in segment) && follows(last, segment)) {
      joined[joined.length - 1] = { ...last, byteLength: last.byteLength + segment.byteLength };
    } else joined.push(segment);
  }
  return joined;
}

const follows = (a: PartRange, b: PartRange): boolean =>
  a.partKey === b.partKey && a.partETag === b.partETag && a.offset + a.byteLength === b.offset;

export const lengthOf = (segment: Segment): number => ('bytes' in segment ? segment.bytes.length : segment.byteLength);

function cut(segments: readonly Segment[], { minBytes, copyBytes }: PartRules): ArchivePart[] {
  const parts: ArchivePart[] = [];
  let pieces: Segment[] = [];
  let byteLength = 0;
  const end = () => {
    if (byteLength > 0) parts.push({ kind: 'materialise', pieces, byteLength });
    pieces = [];
    byteLength = 0;
  };
  const take = (segment: Segment) => {
    pieces.push(segment);
    byteLength += lengthOf(segment);
  };
  for (const segment of segments) {
    if (byteLength >= minBytes) end();
    const missing = byteLength === 0 ? 0 : minBytes - byteLength;
    if ('bytes' in segment) {
      let from = 0;
      while (byteLength + segment.bytes.length - from > 2 * minBytes) {
        const until = from + minBytes - byteLength;
        take({ bytes: segment.bytes.subarray(from, until) });
        end();
        from = until;
      }
      take({ bytes: segment.bytes.subarray(from) });
    } else if (segment.byteLength - missing > minBytes) {
      if (missing > 0) take({ ...segment, byteLength: missing });
      end();
      parts.push(...copies(segment, missing, copyBytes));
    } else take(segment);
  }
  end();
  return parts;
}

/** The range from `skip` on in pieces of equal length, none over `copyBytes`. */
function copies(range: PartRange, skip: number, copyBytes: number): ArchivePart[] {
  const whole = range.byteLength - skip;
  const count = Math.ceil(whole / copyBytes);
  const border = (i: number): number => skip + Math.floor((whole * i) / count);
  return Array.from({ length: count }, (_, i) => {
    const byteLength = border(i + 1) - border(i);
    return { kind: 'copy', range: { ...range, offset: range.offset + border(i), byteLength }, byteLength };
  });
}

/** One ranged read, and the places of its pieces in the joined part. */
export interface PartRead extends PartRange {
  readonly places: readonly { readonly from: number; readonly to: number; readonly byteLength: number }[];
}

const GAP_BYTES = 32 * 1024;

/** The reads for a joined part. In each Engine's Part, fragments of small tables are neighbours: one read serves several. */
export function planReads(pieces: readonly Segment[], gapBytes: number = GAP_BYTES): PartRead[] {
  let to = 0;
  const placed = pieces.flatMap((piece) => {
    const at = to;
    to += lengthOf(piece);
    return 'bytes' in piece ? [] : [{ ...piece, to: at }];
  });
  placed.sort((a, b) => compare(a.partKey, b.partKey) || a.offset - b.offset);
  const reads: (PartRead & { places: { from: number; to: number; byteLength: number }[] })[] = [];
  for (const { to, ...range } of placed) {
    const last = reads.at(-1);
    if (last && last.partKey === range.partKey && range.offset - (last.offset + last.byteLength) <= gapBytes) {
      const byteLength = Math.max(last.byteLength, range.offset + range.byteLength - last.offset);
      const place = { from: range.offset - last.offset, to, byteLength: range.byteLength };
      reads[reads.length - 1] = { ...last, byteLength, places: [...last.places, place] };
    } else reads.push({ ...range, places: [{ from: 0, to, byteLength: range.byteLength }] });
  }
  return reads;
}

/** Writes one read to its places. @param bringBytes fills the given buffer, which is as long as the read */
export async function fill(
  joined: Buffer,
  { byteLength, places }: PartRead,
  bringBytes: (into: Buffer) => Promise<void>,
): Promise<void> {
  const [only] = places;
  if (places.length === 1 && only!.byteLength === byteLength)
    return await bringBytes(joined.subarray(only!.to, only!.to + byteLength));
  const bytes = Buffer.allocUnsafe(byteLength);
  await bringBytes(bytes);
  for (const place of places) bytes.copy(joined, place.to, place.from, place.from + place.byteLength);
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
