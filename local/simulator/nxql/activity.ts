import { seesEvent, seesObject } from '../servers/view.ts';
import type { Cell } from '../world/cells.ts';
import { memoize } from '../world/memo.ts';
import type { Platform } from '../world/people.ts';
import { packagesOn } from '../world/world.ts';
import type { Source, Where } from './clauses.ts';
import { NxqlError } from './error.ts';
import { compileFilters, type Test } from './filter.ts';
import type { Scope } from './scope.ts';
import { resolveTime } from './time.ts';

/** Rows that link objects: the events of a table, or which package is on which device. */
export interface Activity {
  readonly links: readonly string[];
  /** Rows that pass, oldest first. */
  rows(): Iterable<number>;
  /** Row of the linked object, -1 for none. */
  link(row: number, object: string): number;
  platform(row: number): Platform;
  /** `undefined` for packages. */
  span?(row: number): { readonly start: number; readonly end: number };
  /** A field of the event; missing when the table has no such field, and for packages. */
  cell(row: number, field: string): Cell;
}

/** Objects an event table can be decorated with on all of these platforms. */
export const linksOn = ({ engine: { tables }, platforms }: Scope, table: string): string[] =>
  tables
    .get(table)!
    .links.filter((object) => platforms.every((platform) => tables.get(object)!.platforms.includes(platform)));

/**
 * The rows of an event table, or of `package`, that pass the clauses of a `from` or a `with`.
 * @throws {NxqlError} a clause does not fit the table, or events come without `between`
 */
export function openActivity(scope: Scope, table: string, { wheres, between }: Source): Activity {
  if (table === 'package') return openPackages(scope, wheres);
  const events = scope.engine.events.get(table)!;
  const links = linksOn(scope, table);
  const link = (row: number, object: string) => events.link(row, object);
  const passes = compileWheres(scope, table, links, wheres, link);
  if (!between) throw new NxqlError(`events of ${table} need a between clause`, ['between']);
  const { beyond = 0 } = scope;
  const from = resolveTime(between.from, scope.now, scope.engine.zone) - beyond;
  const end = resolveTime(between.to, scope.now, scope.engine.zone);
  const to = Math.max(end, Math.min(end + beyond, scope.now)); // what has not happened comes no earlier for that
  const starts = events.columns.start;
  const first = scope.between === 'start' ? from : from - events.longest;
  function* rows(): Generator<number> {
    for (let row = lowerBound(starts, first); row < starts.length && starts[row]! < to; row += 1) {
      if (starts[row]! < from && (scope.between === 'start' || events.end(row) <= from)) continue;
      const platform = events.platform(row);
      if (!scope.platforms.includes(platform) || !seesEvent(scope.engine.view, events, row)) continue;
      if (passes(row, platform)) yield row;
    }
  }
  const span = (row: number) => ({ start: events.start(row), end: events.end(row) });
  const fields = new Map(events.table.fields.map((field) => [field.name, field]));
  const cell = (row: number, name: string) => {
    const field = fields.get(name);
    return field ? events.cell(row, field) : null;
  };
  return { links, rows, link, platform: (row) => events.platform(row), span, cell };
}

function openPackages(scope: Scope, wheres: readonly Where[]): Activity {
  const devices = scope.engine.objects.get('device')!.rows;
  const visible = [...devices.keys()].filter((device) => seesObject(scope.engine.view, 'device', device));
  const pairs = visible.flatMap((device) => packagesOn(scope.engine, device).map((found) => [device, found] as const));
  const links = ['device', 'package'];
  const link = (row: number, object: string) => pairs[row]![object === 'device' ? 0 : 1];
  const platform = (row: number) => devices[pairs[row]![0]]!.platforms[0]!;
  const passes = compileWheres(scope, undefined, links, wheres, link);
  const all = [...pairs.keys()].filter((row) => scope.platforms.includes(platform(row)) && passes(row, platform(row)));
  return { links, rows: () => all, link, platform, cell: () => null };
}

/** Filters on linked objects are asked once per object. @param own the event table, none for packages */
function compileWheres(
  scope: Scope,
  own: string | undefined,
  links: readonly string[],
  wheres: readonly Where[],
  link: Activity['link'],
): Test {
  const tests = wheres.map(({ table, filters }) => {
    if (table !== own && !links.includes(table)) {
      throw new NxqlError(`${table} is not linked here`, own === undefined ? links : [own, ...links]);
    }
    const test = compileFilters(scope, table, filters);
    if (table === own) return { table, test };
    const passes = memoize(test);
    const asked: Test = (row, platform) => {
      const linked = link(row, table);
      return linked >= 0 && passes(linked, platform);
    };
    return { table, test: asked };
  });
  return combineTests(scope, tests);
}

/** One test of all `where` clauses. Several about one table exclude each other's rows, or add to them. */
export function combineTests(
  { repeatedWhere = 'and' }: Scope,
  tests: readonly { readonly table: string; readonly test: Test }[],
): Test {
  if (repeatedWhere === 'and') return (row, platform) => tests.every(({ test }) => test(row, platform));
  const groups = [...Map.groupBy(tests, ({ table }) => table).values()];
  return (row, platform) => groups.every((group) => group.some(({ test }) => test(row, platform)));
}

/** The first row whose start is not before an instant. */
function lowerBound(starts: Float64Array, instant: number): number {
  let low = 0;
  let high = starts.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (starts[middle]! < instant) low = middle + 1;
    else high = middle;
  }
  return low;
}
