import type { Cell } from '../world/cells.ts';
import { type Activity, linksOn, openActivity } from './activity.ts';
import type { Answer } from './answer.ts';
import type { OrderKey, Source } from './clauses.ts';
import { resolveColumns } from './columns.ts';
import { NxqlError } from './error.ts';
import { resolveFields } from './fields.ts';
import { type KeyReader, orderRows, single } from './order.ts';
import type { Scope } from './scope.ts';
import type { Select } from './statement.ts';
import { take } from './take.ts';

/**
 * One tuple per pair of objects that some activity links. Without `with`, the first activity that links both is meant.
 * @throws {NxqlError} no activity links the two, or a clause does not fit
 */
export function evaluatePairs(statement: Select, scope: Scope): Answer {
  const { source } = statement;
  const [first, second] = source.tables as [string, string];
  const inner = source.activity ?? impliedActivity(scope, first, second, source);
  if (inner.computes.length > 0 || source.computes.length > 0)
    throw new NxqlError('compute goes with one object table', ['where', 'between']);
  if (source.activity && source.between) throw new NxqlError('between belongs into the with clause', ['with']);
  const groups = resolveColumns(scope, statement, first);
  const wheres = source.activity ? [...source.wheres, ...inner.wheres] : inner.wheres;
  const activity = openWith(scope, { ...inner, wheres }, [first, second]);
  const resolve = (key: OrderKey): KeyReader => {
    const table = key.table ?? first;
    if (!source.tables.includes(table)) throw new NxqlError(`${table} is not in the from clause`, source.tables);
    const field = single(resolveFields(scope.engine, table, key.field, scope.platforms));
    return (row, platform) => field.read(activity.link(row, table), platform);
  };
  const keys = statement.orderBy?.map((key) => ({ ...key, table: key.table ?? first }));
  const found = orderRows(
    keys,
    scope.engine,
    inner.tables[0]!,
    pairs(activity, first, second),
    activity.platform,
    resolve,
  );
  function* rows(): Generator<(readonly Cell[])[]> {
    for (const row of take(found, statement.limit)) {
      yield groups.map((group) => group.read(activity.link(row, group.table), activity.platform(row)));
    }
  }
  return { groups, rows: rows() };
}

/** The first row of the activity for each pair of objects. */
function* pairs(activity: Activity, first: string, second: string): Generator<number> {
  const seen = new Set<string>();
  for (const row of activity.rows()) {
    const [a, b] = [activity.link(row, first), activity.link(row, second)];
    if (a < 0 || b < 0 || seen.has(`${a} ${b}`)) continue;
    seen.add(`${a} ${b}`);
    yield row;
  }
}

function impliedActivity(scope: Scope, first: string, second: string, source: Source): Source {
  const both = [first, second];
  if (both.includes('device') && both.includes('package')) return { ...source, tables: ['package'] };
  const events = [...scope.engine.tables.values()].filter(({ kind }) => kind === 'event');
  const table = events.find(({ name }) => both.every((object) => linksOn(scope, name).includes(object)));
  if (!table) throw new NxqlError(`nothing links ${first} and ${second}`, ['with']);
  return { ...source, tables: [table.name] };
}

/**
 * The activity of a `with` clause.
 * @param objects tables that it has to link
 * @throws {NxqlError} it is no activity, or links other objects
 */
export function openWith(scope: Scope, source: Source, objects: readonly string[]): Activity {
  const [table, ...more] = source.tables;
  const events = [...scope.engine.tables.values()].filter(({ kind }) => kind === 'event');
  const activities = [...events.map(({ name }) => name), 'package'];
  if (more.length > 0 || !activities.includes(table!)) throw new NxqlError('with has one kind of activity', activities);
  if (source.activity) throw new NxqlError('with has no with clause of its own', ['where', 'compute', 'between']);
  const activity = openActivity({ ...scope, beyond: 0 }, table!, source);
  const unlinked = objects.find((object) => !activity.links.includes(object));
  if (unlinked) throw new NxqlError(`${unlinked} is not linked to ${table}`, activity.links);
  return activity;
}
