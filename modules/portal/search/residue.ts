import { escapeIdentifier } from 'pg';
import { SubjectConditions } from '../database/sql.ts';
import { type TextColumn, type TextRelation, textRelations } from '../database/text-columns.ts';
import type { PortalTransaction } from '../database/transaction.ts';
import type { NameJudge } from '../names/name-judge.ts';
import { nearValue, valueEditor } from './edit-values.ts';

const BATCH_ROWS = 500;

/** Result of a search of everything that is stored. */
interface Residue {
  readonly tables: number;
  readonly columns: number;
  /** Cells that hold the name, by `schema.table.column`. */
  readonly cells: Readonly<Record<string, number>>;
}

/**
 * Counts the cells that still hold the name, in all columns that may carry text, mapped or not.
 * @param except columns that are never changed, as `schema.table.column`
 */
export async function residueInside(
  transaction: PortalTransaction,
  judge: NameJudge,
  except: ReadonlySet<string>,
): Promise<Residue> {
  const relations = (await textRelations(transaction))
    .map((relation) => ({
      ...relation,
      columns: relation.columns.filter(({ column }) => !except.has(`${relation.name}.${column}`)),
    }))
    .filter(({ columns }) => columns.length > 0);
  const cells: Record<string, number> = {};
  for (const relation of relations) {
    const counts = await transaction.within(relation.name, () => countIn(transaction, relation, judge));
    for (const [at, { column }] of relation.columns.entries()) {
      if (counts[at]) cells[`${relation.name}.${column}`] = counts[at];
    }
  }
  const columns = relations.reduce((sum, relation) => sum + relation.columns.length, 0);
  return { tables: relations.length, columns, cells };
}

/**
 * Counts the cells of each column that hold the name. One scan for all columns finds values that may hold it; these are
 * fetched and checked. The scan has no subquery, so that the server can run it in parallel.
 */
export async function countIn(
  transaction: PortalTransaction,
  relation: TextRelation,
  judge: NameJudge,
): Promise<number[]> {
  const conditions = new SubjectConditions(judge);
  const counts = relation.columns.map(
    (column) => `count(*) FILTER (WHERE ${nearValue(judge, conditions, column).narrow})::text`,
  );
  const { rows } = await transaction.query(`SELECT ${counts.join(', ')} FROM ${relation.from} t`, conditions.values);
  const found = rows[0]!.map(Number);
  for (const [at, column] of relation.columns.entries()) {
    if (found[at]! > 0) found[at] = await countValues(transaction, relation, column, judge);
  }
  return found;
}

async function countValues(
  transaction: PortalTransaction,
  { from }: TextRelation,
  column: TextColumn,
  judge: NameJudge,
): Promise<number> {
  const conditions = new SubjectConditions(judge);
  const { narrow } = nearValue(judge, conditions, column);
  const cell = `t.${escapeIdentifier(column.column)}`;
  const select = `SELECT ${cell}::text FROM ${from} t WHERE ${cell} IS NOT NULL AND ${narrow}`;
  const edit = valueEditor(judge, '');
  let held = 0;
  for await (const rows of transaction.stream(select, conditions.values, BATCH_ROWS)) {
    held += rows.filter(([value]) => edit(column, value!) !== value).length;
  }
  return held;
}
