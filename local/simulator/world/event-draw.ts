import { type Table, tableNames } from './data-model.ts';
import { drawSpans } from './event-spans.ts';
import type { EventColumns } from './events.ts';
import type { ObjectTable } from './objects.ts';
import type { People } from './people.ts';
import type { Random } from './random.ts';
import type { Zone } from './zone.ts';

/** Shares of the event tables in the rows of an Engine; the rest goes to executions. */
const WEIGHTS: Readonly<Record<string, number>> = {
  connection: 30,
  web_request: 15,
  user_activity: 6,
  execution_error: 3,
  execution_warning: 4,
  device_error: 1,
  device_warning: 3,
  device_activity: 4,
  device_performance: 2,
  session_performance: 2,
  print_job: 1,
  port_scan: 1,
  installation: 1,
};

/** Each table gets some rows as long as there are any to give. */
const LEAST = 6;

/** How many rows of `rows` each event table gets; they add up to `rows`. */
export function shareRows(rows: number): Map<string, number> {
  const tables = tableNames('event');
  const least = Math.min(LEAST, Math.floor(rows / tables.length));
  const spare = rows - least * tables.length;
  const shares = new Map(tables.map((name) => [name, least + Math.floor((spare * (WEIGHTS[name] ?? 0)) / 100)]));
  const given = [...shares.values()].reduce((sum, share) => sum + share, 0);
  return shares.set('execution', shares.get('execution')! + rows - given);
}

/** Where events are drawn: users and devices of one Engine, its zone and its present. */
interface EventContext {
  readonly people: People;
  readonly users: ObjectTable;
  readonly devices: ObjectTable;
  readonly zone: Zone;
  readonly now: number;
  readonly random: Random;
  /** Adds events that began before any window of a retrieval, to the tables with users. */
  readonly ancient: boolean;
}

/**
 * Draws when the events of a table were and whose.
 * In a table with users about 60 % of the rows are the sample user's, some the twin's, a few nobody's.
 */
export function drawEvents(table: Table, count: number, context: EventContext): EventColumns {
  const { random } = context;
  const ofUsers = table.links.includes('user');
  const ancient = context.ancient && ofUsers;
  const spans = drawSpans(count, { ...context, extended: table.time?.end !== undefined, ancient });
  const columns = {
    start: new Float64Array(count),
    seconds: new Uint32Array(count),
    device: new Uint16Array(count),
    user: new Int16Array(count),
  };
  const crew = assembleCrew(table, context);
  for (const [row, { start, seconds, sample }] of spans.entries()) {
    columns.start[row] = start;
    columns.seconds[row] = seconds;
    const group = sample ? crew.sample.slice(0, 1) : pickGroup(crew, random, count - 1 - row);
    const [user, device] = random.pick(group);
    columns.user[row] = user;
    columns.device[row] = device;
  }
  return columns;
}

/** Rows of each table for each pair of a given user and device, as far as the table has them. */
const ROWS_OF_GIVEN = 3;

type Pair = readonly [user: number, device: number];

/** Pairs of user and device that events are given to. The newest rows go through the groups in turn. */
interface Crew {
  readonly sample: readonly Pair[];
  readonly twin: readonly Pair[];
  readonly others: readonly Pair[];
  readonly nobody: readonly Pair[];
  /** Pairs of the users that were given: the newest rows after the others' turn are theirs, three each. */
  readonly given: readonly Pair[];
}

function assembleCrew(table: Table, { people, users, devices }: EventContext): Crew {
  const pairs: Pair[] = [];
  const nobody: Pair[] = [];
  for (const [device, { platforms, cells }] of devices.rows.entries()) {
    if (!table.platforms.includes(platforms[0]!)) continue;
    nobody.push([-1, device]);
    for (const [user, account] of users.rows.entries()) {
      const person = people.users.find(({ name }) => name === account.cells.get('name'))!;
      if (person.devices.includes(cells.get('name') as string)) pairs.push([user, device]);
    }
  }
  if (!table.links.includes('user')) {
    const ofSample = nobody.filter(([, device]) => device < 2);
    return { sample: ofSample, twin: nobody, others: nobody, nobody, given: [] };
  }
  const [sample, twin] = people.users;
  const of = (name: string) => pairs.filter(([user]) => users.rows[user]!.cells.get('name') === name);
  const others = pairs.filter(
    ([user]) => ![sample!.name, twin!.name].includes(users.rows[user]!.cells.get('name') as string),
  );
  const given = (people.given ?? []).flatMap(of);
  return { sample: of(sample!.name), twin: of(twin!.name), others, nobody, given };
}

/** @param age 0 for the newest row */
function pickGroup({ sample, twin, others, nobody, given }: Crew, random: Random, age: number): readonly Pair[] {
  if (age < sample.length) return [sample[age]!];
  if (age === sample.length) return twin;
  const turn = age - sample.length - 1;
  if (turn < ROWS_OF_GIVEN * given.length) return [given[turn % given.length]!];
  const draw = random.below(100);
  if (draw < 60) return sample;
  if (draw < 70) return twin;
  if (draw < 95 && others.length > 0) return others;
  return nobody;
}
