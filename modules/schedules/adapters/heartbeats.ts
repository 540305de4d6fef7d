import { putItem, type Table } from '../../common/adapters/dynamo-table.ts';

/** The last run of a schedule: ISO 8601, and the name of the error that ended it. */
export type Heartbeat = { readonly beganAt: string; readonly endedAt: string; readonly error?: string | undefined };

/** An item beside the Requests. */
export const heartbeatKey = (schedule: string) => ({ pk: 'SCHEDULE', sk: schedule });
export const noteRun = (table: Table, schedule: string, beat: Heartbeat): Promise<boolean> =>
  putItem(table, { ...heartbeatKey(schedule), ...beat });
