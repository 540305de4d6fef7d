import { createHash } from 'node:crypto';
import type { Outcome } from './exchange.ts';
import type { Retrieved } from './retrieval.ts';

type Row = Readonly<Record<string, string>>;

/**
 * A retrieval as states, counts and digests. Rows count, and not their order: where it does not depend on ids it depends on names.
 * @param name stand-in of the name of an Engine, or of a file
 * @param row the row with stand-ins
 */
export function outcomeOf(
  { sources, files, missing }: Retrieved,
  name = (text: string) => text,
  row = (cells: Row) => cells,
): Outcome {
  const digest = (rows: readonly Row[]) => {
    const lines = rows.map((each) => JSON.stringify(Object.entries(row(each)).sort())).sort();
    return createHash('sha256').update(lines.join('\n')).digest('hex');
  };
  const fileName = (file: string) => file.replace(/(?<=\.)[^.]+(?=\.csv$)/, name);
  return {
    sources: Object.fromEntries(sources.map((source) => [name(source.name), source.state])),
    files: Object.fromEntries(
      [...files].map(([file, rows]) => [fileName(file), { rows: rows.length, sha256: digest(rows) }]),
    ),
    missing: missing.map(({ source, file, reason }) => [name(source), fileName(file), reason].join(' ')).sort(),
  };
}
