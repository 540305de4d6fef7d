/** Ends each CSV record. Source: RFC 4180. */
export const CRLF = '\r\n';

const NEEDS_QUOTES = /[",\t\r\n]/;
const FORMULA_START = /^[=+\-@\0\t\n\r\uFF1D\uFF0B\uFF0D\uFF20]/;
const PLAIN_NUMBER = /^[-+]?\d+(\.\d+)?$/;

/**
 * A spreadsheet would run it: it starts with `= + - @`, their full-width forms, NUL, TAB or a line end, and is neither a lone `-` ("no data")
 * nor a plain number. `-1.5e3` is none: Engines write no exponents (docs/nxql.md). Source: OWASP ASVS 5 V1.2.10.
 */
export const looksLikeFormula = (cell: string): boolean =>
  FORMULA_START.test(cell) && cell !== '-' && !PLAIN_NUMBER.test(cell);

/** One cell, in quotes where RFC 4180 requires them and around TABs. */
function csvCell(cell: string, neutralizeFormulas: boolean): string {
  const safe = neutralizeFormulas && looksLikeFormula(cell) ? `'${cell}` : cell;
  return NEEDS_QUOTES.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** One record with its line end; `null` is an empty cell. A record of one empty cell is `""`: an empty line is no record. */
export function csvRecord(cells: readonly (string | null)[], neutralizeFormulas: boolean): string {
  if (cells.length === 1 && !cells[0]) return `""${CRLF}`;
  return cells.map((cell) => csvCell(cell ?? '', neutralizeFormulas)).join(',') + CRLF;
}
