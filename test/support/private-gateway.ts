import type { IncomingMessage } from 'node:http';
import type { APIGatewayProxyEvent } from 'aws-lambda';
import { ROUTE_SCOPES, ROUTES } from '../../functions/registry.ts';
import { toAnswer } from '../../local/aws/api-events.ts';
import { routeTable } from '../../local/aws/api-routes.ts';
import { type HttpAnswer, jsonAnswer, sendAnswer } from '../../local/aws/http-answer.ts';
import type { InvocationResult } from '../../local/aws/lambda-sandbox.ts';
import { type LoopbackServer, listenOnLoopback } from '../../local/aws/loopback.ts';
import type { LocalSystem } from '../../local/system.ts';

/** The caller, as a REST API tells its functions. */
type Authorized = Partial<Pick<APIGatewayProxyEvent['requestContext'], 'authorizer' | 'identity'>>;
type Authorize = (token: string) => Promise<Authorized>;

const find = routeTable(ROUTES);
const UNAUTHORIZED = { message: 'Unauthorized' };

/**
 * The private API of a running system: a REST API with payload 1.0, as `infra/constructs/private-api.ts` makes it.
 * @param authorize throws `Unauthorized`, as a Lambda authorizer does
 */
export const startPrivateGateway = (system: LocalSystem, authorize: Authorize): Promise<LoopbackServer> =>
  listenOnLoopback((request, response) => {
    answer(system, authorize, request)
      .catch(() => jsonAnswer(500, { message: null }))
      .then((given) => sendAnswer(response, given, false));
  });

async function answer(system: LocalSystem, authorize: Authorize, request: IncomingMessage): Promise<HttpAnswer> {
  const url = new URL(request.url ?? '/', 'http://private');
  const match = find(request.method ?? '', url.pathname);
  if (match.kind !== 'found') return jsonAnswer(403, { message: 'Missing Authentication Token' });
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  let authorized: Authorized = {};
  if (ROUTE_SCOPES[match.routeKey as keyof typeof ROUTE_SCOPES].length > 0) {
    const token = request.headers.authorization ?? '';
    if (token === '') return jsonAnswer(401, UNAUTHORIZED);
    try {
      authorized = await authorize(token);
    } catch (error) {
      if ((error as Error).message === 'Unauthorized') return jsonAnswer(401, UNAUTHORIZED);
      throw error;
    }
  }
  const event = restEvent(request, url, match, Buffer.concat(chunks).toString(), authorized);
  const result = (await system.invoke(match.name, event)) as InvocationResult;
  return result.ok ? toAnswer(result.payload) : jsonAnswer(502, { message: 'Internal server error' });
}

const grouped = (pairs: Iterable<readonly [string, string]>) =>
  Object.fromEntries(
    [...Map.groupBy(pairs, ([name]) => name)].map(([name, all]) => [name, all.map(([, value]) => value)]),
  );

/** Names of headers reach a function as the caller wrote them. */
const written = (name: string) => name.replaceAll(/(^|-)[a-z]/g, (letter) => letter.toUpperCase());

function restEvent(
  request: IncomingMessage,
  url: URL,
  { routeKey, pathParameters }: Extract<ReturnType<typeof find>, { kind: 'found' }>,
  body: string,
  { authorizer, identity }: Authorized,
) {
  const [httpMethod, resource] = routeKey.split(' ');
  const multiValueHeaders = grouped(
    Object.entries(request.headers).map(([name, value]) => [written(name), String(value)]),
  );
  const query = [...url.searchParams];
  const lastOf = (values: Record<string, string[]>) =>
    Object.fromEntries(Object.entries(values).map(([name, all]) => [name, all.at(-1)!]));
  return {
    httpMethod,
    resource,
    path: url.pathname,
    headers: lastOf(multiValueHeaders),
    multiValueHeaders,
    queryStringParameters: query.length > 0 ? lastOf(grouped(query)) : null,
    multiValueQueryStringParameters: query.length > 0 ? grouped(query) : null,
    pathParameters: Object.keys(pathParameters).length > 0 ? pathParameters : null,
    stageVariables: null,
    body: body === '' ? null : body,
    isBase64Encoded: false,
    requestContext: {
      resourcePath: resource,
      httpMethod,
      path: `/gdpr${url.pathname}`,
      stage: 'gdpr',
      identity: { userArn: null, user: null, sourceIp: '10.0.0.9', ...identity },
      ...(authorizer && { authorizer: { principalId: 'x', integrationLatency: 3, ...authorizer } }),
    },
  };
}
