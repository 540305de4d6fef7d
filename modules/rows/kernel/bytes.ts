// Works on 16 bytes at a time. A loop may read or write up to 15 bytes past an end: each region has room for it.

export const TAB: i32 = 0x09;
export const LF: i32 = 0x0a;
export const CR: i32 = 0x0d;
export const QUOTE: i32 = 0x22;
export const COMMA: i32 = 0x2c;

export function same(a: i32, b: i32, length: i32): bool {
  let i = 0;
  for (; i + 16 <= length; i += 16) {
    if (v128.any_true(v128.xor(v128.load(a + i), v128.load(b + i)))) return false;
  }
  for (; i < length; i++) if (load<u8>(a + i) !== load<u8>(b + i)) return false;
  return true;
}

/** @returns end of the copy */
export function copy(to: i32, from: i32, length: i32): i32 {
  for (let i = 0; i < length; i += 16) v128.store(to + i, v128.load(from + i));
  return to + length;
}

/** Copies cells and writes commas for the TABs between them. @returns end of the copy */
export function copyCells(to: i32, from: i32, length: i32): i32 {
  const tabs = i8x16.splat(<i8>TAB);
  const commas = i8x16.splat(<i8>COMMA);
  for (let i = 0; i < length; i += 16) {
    const bytes = v128.load(from + i);
    v128.store(to + i, v128.bitselect(commas, bytes, i8x16.eq(bytes, tabs)));
  }
  return to + length;
}

export function needsQuotes(at: i32, end: i32): bool {
  for (; at < end; at++) {
    const byte = load<u8>(at);
    if (byte === TAB || byte === LF || byte === CR || byte === QUOTE || byte === COMMA) return true;
  }
  return false;
}
