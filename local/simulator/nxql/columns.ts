import type { Cell } from '../world/cells.ts';
import { memoize } from '../world/memo.ts';
import type { Platform } from '../world/people.ts';
import { NxqlError } from './error.ts';
import { type Readable, resolveFields } from './fields.ts';
import type { Scope } from './scope.ts';
import type { Select, Selection } from './statement.ts';

/** Most columns of an answer. */
const WIDEST = 10_000;

/** Columns of one table, side by side in the answer. */
export interface ColumnGroup {
  readonly table: string;
  readonly headers: readonly string[];
  readonly types: readonly string[];
  /** The group's cells of one row of the table; all missing for -1. An object's cells are the same array every time. */
  read(row: number, platform: Platform): readonly Cell[];
}

/**
 * The columns that a statement selects. Selections by table are headed `table/field`, plain ones `field`.
 * @param main the table that plain selections mean
 * @throws {NxqlError} a table is not in `from`, or a field is unknown
 */
export function resolveColumns(scope: Scope, { selections, source }: Select, main: string): ColumnGroup[] {
  let width = 0;
  return selections.map((selection) => {
    const table = selection.table ?? main;
    if (!source.tables.includes(table)) throw new NxqlError(`${table} is not in the from clause`, source.tables);
    const fields = selectedFields(scope, table, selection, WIDEST - width);
    width += fields.length;
    const prefix = selection.table === undefined ? '' : `${table}/`;
    return makeGroup(scope, table, fields, prefix);
  });
}

function selectedFields(scope: Scope, table: string, { fields }: Selection, most: number): Readable[] {
  if (fields.length === 0) throw new NxqlError('select needs at least one field');
  const found: Readable[] = [];
  for (const field of fields) {
    for (const readable of resolveFields(scope.engine, table, field, scope.platforms)) found.push(readable);
    if (found.length > most) throw new NxqlError('there are too many columns');
  }
  return found;
}

function makeGroup(scope: Scope, table: string, fields: readonly Readable[], prefix: string): ColumnGroup {
  const missing = fields.map(() => null);
  const read = (row: number, platform: Platform) => fields.map((field) => field.read(row, platform));
  const readOnce = scope.engine.events.has(table) ? read : memoize(read);
  return {
    table,
    headers: fields.map(({ name }) => `${prefix}${scope.dynamicHash === false ? name.replace(/^#/, '') : name}`),
    types: fields.map(({ type }) => type),
    read: (row, platform) => (row < 0 ? missing : readOnce(row, platform)),
  };
}
