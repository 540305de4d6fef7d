import middy from '@middy/core';
import httpRouter, { type Method, type Route } from '@middy/http-router';
import type * as aws from 'aws-lambda';
import * as z from 'zod';
import { type GdprError, InvalidInputError } from '../../modules/common/errors.ts';
import type { Log } from '../../modules/common/ports.ts';
import { isDamaged, strictText } from '../../modules/common/strict-text.ts';
import {
  type Authorized,
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
import { isFinal } from '../../modules/requests/state-machine.ts';
import type { Requests } from '../../modules/requests/store.ts';
import type { RequestView } from '../../modules/requests/views/get-request.ts';
import { ROUTE_SCOPES, type ROUTES } from '../registry.ts';
import type { Handler } from '../wiring/environment.ts';
import { type CallerLimitsPorts, type CallerPolicy, refuseTooManyCalls } from './caller-limits.ts';
import { BodyTooLargeError, UnsupportedMediaTypeError } from './errors.ts';
import { parse } from './parse.ts';
import { INTERNAL, type Problem, refusalOf } from './problems.ts';

export type HttpEvent = aws.APIGatewayProxyEventV2WithRequestContext<
  aws.APIGatewayEventRequestContextV2WithAuthorizer<Authorized>
>;

export type HttpResult = aws.APIGatewayProxyStructuredResultV2;

/**
 * What handlers read of an event, from the event of a private API: that is a REST API, whose events have another form (payload 1.0).
 * Its authorizer has checked the token and hands the claims on; a machine is the role that signed the call.
 */
function asHttpEvent(event: HttpEvent | aws.APIGatewayProxyEvent): HttpEvent {
  if (!('httpMethod' in event)) return event;
  const { httpMethod: method, path, resource, body, isBase64Encoded, requestContext } = event;
  const { authorizer, identity } = requestContext;
  const joined = (values: Readonly<Record<string, string[] | undefined>> | null) =>
    Object.entries(values ?? {}).map(([name, all = []]) => [name, all.join(',')] as const);
  const headers = joined(event.multiValueHeaders).map(([name, value]) => [name.toLowerCase(), value]);
  const authorized = authorizer?.token
    ? { jwt: { claims: JSON.parse(authorizer.token) } }
    : { iam: identity.userArn ? { userArn: identity.userArn, userId: identity.user } : undefined };
  return {
    version: '2.0',
    routeKey: `${method} ${resource}`,
    rawPath: path,
    headers: Object.fromEntries(headers),
    queryStringParameters: Object.fromEntries(joined(event.multiValueQueryStringParameters)),
    pathParameters: event.pathParameters ?? {},
    body: body ?? undefined,
    isBase64Encoded,
    requestContext: { authorizer: authorized, http: { method, path } },
  } as unknown as HttpEvent;
}

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

type RequestPorts = { readonly requests: Requests; readonly callers: CallerRules };

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

export const json = (statusCode: number, body: unknown, headers: Record<string, string> = {}): HttpResult => ({
  statusCode,
  headers: { 'content-type': 'application/json', 'cache-control': 'no-store', ...headers },
  body: JSON.stringify(body),
});

export const shown = (view: RequestView, headers?: Record<string, string>): HttpResult =>
  json(isFinal(view.state) ? 200 : 202, view, headers);

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

export type HttpPorts = { readonly log: Log; readonly callers: CallerRules };

/** What a route does. @param signal aborts shortly before the function's time is up */
type Run = (event: HttpEvent, signal: AbortSignal) => Promise<HttpResult>;

/** The handler of a route. First it refuses callers without the scope of the route, and bodies that are too large or not JSON. */
export const route = ({ log, callers }: HttpPorts, run: Run) =>
  middy<HttpEvent, HttpResult>()
    .use([problemDetails(log), refuseUnscoped(callers), refuseBody])
    .handler((event, _context, { signal }) => run(event, signal));

/** A route whose handler is created for each call. An error during its creation becomes a problem document too. */
export const freshHttp = (log: Log, handler: Handler<HttpEvent, HttpResult>) =>
  middy<HttpEvent, HttpResult>()
    .use(problemDetails(log))
    .handler((event, context) => handler(asHttpEvent(event), context));

export type LimitPorts = HttpPorts & CallerLimitsPorts;

/** The handler of a route that tries a login: it also refuses a caller that does so too often. */
export const routeWithLogin = (policy: CallerPolicy, ports: LimitPorts, run: Run) =>
  route(ports, run).before(({ event }) => refuseTooManyCalls(callerOf(event, ports.callers).callerId, policy, ports));

const MAX_BODY_BYTES = 64 * 1024;

/** JSON, said to be in UTF-8 if anything is said. Source: RFC 8259, RFC 9110 section 8.3. */
const JSON_TYPE = /^application\/json\s*(;\s*charset\s*=\s*"?utf-?8"?\s*)?$/i;

/** The bytes of a call's body. It must be short, not compressed, and say that it is JSON in UTF-8. */
export function bytesOf({ body = '', headers, isBase64Encoded }: HttpEvent, maxBytes: number): Buffer {
  if (Buffer.byteLength(body) > maxBytes) throw new BodyTooLargeError(maxBytes);
  const encoding = headers['content-encoding'] ?? 'identity';
  if (body !== '' && (!JSON_TYPE.test(headers['content-type'] ?? '') || encoding.toLowerCase() !== 'identity'))
    throw new UnsupportedMediaTypeError();
  return Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8');
}

/** Refuses bodies that `bytesOf` refuses, also where none is expected. */
const refuseBody: middy.MiddlewareObj<HttpEvent, HttpResult> = {
  before: ({ event }) => void bytesOf(event, MAX_BODY_BYTES),
};

/** The JSON body of a call. @throws {InvalidInputError} */
export function bodyOf<T>(event: HttpEvent, schema: z.ZodType<T>): T {
  try {
    const text = strictText(bytesOf(event, MAX_BODY_BYTES));
    // API Gateway hands JSON on as text, in which it has replaced what was not UTF-8.
    if (!isDamaged(text)) return parse(schema, JSON.parse(text));
  } catch (error) {
    // A `TypeError` is also what zod throws for an object in the place of a text whose `length` is no number.
    if (!(error instanceof SyntaxError || error instanceof TypeError)) throw error;
  }
  throw new InvalidInputError([{ pointer: '', detail: 'the body must be JSON in UTF-8' }]);
}

type RouteHandler = Handler<HttpEvent, HttpResult>;

type RoutesOf<Name extends string> = {
  [Key in keyof typeof ROUTES]: (typeof ROUTES)[Key]['name'] extends Name ? Key : never;
}[keyof typeof ROUTES];

/** The handler of a Lambda, which needs all of its routes. The scopes checked are those of the route that answers. */
export function router<Name extends string>(handlers: Readonly<Record<RoutesOf<Name>, RouteHandler>>): RouteHandler {
  const routes = Object.entries<RouteHandler>(handlers).map(([routeKey, handler]) => {
    const [method, path] = routeKey.split(' ') as [Method, string];
    const run: RouteHandler = (event, context) => handler({ ...event, routeKey }, context);
    return { method, path, handler: run };
  });
  const notFoundResponse = () => json(404, NOT_FOUND, { 'content-type': 'application/problem+json' });
  const known = routes as unknown as Route<never, never>[];
  const route = httpRouter({ routes: known, notFoundResponse }) as unknown as RouteHandler;
  return async (event, context) => route(withoutBasePath(asHttpEvent(event)), context); // Node 24 on Lambda refuses a third parameter
}

/** A custom domain keeps its mapping key at the start of the path. */
function withoutBasePath(event: HttpEvent): HttpEvent {
  const { http } = event.requestContext;
  const path = http.path.slice(Math.max(http.path.indexOf('/v1/'), 0));
  return { ...event, requestContext: { ...event.requestContext, http: { ...http, path } } };
}

const NOT_FOUND = { type: 'about:blank', title: 'There is nothing at this path', status: 404 };

/** API Gateway ends a call after 29 s. */
const MAX_WAIT_SECONDS = 20;

/** Seconds that a caller wants to wait for a change, 20 at most. Source: RFC 7240 section 4.3. */
export function preferredWait({ headers }: Pick<HttpEvent, 'headers'>): number | undefined {
  for (const preference of (headers.prefer ?? '').split(',')) {
    const wait = /^\s*wait\s*=\s*"?(\d{1,9})"?\s*(;|$)/i.exec(preference)?.[1];
    if (wait !== undefined) return Math.min(Number(wait), MAX_WAIT_SECONDS);
  }
  return undefined;
}

/** Whether an `ETag` is among those that the caller has; undefined when it names none. Source: RFC 9110 section 13.1.2. */
export function ifNoneMatch({ headers }: Pick<HttpEvent, 'headers'>): ((etag: string) => boolean) | undefined {
  const known = headers['if-none-match']?.trim();
  if (!known) return undefined;
  const tags: readonly string[] = known.match(/"[^"]*"/g) ?? [];
  return (etag) => known === '*' || tags.includes(etag);
}
