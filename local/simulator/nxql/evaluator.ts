import { seesObject } from '../servers/view.ts';
import type { Cell } from '../world/cells.ts';
import { sharedFields, tableNames } from '../world/data-model.ts';
import { combineTests, linksOn, openActivity } from './activity.ts';
import type { Answer } from './answer.ts';
import type { OrderKey } from './clauses.ts';
import { resolveColumns } from './columns.ts';
import { resolveAggregates } from './compute.ts';
import { NxqlError, nearest } from './error.ts';
import { resolveFields } from './fields.ts';
import { compileFilters } from './filter.ts';
import { type KeyReader, orderRows, single } from './order.ts';
import { evaluatePairs, openWith } from './pairs.ts';
import type { Scope } from './scope.ts';
import type { Select } from './statement.ts';
import { take } from './take.ts';

/**
 * Answers a select statement from one Engine's data; rows are made as they are taken.
 * @throws {NxqlError} the statement does not fit the data model
 */
export function evaluate(statement: Select, scope: Scope): Answer {
  const { tables, activity } = statement.source;
  for (const table of tables) checkTable(table, scope);
  if (activity) for (const table of activity.tables) checkTable(table, scope);
  const events = tables.filter((table) => scope.engine.tables.get(table)!.kind === 'event');
  if (events.length > 1) throw new NxqlError('one event table at a time');
  if (events.length === 1) return evaluateEvents(statement, scope, events[0]!);
  if (tables.length === 1) return evaluateObjects(statement, scope, tables[0]!);
  if (tables.length === 2) return evaluatePairs(statement, scope);
  throw new NxqlError('several object tables need an event table, two of them may have a with clause');
}

function checkTable(name: string, { engine, platforms }: Scope): void {
  const table = engine.tables.get(name);
  if (!table) throw new NxqlError(`there is no table ${name}`, nearest(name, [...engine.tables.keys()]));
  if (sharedFields(table, platforms).length === 0)
    throw new NxqlError(`${name} is not on this platform`, table.platforms);
}

/** One tuple per event. */
function evaluateEvents(statement: Select, scope: Scope, main: string): Answer {
  const { source, limit } = statement;
  for (const table of source.tables) {
    const links = linksOn(scope, main);
    if (table !== main && !links.includes(table)) throw new NxqlError(`${table} is not linked to ${main}`, links);
  }
  if (source.activity || source.computes.length > 0)
    throw new NxqlError('with and compute belong to objects', tableNames('object'));
  const groups = resolveColumns(scope, statement, main);
  const activity = openActivity(scope, main, source);
  const resolve = (key: OrderKey): KeyReader => {
    const table = key.table ?? main;
    if (!source.tables.includes(table)) throw new NxqlError(`${table} is not in the from clause`, source.tables);
    const field = single(resolveFields(scope.engine, table, key.field, scope.platforms));
    if (table === main) return field.read;
    return (row, platform) => (activity.link(row, table) < 0 ? null : field.read(activity.link(row, table), platform));
  };
  if (limit === undefined) throw new NxqlError(`events of ${main} need a limit`, ['limit']);
  const found = orderRows(statement.orderBy, scope.engine, main, activity.rows(), activity.platform, resolve);
  function* rows(): Generator<(readonly Cell[])[]> {
    for (const row of take(found, limit)) {
      const platform = activity.platform(row);
      yield groups.map((group) => group.read(group.table === main ? row : activity.link(row, group.table), platform));
    }
  }
  return { groups, rows: rows() };
}

/** One tuple per object, with figures of its activity where asked. */
function evaluateObjects(statement: Select, scope: Scope, main: string): Answer {
  const { source, limit } = statement;
  const { engine, platforms } = scope;
  if (source.between) throw new NxqlError('between belongs to events', tableNames('event'));
  if (source.computes.length > 0) throw new NxqlError('compute belongs into a with clause', ['with']);
  const groups = resolveColumns(scope, statement, main);
  const active = source.activity && openWith(scope, source.activity, [main]);
  const figures = active
    ? resolveAggregates(source.activity!.computes, source.activity!.tables[0]!, active, engine.tables)
    : [];
  const { rows: objects } = engine.objects.get(main)!;
  const platformOf = (row: number) => platforms.find((platform) => objects[row]!.platforms.includes(platform));
  const tests = source.wheres.map(({ table, filters }) => {
    if (table !== main) throw new NxqlError(`${table} is not in the from clause`, [main]);
    return { table, test: compileFilters(scope, main, filters) };
  });
  const passes = combineTests(scope, tests);
  const concerned = active && Map.groupBy(active.rows(), (row) => active.link(row, main));
  const found = [...objects.keys()].filter((row) => {
    const platform = platformOf(row);
    if (platform === undefined || !seesObject(engine.view, main, row)) return false;
    return passes(row, platform) && (!concerned || concerned.has(row));
  });
  const resolve = (key: OrderKey): KeyReader => {
    const figure = key.field.dynamic ? undefined : figures.find(({ name }) => name === key.field.text);
    if (figure) return (row) => figure.of(concerned!.get(row)!);
    if ((key.table ?? main) !== main) throw new NxqlError(`${key.table} is not in the from clause`, [main]);
    return single(resolveFields(engine, main, key.field, platforms)).read;
  };
  const computed = { headers: figures.map(({ name }) => name), types: figures.map(({ type }) => type) };
  const ordered = orderRows(statement.orderBy, engine, main, found, (row) => platformOf(row)!, resolve);
  function* rows(): Generator<(readonly Cell[])[]> {
    for (const row of take(ordered, limit)) {
      const cells = groups.map((group) => group.read(row, platformOf(row)!));
      yield figures.length === 0 ? cells : [...cells, figures.map((figure) => figure.of(concerned!.get(row)!))];
    }
  }
  return { groups: figures.length === 0 ? groups : [...groups, computed], rows: rows() };
}
