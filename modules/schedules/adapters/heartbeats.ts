import { getItem, madeAt, putItem, type Table } from '../../common/adapters/dynamo-table.ts';
import { type Check, checked } from '../../common/doctor.ts';

/** The last run of a schedule: ISO 8601, and the name of the error that ended it. */
type Heartbeat = { readonly beganAt: string; readonly endedAt: string; readonly error?: string | undefined };

/** An item beside the Requests. */
const keyOf = (schedule: string) => ({ pk: 'SCHEDULE', sk: schedule });
/** A schedule is late when it has missed this many runs. */
const MAX_MISSED = 3;

export const noteRun = (table: Table, schedule: string, beat: Heartbeat): Promise<boolean> =>
  putItem(table, { ...keyOf(schedule), ...beat });

/** When a schedule ran last, and how that ended (R32). A system that is younger than its first run lacks none. */
export async function checkSchedule(
  table: Table,
  {
    name,
    everyMinutes,
    timeoutSeconds,
  }: Readonly<Record<'everyMinutes' | 'timeoutSeconds', number> & { name: string }>,
  now: Date,
): Promise<Check[]> {
  const [title, due] = [`Schedule ${name}`, `it is due every ${everyMinutes} min`];
  const mend = `schedule and log of ${name}; on one machine it runs while \`npm start\` does`;
  const last = (await getItem(table, keyOf(name))) as Heartbeat | undefined;
  if (!last) {
    const isYoung = now.getTime() < (await madeAt(table)) + (everyMinutes * 60 + timeoutSeconds) * 1000;
    return [checked(title, isYoung ? 'ok' : 'warning', `It has ${isYoung ? 'not' : 'never'} run yet; ${due}`, mend)];
  }
  const times = `Last run began ${last.beganAt} and ended ${last.endedAt}`;
  if (last.error) return [checked(title, 'fault', `${times}, with ${last.error}`, mend)];
  const isLate = now.getTime() - Date.parse(last.endedAt) > MAX_MISSED * everyMinutes * 60_000;
  return [isLate ? checked(title, 'warning', `${times}; ${due}`, mend) : checked(title, 'ok', times)];
}
