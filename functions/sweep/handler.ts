import middy from '@middy/core';
import { type SweepPorts, type SweepView, sweep } from '../../modules/schedules/sweep.ts';
import { SweepBody } from '../http/bodies.ts';
import { bodyOf, type HttpPorts, httpApi, json } from '../http/http.ts';
import type { HttpEvent, HttpResult } from '../http/http-event.ts';

/**
 * The sweeper, by its schedule, and `POST /v1/sweep`: tells, after doing it unless `dryRun`, what was left to do. The
 * function may take longer than an answer over HTTP; it then goes on without its caller.
 */
export const createHandler = (ports: HttpPorts & SweepPorts) => {
  const byCall = middy<HttpEvent, HttpResult>()
    .use(httpApi(ports))
    .handler(async (event, _context, { signal }) =>
      json(200, await sweep(bodyOf(event, SweepBody).dryRun, ports, signal)),
    );
  const bySchedule = middy<object, SweepView>().handler((_event, _context, { signal }) => sweep(false, ports, signal));
  return (event: HttpEvent | object, context: Parameters<typeof byCall>[1]): Promise<unknown> =>
    'routeKey' in event ? byCall(event, context) : bySchedule(event, context);
};
