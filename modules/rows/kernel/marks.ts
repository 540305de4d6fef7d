import { QUOTE } from './bytes';

/** A bare cell needs quotes in CSV. */
export const NEEDS_QUOTES: i32 = 1;
export const QUOTED: i32 = 2;
/** A cell may be a formula. */
export const SIGN: i32 = 4;

/** What the first byte of a cell shows. */
export function markOf(first: i32): i32 {
  if (first === QUOTE) return QUOTED | SIGN;
  // = + - @, the first byte of their full-width forms, and NUL; what begins with another control character is in quotes
  return first === 0x3d || first === 0x2b || first === 0x2d || first === 0x40 || first === 0xef || !first ? SIGN : 0;
}
