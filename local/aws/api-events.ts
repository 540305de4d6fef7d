import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { APIGatewayProxyEventV2, APIGatewayProxyEventV2WithJWTAuthorizer } from 'aws-lambda';
import type { JWTPayload } from 'jose';
import * as z from 'zod';
import type { HttpAnswer } from './http-answer.ts';
import type { SigningRole } from './limits/signed-callers.ts';
import { ACCOUNT } from './names.ts';

/** A request that found its route. */
interface RoutedRequest {
  readonly request: IncomingMessage;
  readonly url: URL;
  /** Key in `ROUTES`. */
  readonly routeKey: string;
  readonly pathParameters: Readonly<Record<string, string>>;
  /** None on an open route, and none of a role. */
  readonly claims: JWTPayload | undefined;
  /** The role that signed the call. */
  readonly role?: SigningRole | undefined;
  readonly body: Buffer;
}

/** Bodies of these types travel as text, all others in base64, as on API Gateway. */
const TEXT_TYPES = /^(text\/|application\/(json|javascript|xml)\b)/;

/** The event that a function gets: Lambda payload format 2.0 of an HTTP API. */
export function toEvent(routed: RoutedRequest): APIGatewayProxyEventV2 | APIGatewayProxyEventV2WithJWTAuthorizer {
  const { request, url, routeKey, pathParameters, claims, role, body } = routed;
  const { cookie, ...rest } = request.headers;
  const headers = Object.fromEntries(Object.entries(rest).map(([name, value]) => [name, String(value)]));
  const isText = TEXT_TYPES.test(headers['content-type'] ?? '');
  const now = new Date();
  return {
    version: '2.0',
    routeKey,
    rawPath: url.pathname,
    rawQueryString: url.search.slice(1),
    ...(cookie && { cookies: cookie.split('; ') }),
    headers,
    ...(url.search && { queryStringParameters: joined(url.searchParams) }),
    pathParameters,
    requestContext: {
      accountId: ACCOUNT,
      apiId: 'local',
      ...(claims && {
        authorizer: {
          principalId: '',
          integrationLatency: 0,
          jwt: { claims: claimTexts(claims), scopes: String(claims.scope ?? '').split(' ') },
        },
      }),
      ...(role && { authorizer: { iam: { ...role, accountId: ACCOUNT, callerId: role.userId } } }),
      domainName: headers.host ?? '',
      domainPrefix: 'local',
      http: {
        method: request.method ?? 'GET',
        path: url.pathname,
        protocol: `HTTP/${request.httpVersion}`,
        sourceIp: request.socket.remoteAddress ?? '',
        userAgent: headers['user-agent'] ?? '',
      },
      requestId: randomUUID(),
      routeKey,
      stage: '$default',
      time: now.toISOString(),
      timeEpoch: now.getTime(),
    },
    ...(body.length > 0 && { body: body.toString(isText ? 'utf8' : 'base64') }),
    isBase64Encoded: body.length > 0 && !isText,
  };
}

const Structured = z.object({
  statusCode: z.int().min(100).max(599),
  headers: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).default({}),
  cookies: z.array(z.string()).default([]),
  body: z.string().default(''),
  isBase64Encoded: z.boolean().default(false),
});

/** What a function returned, as HTTP; without `statusCode` the whole value is the body of a 200, as on API Gateway. */
export function toAnswer(payload: unknown): HttpAnswer {
  const structured = Structured.safeParse(payload);
  if (!structured.success) {
    return { status: 200, headers: { 'content-type': 'application/json' }, body: JSON.stringify(payload) };
  }
  const { statusCode, headers, cookies, body, isBase64Encoded } = structured.data;
  const texts = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value)]);
  return {
    status: statusCode,
    headers: { ...Object.fromEntries(texts), ...(cookies.length > 0 && { 'set-cookie': cookies }) },
    body: isBase64Encoded ? Buffer.from(body, 'base64') : body,
  };
}

function joined(query: URLSearchParams): Record<string, string> {
  return Object.fromEntries([...new Set(query.keys())].map((name) => [name, query.getAll(name).join(',')]));
}

const claimTexts = (claims: JWTPayload): Record<string, string> =>
  Object.fromEntries(Object.entries(claims).map(([name, value]) => [name, String(value)]));
