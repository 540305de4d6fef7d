import middy from '@middy/core';
import { tableOf } from '../../modules/common/adapters/dynamo-table.ts';
import { noteRun } from '../../modules/schedules/adapters/heartbeats.ts';
import type { SCHEDULES } from '../registry.ts';
import { dynamo } from './dynamo.ts';
import { clock, environment, once } from './environment.ts';

export const heartbeats = /* @__PURE__ */ once(() => tableOf(dynamo(), environment().REQUESTS_TABLE));

/**
 * The handler of a schedule, whose event says nothing. Its end is noted for the doctor; a note that fails changes nothing.
 * @param run gets a signal that aborts shortly before the function's time is up
 */
export const schedule = <R>(
  name: (typeof SCHEDULES)[keyof typeof SCHEDULES]['name'],
  run: (signal: AbortSignal) => Promise<R>,
) =>
  middy<object, R>().handler(async (_event, _context, { signal }) => {
    const beganAt = clock.now().toISOString();
    const done = run(signal);
    const [end] = await Promise.allSettled([done]);
    const error = end.status === 'rejected' ? (end.reason as Error).name : undefined;
    const beat = { beganAt, endedAt: clock.now().toISOString(), error };
    await noteRun(heartbeats(), name, beat).catch(() => {});
    return done;
  });
