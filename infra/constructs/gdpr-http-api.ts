import { CorsHttpMethod, HttpApi, HttpMethod, HttpStage } from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpJwtAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { ROUTES } from '../../functions/tasks.ts';

/** Who may call, and what answers. */
export interface GdprHttpApiProps {
  readonly issuer: string;
  readonly audience: string;
  readonly corsOrigins: readonly string[];
  /** By folder under `functions/`. */
  readonly functions: Readonly<Record<string, IFunction>>;
}

/** The HTTP API: every route of `functions/tasks.ts`, each behind the JWT authorizer (R19). */
export class GdprHttpApi extends Construct {
  readonly url: string;

  constructor(scope: Construct, id: string, { issuer, audience, corsOrigins, functions }: GdprHttpApiProps) {
    super(scope, id);
    const cors = {
      allowOrigins: [...corsOrigins],
      allowMethods: [CorsHttpMethod.GET, CorsHttpMethod.POST, CorsHttpMethod.DELETE],
      allowHeaders: ['authorization', 'content-type', 'idempotency-key', 'prefer'],
      exposeHeaders: ['location', 'retry-after'],
    };
    const api = new HttpApi(this, 'Api', {
      createDefaultStage: false,
      defaultAuthorizer: new HttpJwtAuthorizer('Jwt', issuer, { jwtAudience: [audience] }),
      ...(corsOrigins.length > 0 ? { corsPreflight: cors } : {}),
    });
    // A login is tried with every start: the throttle also slows down guessing.
    const stage = new HttpStage(this, 'Stage', {
      httpApi: api,
      stageName: '$default',
      autoDeploy: true,
      throttle: { rateLimit: 20, burstLimit: 40 },
    });
    this.url = stage.url;
    const integrations = Object.fromEntries(
      Object.entries(functions).map(([folder, fn]) => [folder, new HttpLambdaIntegration(folder, fn)]),
    );
    for (const [route, { folder }] of Object.entries(ROUTES)) {
      const [method, path] = route.split(' ') as [HttpMethod, string];
      api.addRoutes({ path, methods: [HttpMethod[method]], integration: integrations[folder]! });
    }
  }
}
