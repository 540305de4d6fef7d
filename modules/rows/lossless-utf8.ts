/** A byte that is not UTF-8 becomes half a surrogate pair, which valid UTF-8 never gives. */
const BAD = 0xdc00;

/** Decodes bytes so that `encodeExactly` gives the same bytes again, also when they are not UTF-8. */
export function decodeExactly(bytes: Buffer): string {
  const text = bytes.toString();
  if (!text.includes('\uFFFD')) return text;
  let exact = '';
  for (let at = 0; at < bytes.length; ) {
    const length = [1, 2, 3, 4].find((length) => isOneCharacter(bytes.subarray(at, at + length)));
    exact += length ? bytes.toString('utf8', at, at + length) : String.fromCharCode(BAD + bytes[at]!);
    at += length ?? 1;
  }
  return exact;
}

/** Encodes a text as UTF-8; for a text from `decodeExactly`, the original bytes. */
export function encodeExactly(text: string): Buffer {
  if (text.isWellFormed()) return Buffer.from(text);
  const pieces = text.split(/([\uDC80-\uDCFF])/u); // with the flag u, it matches only lone halves
  return Buffer.concat(pieces.map((piece, i) => (i % 2 ? Buffer.of(piece.charCodeAt(0) & 0xff) : Buffer.from(piece))));
}

const isOneCharacter = (bytes: Buffer): boolean => {
  const text = bytes.toString();
  return [...text].length === 1 && Buffer.from(text).equals(bytes);
};
