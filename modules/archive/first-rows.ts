import { neutralized } from '../rows/csv.ts';

/** How many rows an index keeps of each fragment. */
export const FIRST_ROWS = 5;
/** How many cells of a row, and how many characters of a cell. */
const MAX_CELLS = 200;
const MAX_LENGTH = 160;

/** The first rows of a fragment as the archive's overview shows them: cells as the file has them, long ones cut. */
export type FirstRows = readonly (readonly string[])[];

/** Keeps the first rows that pass. */
export function keepFirst(kept: string[][], cells: readonly (string | null)[], neutralizeFormulas: boolean): void {
  if (kept.length >= FIRST_ROWS) return;
  const shown = shownColumns(cells).map((cell) => cell ?? '');
  kept.push(shown.map((cell) => shorten(neutralizeFormulas ? neutralized(cell) : cell)));
}

/** What is shown of a row, or of the header above it. */
export const shownColumns = <T>(cells: readonly T[]): readonly T[] => cells.slice(0, MAX_CELLS);

/** Text as it is shown: cut when it is long. The copy lets go of the long text, which V8 would keep behind a slice. */
export const shorten = (text: string): string =>
  text.length > MAX_LENGTH
    ? `${Buffer.from(text.slice(0, MAX_LENGTH).replace(/[\ud800-\udbff]$/, '')).toString()}\u2026`
    : text;
