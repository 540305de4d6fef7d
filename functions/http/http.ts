import middy from '@middy/core';
import * as z from 'zod';
import { type GdprError, InvalidInputError } from '../../modules/common/errors.ts';
import type { Log } from '../../modules/common/ports.ts';
import {
  type Caller,
  type CallerRules,
  callerFrom,
  refuseActing,
  refuseForeign,
  refuseUnseen,
  refuseWithout,
  type Scope,
} from '../../modules/requests/caller.ts';
import { SubjectBusyError, WrongStateError } from '../../modules/requests/errors.ts';
import type { RequestRecord } from '../../modules/requests/record.ts';
import { LIFECYCLE } from '../../modules/requests/state-machine.ts';
import type { Requests } from '../../modules/requests/store.ts';
import type { RequestView } from '../../modules/requests/views/request-view.ts';
import { ROUTE_SCOPES } from '../registry.ts';
import type { Handler } from '../wiring/lazy.ts';
import { refuseBody } from './body.ts';
import { type CallerLimitsPorts, type CallerPolicy, refuseTooManyCalls } from './caller-limits.ts';
import type { HttpEvent, HttpResult } from './http-event.ts';
import { parse } from './parse.ts';
import { INTERNAL, type Problem, refusalOf } from './problems.ts';

const SCOPES_OF: Readonly<Record<string, readonly Scope[]>> = ROUTE_SCOPES;

/** The caller. @throws {InsufficientScopeError} the token names no caller */
export const callerOf = (event: HttpEvent, rules: CallerRules): Caller =>
  callerFrom(event.requestContext.authorizer, rules);

/** The same ports, with writes to Requests in the name of the Caller. */
export function inNameOf<P extends RequestPorts>(event: HttpEvent, ports: P): P {
  const { callerId, kind } = callerOf(event, ports.callers);
  return { ...ports, requests: ports.requests.by({ id: callerId, role: kind }) };
}

/** Refuses a caller without any of the scopes of the route, even if API Gateway has checked them. */
const refuseUnscoped = (rules: CallerRules): middy.MiddlewareObj<HttpEvent, HttpResult> => ({
  before: ({ event }) => {
    const anyOf = SCOPES_OF[event.routeKey];
    if (!anyOf) throw new Error('functions/registry.ts has no scopes for this route');
    refuseWithout(callerOf(event, rules), anyOf);
  },
});

interface RequestPorts {
  readonly requests: Requests;
  readonly callers: CallerRules;
}

/** The `{requestId}` of the path, unless the Caller is refused this Request. @throws {InvalidInputError} or what `refuse` throws */
const requestUnless =
  (refuse: (caller: Caller, record: RequestRecord) => void) =>
  async (event: HttpEvent, { requests, callers }: RequestPorts): Promise<string> => {
    const { requestId } = parse(z.object({ requestId: z.uuid() }), event.pathParameters ?? {});
    refuse(callerOf(event, callers), await requests.get(requestId));
    return requestId;
  };

/** The id of a Request that the Caller may see. @throws {InvalidInputError | RequestNotFoundError} */
export const visibleRequest = /* @__PURE__ */ requestUnless(refuseUnseen);

/** The same for calls that change it. @throws {InvalidInputError | RequestNotFoundError | InsufficientScopeError} */
export const changeableRequest = /* @__PURE__ */ requestUnless(refuseActing);

/** The same for archives and proofs, which only the requester and named recipients get. */
export const ownRequest = /* @__PURE__ */ requestUnless(refuseForeign);

/** A JSON answer that no cache keeps. */
export const json = (statusCode: number, body: unknown, headers: Record<string, string> = {}): HttpResult => ({
  statusCode,
  headers: { 'content-type': 'application/json', 'cache-control': 'no-store', ...headers },
  body: JSON.stringify(body),
});

/** A Request as an answer: 202 until it has ended. */
export const shown = (view: RequestView, headers?: Record<string, string>): HttpResult =>
  json(LIFECYCLE[view.state].http, view, headers);

/** Turns errors into RFC 9457 problem details (R23). Of any other error the log holds only the name (R24). */
const problemDetails = (log: Log): middy.MiddlewareObj<HttpEvent, HttpResult> => ({
  onError: (request) => {
    const error = request.error;
    const known = refusalOf(error);
    if (!known) log.warn('request failed', { error: error?.name ?? 'Error' });
    const retryAfter = known ? (error as GdprError).retryAfter : undefined;
    const problem: Problem = {
      ...(known ?? INTERNAL),
      detail: known ? error!.message : 'Try again later. With the same Idempotency-Key nothing is started twice.',
      ...(error instanceof InvalidInputError && { errors: error.problems }),
      ...(error instanceof WrongStateError && { state: error.state }),
      ...(error instanceof SubjectBusyError && error.requestId !== undefined && { requestId: error.requestId }),
      ...(retryAfter !== undefined && { retryAfter }),
    };
    const wait = retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) };
    request.response = json(problem.status, problem, { 'content-type': 'application/problem+json', ...wait });
  },
});

/** What every function behind a route needs. */
export interface HttpPorts {
  readonly log: Log;
  readonly callers: CallerRules;
}

/**
 * The handler of a route. First it refuses callers without the scope of the route, and bodies that are too large or not JSON.
 * @param run gets a signal that aborts shortly before the function's time is up @param more middleware of this route alone
 */
export const route = (
  { log, callers }: HttpPorts,
  run: (event: HttpEvent, signal: AbortSignal) => Promise<HttpResult>,
  ...more: middy.MiddlewareObj<HttpEvent, HttpResult>[]
) =>
  middy<HttpEvent, HttpResult>()
    .use([problemDetails(log), refuseUnscoped(callers), refuseBody, ...more])
    .handler((event, _context, { signal }) => run(event, signal));

/** A route whose handler is created for each call. An error during its creation becomes a problem document too. */
export const freshHttp = (log: Log, handler: Handler<HttpEvent, HttpResult>) =>
  middy<HttpEvent, HttpResult>().use(problemDetails(log)).handler(handler);

/** What a route that tries a login needs. */
export type LimitPorts = HttpPorts & CallerLimitsPorts;

/** Refuses a caller that tries logins too often; for `route`. */
export const limitCalls = (policy: CallerPolicy, ports: LimitPorts): middy.MiddlewareObj<HttpEvent, HttpResult> => ({
  before: ({ event }) => refuseTooManyCalls(callerOf(event, ports.callers).callerId, policy, ports),
});
