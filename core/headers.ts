import { readHeader } from './engine-answer.ts';
import { EngineQueryRejectedError } from './errors.ts';
import type { Engine, Login, SubjectKind } from './model.ts';
import type { Platform } from './nxql.ts';
import { PLAN, type TablePlan } from './plan.ts';
import type { EngineApi, EngineQuery } from './ports.ts';

/** The first columns of each Engine file: ids are Engine-local, and fields differ by platform (D5). */
export const PREFIX_COLUMNS: readonly string[] = ['engine', 'platform'];

/** Asks for the columns of a table and no rows: no object has the id 0, and events are limited to none. */
export const headerQuery = (table: TablePlan, platform: Platform): EngineQuery => ({
  statement: table.statement('0', { from: 'midnight', to: 'now' }, 0),
  platform,
  file: table.file,
});

/**
 * Agrees the header of each Engine file with one Engine: the union over its platforms (D5).
 * @returns a file without columns was refused on every platform: this version lacks the table
 */
export async function agreeHeaders(
  engineApi: EngineApi,
  engine: Engine,
  login: Login,
  kind: SubjectKind,
  signal: AbortSignal,
): Promise<{ file: string; columns: readonly string[] }[]> {
  const files: { file: string; columns: readonly string[] }[] = [];
  for (const table of PLAN[kind]) {
    const columns = new Set<string>();
    for (const platform of table.platforms) {
      try {
        const stream = await engineApi.query(engine, login, headerQuery(table, platform), signal);
        for (const column of await readHeader(engine.engineId, stream)) columns.add(column);
      } catch (error) {
        if (!(error instanceof EngineQueryRejectedError)) throw error;
      }
    }
    files.push({ file: table.file, columns: columns.size > 0 ? [...PREFIX_COLUMNS, ...columns] : [] });
  }
  return files;
}
