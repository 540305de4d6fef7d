import { TABLES } from './data-model.ts';
import { memoize } from './memo.ts';
import { NxqlError } from './nxql-error.ts';
import { compileFilters, type Test } from './nxql-filter.ts';
import type { Source, Where } from './nxql-statement.ts';
import { resolveTime } from './nxql-time.ts';
import type { Platform } from './people.ts';
import { type EngineWorld, packagesOn } from './world.ts';

/** Where and when a statement is evaluated. */
export interface Scope {
  readonly engine: EngineWorld;
  readonly platforms: readonly Platform[];
  /** The Engine's present, milliseconds since 1970 UTC. */
  readonly now: number;
  /** What `between` selects: events that overlap the interval, or those that start in it. */
  readonly between: 'overlap' | 'start';
}

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
}

/** Objects an event table can be decorated with on all of these platforms. */
export const linksOn = (table: string, platforms: readonly Platform[]): string[] =>
  TABLES.get(table)!.links.filter((object) => platforms.every((p) => TABLES.get(object)!.platforms.includes(p)));

/**
 * The rows of an event table, or of `package`, that pass the clauses of a `from` or a `with`.
 * @throws {NxqlError} a clause does not fit the table, or events come without `between`
 */
export function openActivity(scope: Scope, table: string, { wheres, between }: Source): Activity {
  if (table === 'package') return openPackages(scope, wheres);
  const events = scope.engine.events.get(table)!;
  const links = linksOn(table, scope.platforms);
  const link = (row: number, object: string) => events.link(row, object);
  const passes = compileWheres(scope, table, links, wheres, link);
  if (!between) throw new NxqlError(`events of ${table} need a between clause`, ['between']);
  const from = resolveTime(between.from, scope.now, scope.engine.zone);
  const to = resolveTime(between.to, scope.now, scope.engine.zone);
  const starts = events.columns.start;
  const first = scope.between === 'start' ? from : from - events.longest;
  function* rows(): Generator<number> {
    for (let row = lowerBound(starts, first); row < starts.length && starts[row]! < to; row += 1) {
      if (starts[row]! < from && (scope.between === 'start' || events.end(row) <= from)) continue;
      if (scope.platforms.includes(events.platform(row)) && passes(row, events.platform(row))) yield row;
    }
  }
  const span = (row: number) => ({ start: events.start(row), end: events.end(row) });
  return { links, rows, link, platform: (row) => events.platform(row), span };
}

function openPackages(scope: Scope, wheres: readonly Where[]): Activity {
  const devices = scope.engine.objects.get('device')!.rows;
  const pairs = devices.flatMap((_, device) =>
    packagesOn(scope.engine, device).map((found) => [device, found] as const),
  );
  const links = ['device', 'package'];
  const link = (row: number, object: string) => pairs[row]![object === 'device' ? 0 : 1];
  const platform = (row: number) => devices[pairs[row]![0]]!.platforms[0]!;
  const passes = compileWheres(scope, undefined, links, wheres, link);
  const all = [...pairs.keys()].filter((row) => scope.platforms.includes(platform(row)) && passes(row, platform(row)));
  return { links, rows: () => all, link, platform };
}

/** Filters on linked objects are asked once per object. @param own the event table, none for packages */
function compileWheres(
  scope: Scope,
  own: string | undefined,
  links: readonly string[],
  wheres: readonly Where[],
  link: Activity['link'],
): Test {
  const tests = wheres.map(({ table, filters }): Test => {
    if (table !== own && !links.includes(table)) {
      throw new NxqlError(`${table} is not linked here`, own === undefined ? links : [own, ...links]);
    }
    const test = compileFilters(scope.engine, table, filters, scope.platforms);
    if (table === own) return test;
    const passes = memoize(test);
    return (row, platform) => {
      const linked = link(row, table);
      return linked >= 0 && passes(linked, platform);
    };
  });
  return (row, platform) => tests.every((test) => test(row, platform));
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
