import { Stack } from 'aws-cdk-lib';
import * as rest from 'aws-cdk-lib/aws-apigateway';
import { InterfaceVpcEndpoint } from 'aws-cdk-lib/aws-ec2';
import { Construct } from 'constructs';
import { ROUTE_SCOPES, ROUTES } from '../../functions/registry.ts';
import * as http from './gdpr-http-api.ts';
import { logGroup } from './workflow.ts';

/** Of the address of each call: `/gdpr/v1/...`. */
export const STAGE = 'gdpr';

/** The routes of the HTTP API for calls through one endpoint of the company's alone: a REST API, since an HTTP API has a public address. */
export class PrivateApi extends rest.RestApi {
  readonly apiEndpoint: string;

  /** @param authorizer of people; without one, calls are signed with IAM @param hasPage one that opens it asks for 14 files */
  constructor(
    stack: Construct,
    id: string,
    vpcEndpointId: string,
    { functions, logs }: Pick<http.GdprHttpApiProps, 'functions' | 'logs'>,
    authorizer?: rest.IAuthorizer,
    hasPage = false,
  ) {
    const scope = new Construct(stack, id);
    const given = { vpcEndpointId, port: 443 };
    const endpoint = InterfaceVpcEndpoint.fromInterfaceVpcEndpointAttributes(scope, 'Endpoint', given);
    const [method, path] = http.WEBHOOKS.split(' /');
    const often = { throttlingRateLimit: http.MAX_WEBHOOK_RATE, throttlingBurstLimit: http.MAX_WEBHOOK_BURST };
    const log = http.ACCESS_LOG.replace('$context.routeKey', '$context.httpMethod $context.resourcePath');
    super(scope, 'Api', {
      restApiName: `${Stack.of(stack).stackName}-${id}`, // by which its metrics are found
      endpointConfiguration: { types: [rest.EndpointType.PRIVATE], vpcEndpoints: [endpoint] },
      cloudWatchRole: !!authorizer, // without it no REST API of the account can write its access log
      deployOptions: {
        stageName: STAGE,
        throttlingRateLimit: http.MAX_RATE,
        throttlingBurstLimit: http.MAX_BURST,
        tracingEnabled: true,
        methodOptions: { [`/${path}/${method}`]: often, ...(hasPage && { '/{file}/GET': often }) },
        accessLogDestination: new rest.LogGroupLogDestination(logGroup(scope, logs)),
        accessLogFormat: rest.AccessLogFormat.custom(log),
      },
    });
    if (!authorizer) this.deploymentStage.node.addDependency(stack.node.findChild('Private')); // which has made that role
    this.grantInvokeFromVpcEndpointsOnly([endpoint]);
    const guarded = authorizer ? { authorizer } : { authorizationType: rest.AuthorizationType.IAM };
    for (const [route, { name }] of Object.entries(ROUTES)) {
      const [method, path] = route.split(' ') as [string, string];
      const isOpen = ROUTE_SCOPES[route as keyof typeof ROUTES].length === 0;
      const integration = new rest.LambdaIntegration(functions[name]!, { allowTestInvoke: false });
      const options = isOpen ? { authorizationType: rest.AuthorizationType.NONE } : guarded;
      this.root.resourceForPath(path).addMethod(method, integration, options);
    }
    const host = `${this.restApiId}-${vpcEndpointId}.execute-api.${this.stack.region}.amazonaws.com`;
    this.apiEndpoint = `https://${host}/${STAGE}`; // reached also where the endpoint's private names are not known
  }
}
