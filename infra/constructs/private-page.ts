import * as rest from 'aws-cdk-lib/aws-apigateway';
import { AnyPrincipal, Effect, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';

type Headers = Readonly<Record<string, string>>;

/** Places of files below the stage, and their keys in the bucket. */
const PLACES = { '/': 'index.html', '/{file}': '{file}', '/texts/{file}': 'texts/{file}' };
const KNOWN = { 'integration.request.header.If-None-Match': 'method.request.header.If-None-Match' };
const FILE = { 'integration.request.path.file': 'method.request.path.file' };
/** What S3 answers, by its status, and what a browser gets. What S3 says of a fault stays here: it names role and bucket. */
const ANSWERS = [
  { statusCode: '200' },
  { statusCode: '304', selectionPattern: '304' },
  { statusCode: '404', selectionPattern: '4\\d\\d', message: 'Not Found' }, // 403 says that the file is not there
  { statusCode: '502', selectionPattern: '5\\d\\d', message: 'Bad Gateway' },
];

/**
 * Lets a private API answer with the files of the page, to everybody who reaches its endpoint (docs/decisions/0036).
 * @param bucket holds these files alone; nobody but the API can read them
 * @param headers of each answer, also of those that API Gateway itself gives: unknown paths, HEAD, too many calls
 */
export function servePage(scope: Construct, api: rest.RestApi, bucket: IBucket, headers: Headers): void {
  const reader = new Role(scope, 'Reader', { assumedBy: new ServicePrincipal('apigateway.amazonaws.com') });
  const reads = { actions: ['s3:GetObject'], resources: [bucket.arnForObjects('*')] };
  reader.addToPolicy(new PolicyStatement(reads));
  const conditions = { ArnNotEquals: { 'aws:PrincipalArn': reader.roleArn } };
  const byOthers = { ...reads, effect: Effect.DENY, principals: [new AnyPrincipal()], conditions };
  bucket.addToResourcePolicy(new PolicyStatement(byOthers));
  const responseHeaders = quoted({ ...headers, 'cache-control': 'no-store' });
  for (const type of [rest.ResponseType.DEFAULT_4XX, rest.ResponseType.DEFAULT_5XX])
    api.addGatewayResponse(type.responseType, { type, responseHeaders });
  const answers = ANSWERS.map((answer) => answerOf(answer, headers));
  for (const [place, key] of Object.entries(PLACES)) {
    const requestParameters = { ...KNOWN, ...(key.includes('{file}') && FILE) };
    const options = { credentialsRole: reader, requestParameters, integrationResponses: answers };
    const path = `${bucket.bucketName}/${key}`;
    const integration = new rest.AwsIntegration({ service: 's3', integrationHttpMethod: 'GET', path, options });
    api.root.resourceForPath(place).addMethod('GET', integration, {
      authorizationType: rest.AuthorizationType.NONE,
      requestParameters: Object.fromEntries(Object.values(requestParameters).map((name) => [name, false])),
      methodResponses: answers.map(({ statusCode, responseParameters }) => {
        const sent = Object.keys(responseParameters).map((name) => [name, true]);
        return { statusCode, responseParameters: Object.fromEntries(sent) };
      }),
    });
  }
}

/** Values as they stand; quotes inside stay. */
const quoted = (headers: Headers): Headers =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, `'${value}'`]));

function answerOf({ message, ...answer }: (typeof ANSWERS)[number], headers: Headers) {
  const type = message && { 'content-type': 'application/json', 'cache-control': 'no-store' };
  const body = JSON.stringify({ message });
  const own = Object.entries(quoted({ ...headers, ...type }));
  const ofFile = ['Content-Type', 'Cache-Control', 'ETag'].map((name) => [name, `integration.response.header.${name}`]);
  const all = [...own, ...(message ? [] : ofFile)].map(([name, value]) => [`method.response.header.${name}`, value]);
  return {
    ...answer,
    responseParameters: Object.fromEntries(all) as Record<string, string>,
    ...(message && { responseTemplates: { 'application/json': body, 'application/xml': body } }),
  };
}
