import type { PartRange, Segment } from './layout.ts';
import { lengthOf } from './upload-parts.ts';

/** One ranged read, and the places of its pieces in the joined part. */
export interface PartRead extends PartRange {
  readonly places: readonly { readonly from: number; readonly to: number; readonly byteLength: number }[];
}

/** Ranges of one Part with a smaller gap are read together. */
const GAP_BYTES = 32 * 1024;

/**
 * The reads for a joined part. In each Engine's Part the fragments of small tables are close together, so one read serves
 * several of them.
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
 * Writes one read to its places: directly if there is one place, else through a buffer.
 * @param bringBytes fills the given buffer, which is as long as the read
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
