/** How a byte that is not UTF-8 stands in a text: as half a surrogate pair, which no UTF-8 has. */
const BAD = 0xdc00;

/** Bytes as text from which `encodeExactly` gives the same bytes again, whether they are UTF-8 or not. */
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

/** The bytes of a text in UTF-8, or those that `decodeExactly` was given. */
export function encodeExactly(text: string): Buffer {
  if (text.isWellFormed()) return Buffer.from(text);
  const pieces = text.split(/([\uDC80-\uDCFF])/u); // the pattern sees halves that stand alone
  return Buffer.concat(pieces.map((piece, i) => (i % 2 ? Buffer.of(piece.charCodeAt(0) & 0xff) : Buffer.from(piece))));
}

const isOneCharacter = (bytes: Buffer): boolean => {
  const text = bytes.toString();
  return [...text].length === 1 && Buffer.from(text).equals(bytes);
};
