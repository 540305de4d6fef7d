import type middy from '@middy/core';
import * as z from 'zod';
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
import type { Requests } from '../../modules/requests/store.ts';
import { ROUTE_SCOPES } from '../registry.ts';
import type { HttpEvent, HttpResult } from './http-event.ts';
import { parse } from './parse.ts';

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
export const refuseUnscoped = (rules: CallerRules): middy.MiddlewareObj<HttpEvent, HttpResult> => ({
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

/** The `{requestId}` of the path; the Caller may see this Request. @throws {InvalidInputError | RequestNotFoundError} */
export async function visibleRequest(event: HttpEvent, { requests, callers }: RequestPorts): Promise<string> {
  const requestId = requestIdOf(event);
  refuseUnseen(callerOf(event, callers), await requests.get(requestId));
  return requestId;
}

/** The same for calls that change it. @throws {InvalidInputError | RequestNotFoundError | InsufficientScopeError} */
export async function changeableRequest(event: HttpEvent, { requests, callers }: RequestPorts): Promise<string> {
  const requestId = requestIdOf(event);
  refuseActing(callerOf(event, callers), await requests.get(requestId));
  return requestId;
}

/** The same for archives and proofs, which only the requester and named recipients get. */
export async function ownRequest(event: HttpEvent, { requests, callers }: RequestPorts): Promise<string> {
  const requestId = requestIdOf(event);
  refuseForeign(callerOf(event, callers), await requests.get(requestId));
  return requestId;
}

const requestIdOf = (event: HttpEvent): string =>
  parse(z.object({ requestId: z.uuid() }), event.pathParameters ?? {}).requestId;
