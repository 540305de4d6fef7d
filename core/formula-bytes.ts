const TAB = 0x09;
const CR = 0x0d;

/** The rule of `looksLikeFormula` in core/csv.ts, on the bytes of a cell. */
export function isFormula(bytes: Buffer, start: number, end: number): boolean {
  if (start === end) return false;
  const first = bytes[start]!;
  const signed = first === 0x2b || first === 0x2d;
  if (signed) return !(end - start === 1 && first === 0x2d) && !isDigits(bytes, start + 1, end);
  if (first === 0x3d || first === 0x40 || first === TAB || first === CR) return true;
  if (first !== 0xef || bytes[start + 1] !== 0xbc || end - start < 3) return false;
  const third = bytes[start + 2]!;
  return third === 0x9d || third === 0x8b || third === 0x8d || third === 0xa0;
}

/** `digits[.digits]` and nothing else. */
function isDigits(bytes: Buffer, start: number, end: number): boolean {
  let dot = -1;
  for (let i = start; i < end; i++) {
    const byte = bytes[i]!;
    if (byte === 0x2e && dot < 0) dot = i;
    else if (byte < 0x30 || byte > 0x39) return false;
  }
  return end > start && dot !== start && dot !== end - 1;
}
