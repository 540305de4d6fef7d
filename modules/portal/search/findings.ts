import { escapeIdentifier } from 'pg';
import type { TableFindings } from '../agreed-preview.ts';
import type { TableWork } from '../anonymize/assignments.ts';
import { anyOf, qualified, SubjectConditions } from '../database/sql.ts';
import type { PortalTransaction } from '../database/transaction.ts';
import type { NameJudge } from '../names/name-judge.ts';
import { nearValue, valueEditor } from './edit-values.ts';

/** Maximum stored spellings, and maximum near names, in the result. With more, the name is a common word. */
export const MAX_NAMES = 50;

const BATCH_ROWS = 500;

/** Findings in a table: counts, and the names as stored. */
export type Found = TableFindings & { readonly spellings: readonly string[]; readonly nearNames: readonly string[] };

/**
 * Counts what a run would change in one table. The first query finds rows with the letters of the name. Values that may
 * hold the name are then fetched and checked as in the run.
 */
export function findIn(transaction: PortalTransaction, work: TableWork, judge: NameJudge): Promise<Found> {
  const { table } = work.table;
  return transaction.within(table, async () => {
    const { select, values } = selectCounts(work, judge);
    const [unjudged, named, exact, suspected, spellings, nearNames] = (await transaction.query(select, values))
      .rows[0]!;
    const judged = unjudged === '0' ? NOTHING : await judgeValues(transaction, work, judge);
    return {
      table,
      rows: Number(named) + judged.rows,
      exact: Number(exact),
      tokens: judged.cells,
      suspected: Number(suspected) + judged.others,
      spellings: JSON.parse(spellings!) as string[],
      nearNames: JSON.parse(nearNames!) as string[],
    };
  });
}

const at = (column: string) => `t.${escapeIdentifier(column)}`;
const not = (condition: string) => `NOT coalesce(${condition}, false)`;

/** Counts of the rows to check, of the other rows with the name, and of cells; then the names. */
function selectCounts(work: TableWork, judge: NameJudge): { select: string; values: readonly string[] } {
  const conditions = new SubjectConditions(judge);
  const names = conditions.namesOf(work.table).map(({ column, spelling }) => {
    const hit = conditions.isName(at(column), spelling);
    const near = conditions.near(at(column));
    return { column, hit, near, other: `${near} AND ${not(hit)}` };
  });
  const nearness = work.values.map((column) => nearValue(judge, conditions, column));
  const unjudged = anyOf(nearness.map(({ narrow }) => narrow));
  const held = anyOf(names.map(({ hit }) => hit));
  const letters = work.values.map(({ column }, i) => `${conditions.near(at(column))} AND ${not(nearness[i]!.narrow)}`);
  const others = [...names.map(({ other }) => other), ...letters];
  const sum = (cells: readonly string[]) =>
    cells.length === 0
      ? `'0'`
      : `coalesce(sum(${cells.map((cell) => `(CASE WHEN ${cell} THEN 1 ELSE 0 END)`).join(' + ')}), 0)::text`;
  const stored = (which: (name: (typeof names)[number]) => string) => {
    const lists = names.map((name) => `array_agg(DISTINCT ${at(name.column)}::text) FILTER (WHERE ${which(name)})`);
    return `coalesce(to_json((${lists.join(' || ') || "'{}'::text[]"})[1:${MAX_NAMES}]), '[]')::text`;
  };
  const select = `
    SELECT count(*) FILTER (WHERE ${unjudged})::text, count(*) FILTER (WHERE ${held} AND ${not(unjudged)})::text,
      ${sum(names.map(({ hit }) => hit))}, ${sum(others)}, ${stored(({ hit }) => hit)}, ${stored(({ other }) => other)}
    FROM ${qualified(work.table.table)} t
    WHERE ${anyOf([...names.map(({ near }) => near), ...nearness.map(({ wide }) => wide)])}`;
  return { select, values: conditions.values };
}

interface Judged {
  /** Rows that would change, cells that would change, and cells that only look alike. */
  readonly rows: number;
  readonly cells: number;
  readonly others: number;
}
const NOTHING: Judged = { rows: 0, cells: 0, others: 0 };

async function judgeValues(transaction: PortalTransaction, work: TableWork, judge: NameJudge): Promise<Judged> {
  const conditions = new SubjectConditions(judge);
  const near = work.values.map((column) => nearValue(judge, conditions, column).narrow);
  const cells = work.values.map(({ column }, i) => `CASE WHEN ${near[i]} THEN ${at(column)}::text END`);
  const select = `
    SELECT coalesce(${conditions.outsideJson(work.plain, 't')}, false)::text, ${cells.join(', ')}
    FROM ${qualified(work.table.table)} t WHERE ${anyOf(near)}`;
  const edit = valueEditor(judge, '');
  let judged = NOTHING;
  for await (const rows of transaction.stream(select, conditions.values, BATCH_ROWS)) {
    for (const [held, ...values] of rows) {
      const there = values.filter((value) => value !== null).length;
      const changed = values.filter((value, i) => value !== null && edit(work.values[i]!, value) !== value).length;
      judged = {
        rows: judged.rows + (held === 'true' || changed > 0 ? 1 : 0),
        cells: judged.cells + changed,
        others: judged.others + there - changed,
      };
    }
  }
  return judged;
}
