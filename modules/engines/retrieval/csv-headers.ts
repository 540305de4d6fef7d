import { PREFIX_COLUMNS } from '../../archive/column-names.ts';
import type { AttemptFrame } from '../../archive/fragment.ts';
import type { SubjectKind } from '../../requests/subject.ts';
import type { Platform } from '../nxql.ts';
import type { Question, StreamTable } from '../tables/queried-table.ts';
import { platformsOf, TABLES } from '../tables/tables.ts';
import { type DynamicFields, findDynamicFields } from './dynamic-fields.ts';
import type { EngineClient } from './engine-client.ts';

/** A question whose answer has no rows: no object has the id 0, and the limit for events is 0. */
export const rowlessQuestion = (platform: Platform, dynamicFields: DynamicFields): Question => ({
  id: '0',
  platform,
  between: { from: 'midnight', to: 'now' },
  limit: 0,
  dynamicFields: dynamicFields[platform] ?? [],
});

/**
 * Columns of a table on one Engine: the union over its platforms, after `engine` and `platform`.
 * @returns nothing when the table is refused on every platform: this version lacks it
 */
export async function columnsOf(
  client: EngineClient,
  table: StreamTable,
  dynamicFields: DynamicFields,
): Promise<readonly string[]> {
  const columns = new Set<string>();
  for (const platform of table.platforms) {
    const statements = table.statements(rowlessQuestion(platform, dynamicFields));
    for (const column of await client.columns(statements, platform, table.file)) columns.add(column);
  }
  return columns.size > 0 ? [...PREFIX_COLUMNS, ...columns] : [];
}

/** Agrees the header of each Engine file with one Engine (docs/decisions/0011). */
export async function agreeHeaders(client: EngineClient, kind: SubjectKind): Promise<AttemptFrame['files']> {
  const { fields: dynamicFields } = await findDynamicFields(client, kind, platformsOf(kind));
  const files: { file: string; columns: readonly string[] }[] = [];
  for (const table of TABLES[kind]) {
    const columns =
      table.kind === 'list' ? [...PREFIX_COLUMNS, ...table.columns] : await columnsOf(client, table, dynamicFields);
    files.push({ file: table.file, columns });
  }
  return files;
}

/** Headers of the files whose columns do not depend on an Engine. */
export const fixedHeaders = (kind: SubjectKind): AttemptFrame['files'] =>
  TABLES[kind].flatMap((table) =>
    table.kind === 'list' ? [{ file: table.file, columns: [...PREFIX_COLUMNS, ...table.columns] }] : [],
  );
