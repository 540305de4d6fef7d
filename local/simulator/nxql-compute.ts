import type { Cell } from './cells.ts';
import type { Activity } from './nxql-activity.ts';
import { NxqlError } from './nxql-error.ts';

/** A figure about the events of one object. */
interface Aggregate {
  readonly name: string;
  readonly type: string;
  /** @param rows of the activity that concern the object */
  of(rows: readonly number[]): Cell;
}

const plural = (object: string): string => (object.endsWith('y') ? `${object.slice(0, -1)}ies` : `${object}s`);

/**
 * The aggregates that a `compute` names: counts of events and of linked objects, first and last moment of activity.
 * @throws {NxqlError} there is no such aggregate of this activity
 */
export function resolveAggregates(names: readonly string[], activity: Activity): Aggregate[] {
  const known: Aggregate[] = activity.links.map((object) => ({
    name: `number_of_${plural(object)}`,
    type: 'integer',
    of: (rows) => new Set(rows.map((row) => activity.link(row, object)).filter((linked) => linked >= 0)).size,
  }));
  const { span } = activity;
  if (span) {
    known.push(
      { name: 'number_of_events', type: 'integer', of: (rows) => rows.length },
      { name: 'activity_start_time', type: 'datetime', of: (rows) => span(rows[0]!).start },
      {
        name: 'activity_stop_time',
        type: 'datetime',
        of: (rows) => rows.reduce((latest, row) => Math.max(latest, span(row).end), 0),
      },
    );
  }
  return names.map((name) => {
    const aggregate = known.find((candidate) => candidate.name === name);
    if (!aggregate)
      throw new NxqlError(
        `there is no aggregate ${name}`,
        known.map((candidate) => candidate.name),
      );
    return aggregate;
  });
}
