import type { Cell } from '../world/cells.ts';
import type { Schema } from '../world/data-model.ts';
import type { Activity } from './activity.ts';
import { NxqlError, nearest } from './error.ts';

/** A figure about the events of one object. */
interface Aggregate {
  readonly name: string;
  readonly type: string;
  /** @param rows of the activity that concern the object */
  of(rows: readonly number[]): Cell;
}

/** What the events of a table are called in `number_of_...`; other tables are called by their names. */
const NOUNS: Readonly<Record<string, string>> = {
  execution_error: 'error',
  execution_warning: 'warning',
  device_error: 'error',
  device_warning: 'warning',
};

/** Figures of events of one `type`: how many, or the sum or average of a field. Source: local/simulator/data-model.json. */
const OF_TYPE: Readonly<Record<string, readonly (readonly [name: string, type: string, field?: string])[]>> = {
  user_activity: [
    ['number_of_logons', 'logon'],
    ['cumulated_interaction_duration', 'interaction', 'duration'],
    ['average_logon_duration', 'logon', 'duration'],
    ['average_extended_logon_duration', 'logon', 'real_duration'],
  ],
  device_activity: [
    ['number_of_boots', 'boot'],
    ['cumulated_interaction_duration', 'activity', 'duration'],
    ['average_boot_duration', 'boot', 'duration'],
    ['average_logon_duration', 'activity', 'duration'],
    ['average_extended_logon_duration', 'activity', 'duration'],
    ['uptime', 'activity', 'duration'],
  ],
};

/** Shares of the time of warnings of one type in the time of all. */
const RATIOS: Readonly<Record<string, readonly (readonly [name: string, type: string])[]>> = {
  execution_warning: [['high_application_thread_cpu_time_ratio', 'high cpu usage']],
  device_warning: [
    ['high_device_overall_cpu_time_ratio', 'high overall cpu usage'],
    ['high_device_memory_time_ratio', 'high memory usage'],
    ['high_device_io_throughput_time_ratio', 'high io usage'],
    ['high_device_page_faults_time_ratio', 'high number of page faults'],
  ],
};

/**
 * The aggregates that a `compute` names: counts, first and last moment, sums of durations and traffic, averages, ratios.
 * @throws {NxqlError} there is no such aggregate of this activity
 */
export function resolveAggregates(
  names: readonly string[],
  table: string,
  activity: Activity,
  tables: Schema,
): Aggregate[] {
  const known = aggregatesOf(table, activity, tables);
  return names.map((name) => {
    const aggregate = known.find((candidate) => candidate.name === name);
    if (aggregate) return aggregate;
    const options = known.map((candidate) => candidate.name);
    throw new NxqlError(`there is no aggregate ${name}`, nearest(name, options));
  });
}

function aggregatesOf(table: string, activity: Activity, tables: Schema): Aggregate[] {
  const linked = activity.links.map((object): Aggregate => {
    const of = (rows: readonly number[]) =>
      new Set(rows.map((row) => activity.link(row, object)).filter((found) => found >= 0)).size;
    return { name: `number_of_${plural(object)}`, type: 'integer', of };
  });
  const { span } = activity;
  if (!span) return linked;
  const count = (rows: readonly number[]) => rows.length;
  const start = (rows: readonly number[]) => rows.reduce((first, row) => Math.min(first, span(row).start), Infinity);
  const stop = (rows: readonly number[]) => rows.reduce((last, row) => Math.max(last, span(row).end), 0);
  const values = (field: string) => (rows: readonly number[]) =>
    rows.map((row) => activity.cell(row, field)).filter((cell) => typeof cell === 'number');
  const all: Aggregate[] = [
    ...linked,
    { name: 'number_of_events', type: 'integer', of: count },
    { name: `number_of_${plural(NOUNS[table] ?? table)}`, type: 'integer', of: count },
    { name: 'activity_start_time', type: 'datetime', of: start },
    { name: 'activity_stop_time', type: 'datetime', of: stop },
    ...tables.get(table)!.fields.flatMap(({ name, type }): Aggregate[] => {
      if (type !== 'millisecond' && type !== 'byte') return [];
      return [{ name: type === 'byte' ? name : `cumulated_${name}`, type, of: (rows) => sum(values(name)(rows)) }];
    }),
    ...(OF_TYPE[table] ?? []).map(([name, type, field]): Aggregate => {
      const matching = (rows: readonly number[]) => rows.filter((row) => activity.cell(row, 'type') === type);
      if (field === undefined) return { name, type: 'integer', of: (rows) => matching(rows).length };
      const figure = name.startsWith('average_') ? average : sum;
      return { name, type: 'millisecond', of: (rows) => figure(values(field)(matching(rows))) };
    }),
    ...(RATIOS[table] ?? []).map(([name, type]): Aggregate => {
      const matching = (rows: readonly number[]) => rows.filter((row) => activity.cell(row, 'type') === type);
      const time = values('warning_duration');
      return { name, type: 'percent', of: (rows) => ratio(sum(time(matching(rows))), sum(time(rows))) };
    }),
  ];
  return [...new Map(all.map((aggregate) => [aggregate.name, aggregate])).values()];
}

const plural = (noun: string): string => (noun.endsWith('y') ? `${noun.slice(0, -1)}ies` : `${noun}s`);
const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);
const average = (numbers: readonly number[]): number | null =>
  numbers.length === 0 ? null : Math.round(sum(numbers) / numbers.length);
const ratio = (part: number, whole: number): number | null => (whole === 0 ? null : part / whole);
