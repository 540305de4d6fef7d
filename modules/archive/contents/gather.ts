import { PREFIX_COLUMNS } from '../column-names.ts';
import { type AttemptFrame, isGap, type PartIndex } from '../fragment.ts';
import type { ArchiveFragment } from '../layout.ts';

/** A file of the archive with the fragments that fill it, sources in order. */
export interface GatheredFile {
  readonly name: string;
  readonly columns: readonly string[];
  readonly fragments: readonly (ArchiveFragment & { readonly source: string })[];
}

/**
 * Groups committed fragments by file: first the agreed files, even empty ones, then files of single Engines. A missing
 * file with unknown columns is included, so that its gap is listed.
 */
export function gatherFiles(frame: AttemptFrame, indexes: readonly PartIndex[]): GatheredFile[] {
  const files = new Map<string, { columns: readonly string[]; fragments: (ArchiveFragment & { source: string })[] }>();
  for (const { file, columns } of frame.files) {
    if (columns.length > 0) files.set(file, { columns, fragments: [] });
  }
  for (const { sourceName, fragments, partETag } of indexes) {
    for (const fragment of fragments) {
      const known = files.get(fragment.file) ?? { columns: fragment.columns, fragments: [] };
      files.set(fragment.file, known);
      if (fragment.rawBytes > 0) known.fragments.push({ ...fragment, source: sourceName, partETag });
    }
  }
  for (const { file } of indexes.flatMap(({ missing }) => missing).filter(isGap)) {
    if (!files.has(file)) files.set(file, { columns: PREFIX_COLUMNS, fragments: [] });
  }
  return [...files].map(([name, { columns, fragments }]) => ({ name, columns, fragments }));
}

/** Rows per day of one file, days in order. */
export function activityOf({ fragments }: Pick<GatheredFile, 'fragments'>): [day: string, rows: number][] {
  const days = new Map<string, number>();
  for (const { rowsPerDay } of fragments) {
    for (const [day, rows] of Object.entries(rowsPerDay)) days.set(day, (days.get(day) ?? 0) + rows);
  }
  return [...days].sort(([a], [b]) => (a < b ? -1 : 1));
}
