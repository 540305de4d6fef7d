import { CR, LF, TAB } from './bytes';

/** The rule of `looksLikeFormula` in modules/rows/csv.ts, on the bytes of a cell. */
export function isFormula(start: i32, end: i32): bool {
  if (start >= end) return false;
  const first: i32 = load<u8>(start);
  if (first === 0x2b || first === 0x2d) return !(end - start === 1 && first === 0x2d) && !isNumber(start + 1, end);
  if (first === 0x3d || first === 0x40 || first === 0 || first === TAB || first === LF || first === CR) return true;
  if (first !== 0xef || end - start < 3 || load<u8>(start, 1) !== 0xbc) return false;
  const third: i32 = load<u8>(start, 2);
  return third === 0x9d || third === 0x8b || third === 0x8d || third === 0xa0;
}

/** Exactly `digits[.digits]`. */
function isNumber(start: i32, end: i32): bool {
  let dot = -1;
  for (let i = start; i < end; i++) {
    const byte: i32 = load<u8>(i);
    if (byte === 0x2e && dot < 0) dot = i;
    else if (byte < 0x30 || byte > 0x39) return false;
  }
  return end > start && dot !== start && dot !== end - 1;
}
