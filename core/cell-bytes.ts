export const TAB = 0x09;
export const LF = 0x0a;
export const CR = 0x0d;
export const QUOTE = 0x22;
const COMMA = 0x2c;

/** 1 for bytes that end a cell or ask for quotes in CSV. */
export const MARKED = new Uint8Array(256);
for (const byte of [TAB, LF, CR, QUOTE, COMMA]) MARKED[byte] = 1;

/** 1 for bytes that matter in a quoted cell. */
const IN_QUOTES = new Uint8Array(256);
for (const byte of [LF, QUOTE]) IN_QUOTES[byte] = 1;
/** Less than any place in a buffer. */
export const OVER_LINE = 2 ** 30;

/**
 * Where the quoted cell that begins before `at` is closed, less `OVER_LINE` when it goes over a line end; -1 when it is
 * not closed.
 */
export function closingQuote(bytes: Buffer, at: number, filled: number): number {
  let over = 0;
  for (let i = at; i < filled; i++) {
    if (IN_QUOTES[bytes[i]!] === 0) continue;
    if (bytes[i] === LF) over = OVER_LINE;
    else if (i + 1 === filled || bytes[i + 1] !== QUOTE) return i - over;
    else i += 1;
  }
  return -1;
}

/** 1 when a bare cell asks for quotes in CSV. */
export function asksForQuotes(bytes: Buffer, start: number, end: number): number {
  for (let i = start; i < end; i++) if (MARKED[bytes[i]!] !== 0) return 1;
  return 0;
}

/** True when each line of a record has as many cells as the header, quotes being data. Mostly the first has not. */
export function fitsLineByLine(record: Buffer, columns: number): boolean {
  let cells = 1;
  for (let i = 0; i < record.length; i++) {
    if (record[i] === TAB) cells += 1;
    if (record[i] !== LF && i + 1 < record.length) continue;
    if (cells !== columns) return false;
    cells = 1;
  }
  return true;
}
