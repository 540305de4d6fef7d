import type { PartRange, Segment } from './layout.ts';
import { lengthOf } from './upload-parts.ts';

/** One ranged read, and where in the part that is being joined its stretches go. */
export interface PartRead extends PartRange {
  readonly places: readonly { readonly from: number; readonly to: number; readonly byteLength: number }[];
}

/** Bytes between two ranges of one Part that are rather read and dropped than asked for around. */
const GAP_BYTES = 32 * 1024;

/**
 * Which reads fill a part that is joined from pieces: the fragments of many small tables lie close together in each
 * Engine's Part, so one read serves several of them.
 * @param gapBytes ranges closer than this are read at once
 */
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

/**
 * Brings one read to its places: straight into the part where it has one place, by way of a buffer where it has several.
 * @param bringBytes fills the buffer it is given, which is as long as the read
 */
export async function fill(
  joined: Buffer,
  { byteLength, places }: PartRead,
  bringBytes: (into: Buffer) => Promise<void>,
): Promise<void> {
  const [only] = places;
  if (places.length === 1 && only!.byteLength === byteLength) {
    return await bringBytes(joined.subarray(only!.to, only!.to + byteLength));
  }
  const bytes = Buffer.allocUnsafe(byteLength);
  await bringBytes(bytes);
  for (const place of places) bytes.copy(joined, place.to, place.from, place.from + place.byteLength);
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
