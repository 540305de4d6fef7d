import type { Platform } from '../../../local/simulator/world/people.ts';
import { type RawRow, rawRows } from '../../../local/simulator/world/raw-rows.ts';
import { engine, NOW } from './evaluating.ts';

/** The second Engine lives in New York: its last midnight, and the instant of a day before or after it in winter. */
export const MIDNIGHT = Date.parse('2026-11-23T05:00:00Z');
export const HOUR = 3_600_000;
export const DAY = 24 * HOUR;
export const now = NOW.getTime();

export interface Expected {
  readonly header: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** All rows of a table on one platform. */
export const all = (table: string, platform: Platform = 'windows'): RawRow[] => [...rawRows(engine, table, platform)];

/** Events that overlap an interval. */
export const during = (table: string, from: number, to: number): RawRow[] =>
  all(table).filter(({ start, end }) => start! < to && (start! >= from || end! > from));

const byId = new Map<string, Map<number, RawRow>>();

/** The object that an event is linked to. */
export function linked(row: RawRow, table: string): RawRow | undefined {
  const known = byId.get(table) ?? new Map(all(table).map((found) => [found.id, found]));
  byId.set(table, known);
  return known.get(row.links[table] ?? -1);
}

/** Some fields of rows; `#name` for a dynamic one. */
export const pick = (rows: readonly RawRow[], fields: readonly string[]): Expected => ({
  header: fields,
  rows: rows.map((row) => fields.map((field) => cellOf(row, field))),
});

function cellOf(row: RawRow, field: string): string {
  return field.startsWith('#') ? row.dynamic[field.slice(1)]! : row.cells[field]!;
}

/** `pick` for an event whose own columns are headed with its table. */
export const decorated = (event: string, rows: readonly RawRow[], fields: readonly string[]): Expected => ({
  header: fields,
  rows: rows.map((row) =>
    fields.map((field) => {
      const [table, ...name] = field.split('/');
      const found = table === event ? row : linked(row, table!);
      return found ? cellOf(found, name.join('/')) : '-';
    }),
  ),
});

/** Events of each object of a table that has any, in the order of the objects. */
export function perObject(table: string, events: readonly RawRow[]): [RawRow, RawRow[]][] {
  return all(table)
    .map((object): [RawRow, RawRow[]] => [object, events.filter(({ links }) => links[table] === object.id)])
    .filter(([, found]) => found.length > 0);
}

export const number = (row: RawRow, field: string): number => Number(row.cells[field]);
export const total = (rows: readonly RawRow[], field: string): string =>
  String(rows.filter(({ cells }) => cells[field] !== '-').reduce((sum, row) => sum + number(row, field), 0));
