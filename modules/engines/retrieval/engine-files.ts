import { PREFIX_COLUMNS } from '../../archive/column-names.ts';
import type { AttemptFrame } from '../../archive/fragment.ts';
import type { Engine } from '../../requests/source.ts';
import type { RowLayout } from '../../rows/row-writer.ts';
import { EngineAnswerError } from '../errors.ts';
import type { Platform } from '../nxql.ts';
import type { Question, StreamTable } from '../tables/queried-table.ts';
import type { EngineClient } from './engine-client.ts';

/** Names of the dynamic fields that can be queried, by platform. */
export type DynamicFields = Readonly<Partial<Record<Platform, readonly string[]>>>;

/** A question whose answer has no rows: no object has the id 0, and the limit for events is 0. */
export const rowlessQuestion = (platform: Platform, dynamicFields: readonly string[] = []): Question => ({
  id: '0',
  platform,
  between: { from: 'midnight', to: 'now' },
  limit: 0,
  dynamicFields,
});

/** Columns of a table on one platform of an Engine; none when it refuses the table: this version lacks it. */
export const columnsOn = (
  client: EngineClient,
  table: StreamTable,
  platform: Platform,
  dynamicFields: readonly string[] = [],
): Promise<readonly string[]> =>
  client.columns(table.statements(rowlessQuestion(platform, dynamicFields)), platform, table.file);

/** Columns of a table on one Engine: the union over its platforms, after `engine` and `platform`. */
export async function columnsOf(client: EngineClient, table: StreamTable, dynamicFields: DynamicFields) {
  const found: (readonly string[])[] = [];
  for (const platform of table.platforms) found.push(await columnsOn(client, table, platform, dynamicFields[platform]));
  return union(found);
}

/** The columns of several platforms, each once; none where none has any. */
export const union = (columns: readonly (readonly string[])[]): readonly string[] => {
  const all = new Set(columns.flat());
  return all.size > 0 ? [...PREFIX_COLUMNS, ...all] : [];
};

/** The answer has columns that the agreed header lacks. */
export class OtherColumns extends Error {}

/** Headers that one Engine needs for itself, by file. */
export type OwnColumns = Readonly<Record<string, readonly string[]>>;

/** The file and header of each answer of one Engine; where the agreed header lacks a column, a file of its own (docs/decisions/0011). */
export function engineFiles({ name, engineId }: Engine, frame: AttemptFrame, ownBefore: OwnColumns) {
  let own = ownBefore;
  let lacking: readonly string[] = [];
  const agreedOf = (file: string) => frame.files.find((agreed) => agreed.file === file)?.columns ?? [];
  const columns = (file: string): readonly string[] => own[file] ?? agreedOf(file);

  return {
    columns,
    get own(): OwnColumns {
      return own;
    },
    /** Columns that others of this version have on the platform, or this Engine on any, and that the last answer lacks. */
    get lacking(): readonly string[] {
      return lacking;
    },
    path: (file: string): string => (own[file] ? file.replace(/csv$/, `${engineId}.csv`) : file),
    /** True when no Engine has given the header of a file before: then the header is kept even without rows. */
    lacksHeader: (file: string): boolean => agreedOf(file).length === 0,
    /** @throws {OtherColumns} the file needs `widen` @throws {EngineAnswerError} it was widened and still does not fit */
    layOut(file: string, platform: Platform, given: readonly string[]): RowLayout {
      const header = columns(file);
      if (given.some((column) => !header.includes(column))) {
        if (own[file]) throw new EngineAnswerError(engineId, 'other columns than before');
        throw new OtherColumns();
      }
      const expected = own[file]?.slice(PREFIX_COLUMNS.length) ?? frame.columns?.[file]?.[platform] ?? [];
      lacking = expected.filter((column) => !given.includes(column));
      const places = new Map(given.map((column, place) => [column, place]));
      const cells = header.slice(PREFIX_COLUMNS.length).map((column) => places.get(column) ?? -1);
      return { cells, prefix: [name, platform] };
    },
    widen(file: string, wider: readonly string[]): void {
      own = { ...own, [file]: wider };
    },
  };
}
export type EngineFiles = ReturnType<typeof engineFiles>;
