/** Bytes that are no UTF-8 become characters U+F780 to U+F7FF (`ef 9e 80` to `ef 9f bf`), to be turned back into bytes. */
const [FIRST, LOWER, UPPER] = [0xef, 0x9e, 0x9f];
/** The least code point of a sequence, by its number of bytes. */
const LEAST = [0, 0, 0x80, 0x800, 0x10000] as const;

/** Number of bytes of the character of UTF-8 at a place; 0 when there is none, or one of the private range. */
function lengthAt(bytes: Buffer, at: number): number {
  const lead = bytes[at]!;
  if (lead < 0x80) return 1;
  const length = lead < 0xc2 || lead > 0xf4 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  let code = lead & (0x7f >> length);
  for (let next = 1; next < length; next += 1) {
    const byte = bytes[at + next] ?? 0;
    if (byte >> 6 !== 2) return 0;
    code = (code << 6) | (byte & 0x3f);
  }
  const isSurrogate = code >> 11 === 0x1b;
  const isPrivate = code >> 7 === 0x1ef;
  return code < LEAST[length]! || code > 0x10ffff || isSurrogate || isPrivate ? 0 : length;
}

/** Reads bytes as UTF-8, with other bytes among it. */
export function decodeBytes(bytes: Buffer): string {
  const text = Buffer.allocUnsafe(bytes.length * 3);
  let end = 0;
  for (let at = 0; at < bytes.length; at += 1) {
    const length = lengthAt(bytes, at);
    if (length === 0) {
      text[end++] = FIRST;
      text[end++] = bytes[at]! < 0xc0 ? LOWER : UPPER;
      text[end++] = 0x80 | (bytes[at]! & 0x3f);
      continue;
    }
    const last = at + length - 1;
    for (; at < last; at += 1) text[end++] = bytes[at]!;
    text[end++] = bytes[at]!;
  }
  return text.toString('utf8', 0, end);
}

export function encodeBytes(text: string): Buffer {
  const bytes = Buffer.from(text);
  let end = 0;
  for (let at = 0; at < bytes.length; at += 1) {
    const isPrivate = bytes[at] === FIRST && (bytes[at + 1] === LOWER || bytes[at + 1] === UPPER);
    bytes[end++] = isPrivate ? bytes[at + 2]! + (bytes[at + 1] === UPPER ? 0x40 : 0) : bytes[at]!;
    if (isPrivate) at += 2;
  }
  return bytes.subarray(0, end);
}
