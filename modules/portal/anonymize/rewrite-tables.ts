import { qualified, SubjectConditions } from '../database/sql.ts';
import { textRelations } from '../database/text-columns.ts';
import type { PortalTransaction } from '../database/transaction.ts';
import { PortalColumnTooShortError } from '../errors.ts';
import type { PortalMapping } from '../mapping/mapping.ts';
import { assignments, changesIn, outgrown, runToken, type TableWork, workOn } from './assignments.ts';
import type { Controls } from './bystander-check.ts';
import { linkedTables } from './foreign-keys.ts';
import { rewriteValues } from './rewrite-values.ts';
import type { Run } from './run.ts';

/**
 * Replaces the Subject's name in all mapped columns and refreshes the materialized views made from them.
 * @param token as drawn; shortened if a name column has no room for it
 * @returns changed rows per table, and the token used
 * @throws {PortalColumnTooShortError} a column has no room; nothing was changed in it
 */
export async function rewriteMapped(
  transaction: PortalTransaction,
  mapping: PortalMapping,
  { judge, token: drawn }: Pick<Run, 'judge' | 'token'>,
  controls: Controls,
): Promise<{ rowsByTable: Record<string, number>; token: string }> {
  const relations = new Map((await textRelations(transaction)).map((relation) => [relation.name, relation]));
  const all = mapping.tables.map((table) => workOn(table, relations.get(table.table)));
  const token = runToken(all, judge, drawn);
  const run = { transaction, judge, token, controls };
  const rowsByTable: Record<string, number> = {};

  await transaction.query('SET CONSTRAINTS ALL DEFERRED');
  for (const work of all) await refuseOutgrown(run, work);
  await controls.start(all.map(({ table }) => table.table));
  const linked = await linkedTables(transaction, mapping);
  await rewriteTogether(
    run,
    all.filter(({ table }) => linked.has(table.table)),
    rowsByTable,
  );
  for (const work of all) {
    const { table } = work.table;
    rowsByTable[table] ??= 0;
    const done = linked.has(table);
    rowsByTable[table] += await transaction.within(table, () =>
      work.values.length > 0 ? rewriteValues(run, work, done) : done ? Promise.resolve(0) : rewritePlain(run, work),
    );
  }
  await transaction.query('SET CONSTRAINTS ALL IMMEDIATE');
  for (const view of mapping.derived) {
    await transaction.within(view, () => transaction.query(`REFRESH MATERIALIZED VIEW ${qualified(view)}`));
  }
  return { rowsByTable, token };
}

async function refuseOutgrown({ transaction, judge, token }: Run, work: TableWork): Promise<void> {
  const { table } = work.table;
  const query = outgrown(work, qualified(table), judge, token);
  const rows = query && (await transaction.within(table, () => transaction.query(query.text, query.values))).rows;
  const [column] = rows?.[0] ?? [];
  if (column) throw new PortalColumnTooShortError(`${table}.${column}`);
}

/** Tells the controls which rows will change in their plain columns. */
async function noteRows({ judge, controls }: Run, { table, plain }: TableWork): Promise<void> {
  const conditions = new SubjectConditions(judge);
  const where = conditions.outsideJson(plain, 't');
  await controls.willChange(table.table, where, conditions.values);
}

/** The UPDATE of one table, alone or as a part of a larger statement; undefined when nothing is mapped. */
function updateOf(work: TableWork, conditions: SubjectConditions, token: string): string | undefined {
  const changes = changesIn(work, conditions, token);
  if (changes.length === 0) return undefined;
  return `UPDATE ${qualified(work.table.table)} t SET ${assignments(changes, work.columns).join(', ')}
    WHERE ${conditions.outsideJson(work.plain, 't')}`;
}

async function rewritePlain(run: Run, work: TableWork): Promise<number> {
  const { transaction, judge, token } = run;
  const conditions = new SubjectConditions(judge);
  const update = updateOf(work, conditions, token);
  if (!update) return 0;
  await noteRows(run, work);
  return (await transaction.query(update, conditions.values)).rowCount;
}

/** One statement for tables that refer to each other by name, so that foreign keys are checked after all changes. */
async function rewriteTogether(
  run: Run,
  tables: readonly TableWork[],
  rowsByTable: Record<string, number>,
): Promise<void> {
  const { transaction, judge, token } = run;
  const conditions = new SubjectConditions(judge);
  const updates = tables.flatMap((work) => {
    const text = updateOf(work, conditions, token);
    return text ? [{ work, table: work.table.table, text }] : [];
  });
  if (updates.length === 0) return;
  for (const { work } of updates) await noteRows(run, work);
  const parts = updates.map(({ text }, i) => `u${i} AS (${text} RETURNING 1)`);
  const counts = updates.map((_, i) => `(SELECT count(*) FROM u${i})::text`);
  const names = updates.map(({ table }) => table).join(', ');
  const { rows } = await transaction.within(names, () =>
    transaction.query(`WITH ${parts.join(', ')} SELECT ${counts.join(', ')}`, conditions.values),
  );
  for (const [i, { table }] of updates.entries()) rowsByTable[table] = Number(rows[0]![i]);
}
