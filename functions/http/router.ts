import httpRouter, { type Method, type Route } from '@middy/http-router';
import type { Context } from 'aws-lambda';
import type { ROUTES } from '../registry.ts';
import { json } from './http.ts';
import type { HttpEvent, HttpResult } from './http-event.ts';

type RouteHandler = (event: HttpEvent, context: Context) => Promise<HttpResult>;

/** The routes of one Lambda, by its name in functions/registry.ts. */
type RoutesOf<Name extends string> = {
  [Key in keyof typeof ROUTES]: (typeof ROUTES)[Key]['name'] extends Name ? Key : never;
}[keyof typeof ROUTES];

/**
 * The handler of a Lambda with several routes. It does not compile when one of them is missing. The scopes checked are those of
 * the route that answers, not of the route that the event names.
 */
export function router<Name extends string>(handlers: Readonly<Record<RoutesOf<Name>, RouteHandler>>): RouteHandler {
  const routes = Object.entries<RouteHandler>(handlers).map(([routeKey, handler]) => {
    const [method, path] = routeKey.split(' ') as [Method, string];
    return { method, path, handler: (event: HttpEvent, context: Context) => handler({ ...event, routeKey }, context) };
  });
  const notFoundResponse = () => json(404, NOT_FOUND, { 'content-type': 'application/problem+json' });
  const route = httpRouter({
    routes: routes as unknown as Route<never, never>[],
    notFoundResponse,
  }) as unknown as RouteHandler;
  return async (event, context) => route(withoutBasePath(event), context); // Node 24 on Lambda refuses a third parameter
}

/** A custom domain keeps its mapping key at the start of the path. */
function withoutBasePath(event: HttpEvent): HttpEvent {
  const { http } = event.requestContext;
  const path = http.path.slice(Math.max(http.path.indexOf('/v1/'), 0));
  return { ...event, requestContext: { ...event.requestContext, http: { ...http, path } } };
}

const NOT_FOUND = { type: 'about:blank', title: 'There is nothing at this path', status: 404 };
