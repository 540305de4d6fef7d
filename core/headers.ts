import type { FragmentPlan } from './bundle/fragment.ts';
import { readHeader } from './engine-answer.ts';
import { EngineQueryRejectedError } from './errors.ts';
import type { Engine, Login, SubjectKind } from './model.ts';
import { PLAN, type TablePlan } from './plan.ts';
import type { EngineApi } from './ports.ts';

/** The first columns of each Engine file: ids are Engine-local, and fields differ by platform (D5). */
export const PREFIX_COLUMNS: readonly string[] = ['engine', 'platform'];

/**
 * Columns of a table on one Engine: the union over its platforms, after `engine` and `platform`. Asks for no rows: no
 * object has the id 0, and events are limited to none.
 * @returns nothing when the table is refused on every platform: this version lacks it
 */
export async function columnsOf(
  engineApi: EngineApi,
  engine: Engine,
  login: Login,
  table: TablePlan,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const columns = new Set<string>();
  for (const platform of table.platforms) {
    const statement = table.statement('0', { from: 'midnight', to: 'now' }, 0);
    try {
      const stream = await engineApi.query(engine, login, { statement, platform, file: table.file }, signal);
      for (const column of await readHeader(engine.engineId, stream)) columns.add(column);
    } catch (error) {
      if (!(error instanceof EngineQueryRejectedError)) throw error;
    }
  }
  return columns.size > 0 ? [...PREFIX_COLUMNS, ...columns] : [];
}

/** Agrees the header of each Engine file with one Engine (D5). */
export async function agreeHeaders(
  engineApi: EngineApi,
  engine: Engine,
  login: Login,
  kind: SubjectKind,
  signal: AbortSignal,
): Promise<FragmentPlan['files']> {
  const files: { file: string; columns: readonly string[] }[] = [];
  for (const table of PLAN[kind]) {
    files.push({ file: table.file, columns: await columnsOf(engineApi, engine, login, table, signal) });
  }
  return files;
}
