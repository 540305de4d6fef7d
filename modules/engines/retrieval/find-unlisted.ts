import type { MissingPart } from '../../archive/fragment.ts';
import type { SubjectKind } from '../../requests/subject.ts';
import { orReason } from '../errors.ts';
import type { Platform } from '../nxql.ts';
import { ENGINE_TABLES, type UnlistedTable, unlistedTable } from '../tables/tables.ts';
import type { EngineClient } from './engine-client.ts';
import { rowlessQuestion } from './engine-files.ts';

const TABLE_NAME = /^[a-z][a-z0-9_]{0,63}$/;
/** Maximum tables without a record that are tried on one Engine; further ones are named. */
const MAX_TRIED = 30;

/**
 * Compares the Engine's own list of tables, from its error page, with ours: a newer version may have tables about the Subject
 * that we do not know (R12).
 * @returns those that are linked to the Subject; `missing`: what could not be found out
 */
export async function findUnlistedTables(
  client: EngineClient,
  kind: SubjectKind,
  platforms: readonly Platform[],
): Promise<{ readonly tables: readonly UnlistedTable[]; readonly missing: readonly MissingPart[] }> {
  const [platform] = platforms;
  if (platform === undefined) return { tables: [], missing: [] };
  const missing: MissingPart[] = [];
  const listed = await orReason(client.tables(platform));
  if (typeof listed === 'string' || !listed.includes(kind)) {
    missing.push({ file: `engines/${kind}.csv`, platform, reason: 'TABLES_UNKNOWN' });
    return { tables: [], missing };
  }
  const tables: UnlistedTable[] = [];
  const unlisted = listed.filter((name) => TABLE_NAME.test(name) && !Object.hasOwn(ENGINE_TABLES, name));
  for (const [at, name] of unlisted.entries()) {
    const table = at < MAX_TRIED ? await orReason(tryTable(client, kind, name, platforms)) : 'TABLE_NOT_QUERIED';
    if (typeof table === 'string') missing.push({ file: `engines/${name}.csv`, platform, reason: table });
    else if (table) tables.push(table);
  }
  return { tables, missing };
}

/** The table, if any platform links its events to the Subject. */
async function tryTable(client: EngineClient, kind: SubjectKind, name: string, platforms: readonly Platform[]) {
  const table = unlistedTable({ name }, kind);
  for (const platform of platforms) {
    const columns = await client.columns(table.statements(rowlessQuestion(platform)), platform, table.file);
    if (!columns.includes(table.subjectColumn)) continue;
    const time = (['start_time', 'time'] as const).find((field) => columns.includes(`${name}/${field}`));
    return { name, ...(time && { time }) };
  }
  return undefined;
}
