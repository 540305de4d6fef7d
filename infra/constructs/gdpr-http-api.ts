import { AccessLogFormat } from 'aws-cdk-lib/aws-apigateway';
import * as gateway from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { ROUTE_SCOPES, ROUTES } from '../../functions/registry.ts';
import { type Logs, logGroup } from './workflow.ts';

export const WEBHOOKS: keyof typeof ROUTES = 'POST /v1/webhooks/{connectionId}';
/** Calls a second, and at once. Every start tries a login, so the throttle also slows down password guessing. */
export const [MAX_RATE, MAX_BURST] = [20, 40];
/** Ticketing systems send webhooks in bursts, and not all of them retry. */
export const [MAX_WEBHOOK_RATE, MAX_WEBHOOK_BURST] = [100, 1000];

export interface GdprHttpApiProps {
  readonly authorizer: gateway.IHttpRouteAuthorizer;
  /** Whether the authorizer checks the scopes of each route; the functions always check them. */
  readonly checksScopes: boolean;
  readonly corsOrigins: readonly string[];
  readonly functions: Readonly<Record<string, IFunction>>;
  readonly logs: Logs;
}

/** One line for each call, without its path: what was called, by its route, and how it ended. */
export const ACCESS_LOG = JSON.stringify({
  requestId: '$context.requestId',
  routeKey: '$context.routeKey',
  status: '$context.status',
  milliseconds: '$context.responseLatency',
  error: '$context.authorizer.error',
});

/** An HTTP API with every route of `functions/registry.ts`, all but the open ones behind the authorizer (R19). */
export function gdprHttpApi(
  stack: Construct,
  id: string,
  { authorizer, checksScopes, corsOrigins, functions, logs }: GdprHttpApiProps,
): gateway.HttpApi {
  const scope = new Construct(stack, id);
  const cors = {
    allowOrigins: [...corsOrigins],
    allowMethods: [gateway.CorsHttpMethod.GET, gateway.CorsHttpMethod.POST, gateway.CorsHttpMethod.DELETE],
    allowHeaders: ['authorization', 'content-type', 'idempotency-key', 'if-none-match', 'prefer'],
    exposeHeaders: ['etag', 'location', 'preference-applied', 'retry-after'],
  };
  const api = new gateway.HttpApi(scope, 'Api', {
    createDefaultStage: false,
    defaultAuthorizer: authorizer,
    ...(corsOrigins.length > 0 ? { corsPreflight: cors } : {}),
  });
  const stage = new gateway.HttpStage(scope, 'Stage', {
    httpApi: api,
    stageName: '$default',
    autoDeploy: true,
    throttle: { rateLimit: MAX_RATE, burstLimit: MAX_BURST },
    accessLogSettings: {
      destination: new gateway.LogGroupLogDestination(logGroup(scope, logs)),
      format: AccessLogFormat.custom(ACCESS_LOG),
    },
  });
  const settings = { ThrottlingRateLimit: MAX_WEBHOOK_RATE, ThrottlingBurstLimit: MAX_WEBHOOK_BURST };
  (stage.node.defaultChild as gateway.CfnStage).routeSettings = { [WEBHOOKS]: settings };
  const integrations: Record<string, HttpLambdaIntegration> = {};
  for (const [route, { name }] of Object.entries(ROUTES)) {
    const [method, path] = route.split(' ') as [gateway.HttpMethod, string];
    const scopes: readonly string[] = ROUTE_SCOPES[route as keyof typeof ROUTE_SCOPES];
    integrations[name] ??= new HttpLambdaIntegration(name, functions[name]!, { scopePermissionToRoute: false });
    const added = api.addRoutes({
      path,
      methods: [gateway.HttpMethod[method]],
      integration: integrations[name],
      ...(scopes.length === 0
        ? { authorizer: new gateway.HttpNoneAuthorizer() }
        : checksScopes && { authorizationScopes: [...scopes] }),
    });
    if (route === WEBHOOKS) stage.node.addDependency(...added); // a throttle needs its route first
  }
  return api;
}
