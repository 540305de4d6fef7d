import type { Cell } from './cells.ts';
import { sharedFields, TABLES, tableNames } from './data-model.ts';
import { type Activity, linksOn, openActivity, type Scope } from './nxql-activity.ts';
import { type ColumnGroup, resolveColumns } from './nxql-columns.ts';
import { resolveAggregates } from './nxql-compute.ts';
import { NxqlError, nearest } from './nxql-error.ts';
import { compileFilters } from './nxql-filter.ts';
import { orderRows } from './nxql-order.ts';
import type { Source, Statement } from './nxql-statement.ts';
import type { Platform } from './people.ts';

/** What a statement yields: cells in groups as the columns are, one row after the other. */
export interface Answer {
  readonly groups: readonly Pick<ColumnGroup, 'headers' | 'types'>[];
  readonly rows: Iterable<readonly (readonly Cell[])[]>;
}

/**
 * Answers a select statement from one Engine's data; rows are made as they are taken.
 * @throws {NxqlError} the statement does not fit the data model
 */
export function evaluate(statement: Statement, scope: Scope): Answer {
  const { tables } = statement.source;
  for (const table of tables) checkTable(table, scope.platforms);
  const events = tables.filter((table) => TABLES.get(table)!.kind === 'event');
  if (events.length > 1) throw new NxqlError('one event table at a time');
  if (events.length === 1) return evaluateEvents(statement, scope, events[0]!);
  if (tables.length === 1) return evaluateObjects(statement, scope, tables[0]!);
  if (tables.length === 2 && statement.source.activity)
    return evaluatePairs(statement, scope, statement.source.activity);
  throw new NxqlError('several object tables need an event table, or two of them a with clause');
}

function checkTable(name: string, platforms: readonly Platform[]): void {
  const table = TABLES.get(name);
  if (!table) throw new NxqlError(`there is no table ${name}`, nearest(name, [...TABLES.keys()]));
  if (sharedFields(table, platforms).length === 0)
    throw new NxqlError(`${name} is not on this platform`, table.platforms);
}

/** One tuple per event. */
function evaluateEvents(statement: Statement, scope: Scope, main: string): Answer {
  const { source, limit } = statement;
  for (const table of source.tables) {
    const links = linksOn(main, scope.platforms);
    if (table !== main && !links.includes(table)) throw new NxqlError(`${table} is not linked to ${main}`, links);
  }
  if (source.activity || source.computes.length > 0)
    throw new NxqlError('with and compute belong to objects', tableNames('object'));
  if (limit === undefined) throw new NxqlError(`events of ${main} need a limit`, ['limit']);
  const groups = resolveColumns(scope, statement, main);
  const activity = openActivity(scope, main, source);
  const found = orderRows(statement, scope, main, activity.rows(), activity.platform);
  function* rows(): Generator<(readonly Cell[])[]> {
    for (const row of take(found, limit)) {
      const platform = activity.platform(row);
      yield groups.map((group) => group.read(group.table === main ? row : activity.link(row, group.table), platform));
    }
  }
  return { groups, rows: rows() };
}

/** One tuple per object, with figures of its activity where asked. */
function evaluateObjects(statement: Statement, scope: Scope, main: string): Answer {
  const { source, limit } = statement;
  if (source.between) throw new NxqlError('between belongs to events', tableNames('event'));
  if (source.computes.length > 0) throw new NxqlError('compute belongs into a with clause', ['with']);
  const groups = resolveColumns(scope, statement, main);
  const { rows: objects } = scope.engine.objects.get(main)!;
  const platformOf = (row: number) => scope.platforms.find((platform) => objects[row]!.platforms.includes(platform));
  const tests = source.wheres.map(({ table, filters }) => {
    if (table !== main) throw new NxqlError(`${table} is not in the from clause`, [main]);
    return compileFilters(scope.engine, main, filters, scope.platforms);
  });
  let found = [...objects.keys()].filter((row) => {
    const platform = platformOf(row);
    return platform !== undefined && tests.every((test) => test(row, platform));
  });
  const active = source.activity && openWith(scope, source.activity, [main]);
  const concerned = active && Map.groupBy(active.rows(), (row) => active.link(row, main));
  if (concerned) found = found.filter((row) => concerned.has(row));
  const figures = active ? resolveAggregates(source.activity!.computes, active) : [];
  const computed = { headers: figures.map(({ name }) => name), types: figures.map(({ type }) => type) };
  const ordered = orderRows(statement, scope, main, found, (row) => platformOf(row)!);
  function* rows(): Generator<(readonly Cell[])[]> {
    for (const row of take(ordered, limit)) {
      const cells = groups.map((group) => group.read(row, platformOf(row)!));
      yield figures.length === 0 ? cells : [...cells, figures.map((figure) => figure.of(concerned!.get(row)!))];
    }
  }
  return { groups: figures.length === 0 ? groups : [...groups, computed], rows: rows() };
}

/** One tuple per pair of objects that some activity links. */
function evaluatePairs(statement: Statement, scope: Scope, source: Source): Answer {
  const [first, second] = statement.source.tables as [string, string];
  if (source.computes.length > 0) throw new NxqlError('compute goes with one object table');
  if (statement.orderBy || statement.source.between)
    throw new NxqlError('two objects have neither order_by nor between');
  const groups = resolveColumns(scope, statement, first);
  const wheres = [...statement.source.wheres, ...source.wheres];
  const activity = openWith(scope, { ...source, wheres }, [first, second]);
  function* pairs(): Generator<number> {
    const seen = new Set<string>();
    for (const row of activity.rows()) {
      const [a, b] = [activity.link(row, first), activity.link(row, second)];
      if (a < 0 || b < 0 || seen.has(`${a} ${b}`)) continue;
      seen.add(`${a} ${b}`);
      yield row;
    }
  }
  function* rows(): Generator<(readonly Cell[])[]> {
    for (const row of take(pairs(), statement.limit)) {
      yield groups.map((group) => group.read(activity.link(row, group.table), activity.platform(row)));
    }
  }
  return { groups, rows: rows() };
}

function openWith(scope: Scope, source: Source, objects: readonly string[]): Activity {
  const [table, ...more] = source.tables;
  const activities = [...tableNames('event'), 'package'];
  if (more.length > 0 || !activities.includes(table!)) throw new NxqlError('with has one kind of activity', activities);
  checkTable(table!, scope.platforms);
  const activity = openActivity(scope, table!, source);
  const unlinked = objects.find((object) => !activity.links.includes(object));
  if (unlinked) throw new NxqlError(`${unlinked} is not linked to ${table}`, activity.links);
  return activity;
}

function* take(rows: Iterable<number>, limit = Number.POSITIVE_INFINITY): Generator<number> {
  let left = limit;
  if (left === 0) return;
  for (const row of rows) {
    yield row;
    left -= 1;
    if (left === 0) return;
  }
}
