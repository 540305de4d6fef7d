import { DescribeTableCommand } from '@aws-sdk/client-dynamodb';
import { getItem, type Table } from '../../common/adapters/dynamo-table.ts';
import { type Check, checked } from '../../common/doctor.ts';
import { type Heartbeat, heartbeatKey } from './heartbeats.ts';

/** A schedule is late when it has missed this many runs. */
const MAX_MISSED = 3;

/** When the table was made, in milliseconds since 1970: the system is as old. */
const madeAt = async ({ documents, TableName }: Table): Promise<number> =>
  (await documents.send(new DescribeTableCommand({ TableName }))).Table!.CreationDateTime!.getTime();

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
  const last = (await getItem(table, heartbeatKey(name))) as Heartbeat | undefined;
  if (!last) {
    const isYoung = now.getTime() < (await madeAt(table)) + (everyMinutes * 60 + timeoutSeconds) * 1000;
    return [checked(title, isYoung ? 'ok' : 'warning', `It has ${isYoung ? 'not' : 'never'} run yet; ${due}`, mend)];
  }
  const times = `Last run began ${last.beganAt} and ended ${last.endedAt}`;
  if (last.error) return [checked(title, 'fault', `${times}, with ${last.error}`, mend)];
  const isLate = now.getTime() - Date.parse(last.endedAt) > MAX_MISSED * everyMinutes * 60_000;
  return [isLate ? checked(title, 'warning', `${times}; ${due}`, mend) : checked(title, 'ok', times)];
}
