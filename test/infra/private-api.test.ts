import { Match } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { AUTHORIZER, ROUTE_SCOPES, ROUTES } from '../../functions/registry.ts';
import { checkConfig } from '../../infra/config.ts';
import { example, FUNCTIONS, templatesOf } from './synthesize.ts';

/** Method and path of each method of the REST APIs, with what guards it. */
function methodsOf(service: ReturnType<typeof templatesOf>['service'], api: string) {
  const resources = service.findResources('AWS::ApiGateway::Resource');
  const pathOf = (ref: unknown): string => {
    const id = (ref as { Ref?: string }).Ref;
    if (id === undefined) return ''; // the root
    const { ParentId, PathPart } = resources[id]!.Properties;
    return `${pathOf(ParentId)}/${PathPart}`;
  };
  return Object.entries(service.findResources('AWS::ApiGateway::Method'))
    .filter(([id]) => id.startsWith(api))
    .map(([, { Properties }]) => ({
      route: `${Properties.HttpMethod} ${pathOf(Properties.ResourceId)}`,
      guard: Properties.AuthorizationType as string,
      uri: JSON.stringify(Properties.Integration),
    }));
}

const partition = <T>(all: readonly T[], is: (one: T) => boolean) =>
  [all.filter(is), all.filter((one) => !is(one))] as const;

describe('a private API (R19, R25, R33)', () => {
  const { service } = templatesOf({}, example('private'));
  const isOpen = (route: string) => ROUTE_SCOPES[route as keyof typeof ROUTE_SCOPES].length === 0;

  it.each([
    ['people', 'PrivateApi', 'CUSTOM', ['GET ', 'GET /texts/{file}', 'GET /{file}']],
    ['machines', 'PrivateMachinesApi', 'AWS_IAM', []],
  ])('has every route for %s, all but the open ones guarded, each with its function', (_, api, guard, ofPage) => {
    const [fromS3, methods] = partition(methodsOf(service, api), ({ uri }) => uri.includes(':s3:path/'));
    expect(fromS3.map(({ route, guard: given }) => [route, given]).sort()).toEqual(
      ofPage.map((route) => [route, 'NONE']),
    );
    expect(methods.map(({ route }) => route).sort()).toEqual(Object.keys(ROUTES).sort());
    for (const { route, guard: given, uri } of methods) {
      expect([route, given]).toEqual([route, isOpen(route) ? 'NONE' : guard]);
      expect(uri).toContain(`${ROUTES[route as keyof typeof ROUTES].name.replaceAll('-', '')}Function`);
    }
  });

  it('has no public address, and no HTTP API, CloudFront or user pool beside it', () => {
    for (const { Properties } of Object.values(service.findResources('AWS::ApiGateway::RestApi'))) {
      expect(Properties.EndpointConfiguration).toEqual({
        Types: ['PRIVATE'],
        VpcEndpointIds: ['vpce-0123456789abcdef0'],
      });
      const [deny] = Properties.Policy.Statement.filter(({ Effect }: { Effect: string }) => Effect === 'Deny');
      expect(deny).toMatchObject({
        Action: 'execute-api:Invoke',
        Principal: { AWS: '*' },
        Condition: { StringNotEquals: { 'aws:SourceVpce': ['vpce-0123456789abcdef0'] } },
      });
    }
    service.resourceCountIs('AWS::ApiGateway::RestApi', 2);
    for (const type of ['AWS::ApiGatewayV2::Api', 'AWS::CloudFront::Distribution', 'AWS::Cognito::UserPool'])
      service.resourceCountIs(type, 0);
  });

  it('asks a function inside the network about each token, anew for each call', () => {
    service.hasResourceProperties('AWS::ApiGateway::Authorizer', {
      Type: 'TOKEN',
      AuthorizerResultTtlInSeconds: 0,
      IdentitySource: 'method.request.header.Authorization',
    });
    const functions = Object.entries(service.findResources('AWS::Lambda::Function'));
    expect(functions).toHaveLength(FUNCTIONS.length + 2); // the other one is the CDK's, and copies the page
    const [, authorizer] = functions.find(([id]) => id.startsWith(`${AUTHORIZER.name}Function`))!;
    expect(authorizer.Properties).toMatchObject({ VpcConfig: expect.anything(), Timeout: 10 });
    expect(authorizer.Properties.Environment.Variables).toMatchObject({
      JWT_ISSUER: 'https://login.corp.example/realms/company',
      JWT_AUDIENCE: 'nexthink-gdpr',
    });
  });

  it('is throttled as the public one, and logs calls by their route', () => {
    service.hasResourceProperties('AWS::ApiGateway::Stage', {
      MethodSettings: [
        Match.objectLike({ HttpMethod: '*', ThrottlingRateLimit: 20, ThrottlingBurstLimit: 40 }),
        Match.objectLike({ HttpMethod: 'POST', ThrottlingRateLimit: 100, ThrottlingBurstLimit: 1000 }),
        Match.objectLike({ ResourcePath: '/~1{file}', HttpMethod: 'GET', ThrottlingRateLimit: 100 }), // of the page
      ],
      AccessLogSetting: {
        Format: Match.stringLikeRegexp('"routeKey":"\\$context.httpMethod \\$context.resourcePath"'),
      },
    });
  });

  it('sets the one role of an account for these logs once, before the stage of machines asks for it', () => {
    const [account, ...others] = Object.keys(service.findResources('AWS::ApiGateway::Account'));
    expect(others).toEqual([]);
    for (const { DependsOn } of Object.values(service.findResources('AWS::ApiGateway::Stage')))
      expect(DependsOn).toContain(account);
  });

  it('counts its faults by names of its own', () => {
    const alarm = JSON.stringify(
      service.findResources('AWS::CloudWatch::Alarm', {
        Properties: { AlarmName: 'nexthink-gdpr-api-5xx' },
      }),
    );
    expect(alarm).toContain('nexthink-gdpr-service-Private');
    expect(alarm).toContain('nexthink-gdpr-service-PrivateMachines');
  });

  it.each<[what: string, change: object]>([
    [
      'a name of the page',
      { console: { domain: 'gdpr.corp.example', certificateArn: example('company').console!.certificateArn } },
    ],
    ['a web ACL of CloudFront', { console: { webAclArn: example('company').console!.webAclArn } }],
    ['no provider', { identityProvider: undefined, console: {} }],
    ['other origins', { api: { corsOrigins: ['https://intranet.corp.example'] } }],
  ])('is refused with %s (R23)', (_, change) => {
    expect(() => checkConfig({ ...example('private'), ...change })).toThrow('network.apiEndpointId');
  });
});
