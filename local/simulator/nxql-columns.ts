import type { Cell } from './cells.ts';
import { memoize } from './memo.ts';
import type { Scope } from './nxql-activity.ts';
import { NxqlError } from './nxql-error.ts';
import { type Readable, resolveFields } from './nxql-fields.ts';
import type { Selection, Statement } from './nxql-statement.ts';
import type { Platform } from './people.ts';

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
export function resolveColumns(scope: Scope, { selections, source }: Statement, main: string): ColumnGroup[] {
  return selections.map((selection) => {
    const table = selection.table ?? main;
    if (!source.tables.includes(table)) throw new NxqlError(`${table} is not in the from clause`, source.tables);
    const fields = selectedFields(scope, table, selection);
    const prefix = selection.table === undefined ? '' : `${table}/`;
    return makeGroup(scope, table, fields, prefix);
  });
}

function selectedFields(scope: Scope, table: string, { fields }: Selection): Readable[] {
  if (fields.length === 0) throw new NxqlError('select needs at least one field');
  return fields.flatMap((field) => resolveFields(scope.engine, table, field, scope.platforms));
}

function makeGroup(scope: Scope, table: string, fields: readonly Readable[], prefix: string): ColumnGroup {
  const missing = fields.map(() => null);
  const read = (row: number, platform: Platform) => fields.map((field) => field.read(row, platform));
  const readOnce = scope.engine.events.has(table) ? read : memoize(read);
  return {
    table,
    headers: fields.map(({ name }) => `${prefix}${name}`),
    types: fields.map(({ type }) => type),
    read: (row, platform) => (row < 0 ? missing : readOnce(row, platform)),
  };
}
