import { escapeIdentifier } from 'pg';
import { SubjectConditions, textOf } from '../database/sql.ts';
import type { TextColumn, TextRelation } from '../database/text-columns.ts';
import { PortalColumnTooShortError } from '../errors.ts';
import type { MappedTable, NameColumn } from '../mapping/mapping.ts';
import type { NameJudge } from '../names/name-judge.ts';
import { fittingToken } from '../names/name-matcher.ts';

/** A mapped table with its columns in the live schema. */
export interface TableWork {
  readonly table: MappedTable;
  /** Columns that SQL rewrites: names and co-identifiers. */
  readonly plain: MappedTable;
  /** Columns whose values this code checks and rewrites: text, documents, lists, bytes. */
  readonly values: readonly TextColumn[];
  readonly columns: ReadonlyMap<string, TextColumn>;
}

/** Splits a mapped table by how its columns are rewritten. Generated columns change by themselves. */
export function workOn(table: MappedTable, relation: TextRelation | undefined): TableWork {
  const columns = new Map((relation?.columns ?? []).map((column) => [column.column, column]));
  const listed = [...table.freeText, ...table.json, ...table.arrays];
  const values = listed.flatMap((name) => columns.get(name) ?? []).filter(({ generated }) => !generated);
  return { table, values, columns, plain: { ...table, freeText: [], json: [], arrays: [] } };
}

/** The token of a run, the same in every column. The shortest name column limits its length. */
export function runToken(work: readonly TableWork[], { kind }: NameJudge, token: string): string {
  const limits = work.flatMap(({ table, columns }) =>
    table.names
      .filter(({ holds }) => holds === kind)
      .map(({ column }) => ({ place: `${table.table}.${column}`, limit: columns.get(column)?.limit ?? token.length })),
  );
  return limits.reduce((fitting, { place, limit }) => fit(fitting, limit, place), token);
}

function fit(token: string, limit: number, place: string): string {
  const fitting = fittingToken(token, limit);
  if (fitting === undefined) throw new PortalColumnTooShortError(place);
  return fitting;
}

/** Change of a column: its value is `becomes` where `when` is true, else unchanged. */
interface Change {
  readonly column: string;
  readonly when: string;
  readonly becomes: string;
}

/**
 * The changes that SQL makes in one table. `conditions` collects their parameters.
 * @param wanted selects columns
 */
export function changesIn(
  { plain, columns }: TableWork,
  conditions: SubjectConditions,
  token: string,
  wanted: (column: string) => boolean = () => true,
): Change[] {
  const inside = (column: string) =>
    `regexp_replace(${textOf(at(column))}, ${conditions.pattern}, ${conditions.bind(token)}, 'gi')`;
  const names = conditions.namesOf(plain);
  const named = new Map(names.map((name) => [name.column, name]));
  const isSubject = ({ column, spelling }: NameColumn) => conditions.isName(at(column), spelling);
  const cleared = (column: string) => {
    const { required = false, limit = token.length } = columns.get(column) ?? {};
    return required ? conditions.bind(fit(token, limit, `${plain.table}.${column}`)) : 'NULL';
  };
  return [
    ...names
      .filter(({ column }) => wanted(column))
      .map((name) => ({
        column: name.column,
        when: isSubject(name),
        becomes: name.spelling === 'bare' ? conditions.bind(token) : inside(name.column),
      })),
    ...plain.coIdentifiers
      .filter(({ column, beside }) => wanted(column) && named.has(beside) && !named.has(column))
      .map(({ column, beside }) => ({ column, when: isSubject(named.get(beside)!), becomes: cleared(column) })),
  ];
}

const at = (column: string) => `t.${escapeIdentifier(column)}`;

/** The SET list of an UPDATE of `t`. */
export const assignments = (changes: readonly Change[], columns: ReadonlyMap<string, TextColumn>): string[] =>
  changes.map(({ column, when, becomes }) => {
    const type = columns.get(column)?.type;
    const value = type ? `(${becomes})::${type}` : becomes;
    return `${escapeIdentifier(column)} = CASE WHEN ${when} THEN ${value} ELSE ${at(column)} END`;
  });

/** A query that returns the columns whose new text would be too long; undefined when no column has a limit. */
export function outgrown(work: TableWork, from: string, judge: NameJudge, token: string) {
  const conditions = new SubjectConditions(judge);
  const limited = (column: string) => work.columns.get(column)?.limit !== undefined;
  const picks = changesIn(work, conditions, token, limited)
    .filter(({ becomes }) => becomes !== 'NULL')
    .map(({ column, when, becomes }) => {
      const over = `length(${becomes}) > ${work.columns.get(column)!.limit}`;
      return `(SELECT ${conditions.bind(column)} FROM ${from} t WHERE ${when} AND ${over} LIMIT 1)`;
    });
  return picks.length === 0 ? undefined : { text: picks.join(' UNION ALL '), values: conditions.values };
}
