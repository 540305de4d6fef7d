import type middy from '@middy/core';
import { callerOf } from './authorize.ts';
import { type CallerLimitsPorts, type CallerPolicy, refuseTooManyCalls } from './caller-limits.ts';
import type { HttpPorts } from './http.ts';
import type { HttpEvent, HttpResult } from './http-event.ts';

/** What a route that tries a login needs. */
export type LimitPorts = HttpPorts & CallerLimitsPorts;

/** Refuses a caller that tries logins too often; put after `httpApi`. */
export const limitCalls = (policy: CallerPolicy, ports: LimitPorts): middy.MiddlewareObj<HttpEvent, HttpResult> => ({
  before: ({ event }) => refuseTooManyCalls(callerOf(event, ports.callers).callerId, policy, ports),
});
