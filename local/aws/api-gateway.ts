import type { IncomingMessage } from 'node:http';
import type { JWTPayload } from 'jose';
import type { ConsoleConfig } from '../../console/app/session.ts';
import type { FunctionSpec } from '../../functions/registry.ts';
import { type Identity, ISSUER_PATH } from '../identity/local-identity.ts';
import { toAnswer, toEvent } from './api-events.ts';
import { type RouteMatch, routeTable } from './api-routes.ts';
import { type HttpAnswer, jsonAnswer, problemAnswer, sendAnswer } from './http-answer.ts';
import type { InvocationResult } from './lambda-sandbox.ts';
import { signingRole } from './limits/signed-callers.ts';
import { type FixedAddress, type LoopbackServer, listenOnLoopback } from './loopback.ts';
import { staticFile } from './static-files.ts';

interface ApiGatewayOptions {
  /** `METHOD /path/{parameter}` -> function, as in functions/registry.ts. */
  readonly routes: Readonly<Record<string, Pick<FunctionSpec, 'name'>>>;
  /** Keys of `routes` that need no token. */
  readonly openRoutes?: readonly string[];
  readonly invoke: (name: string, event: unknown) => Promise<InvocationResult>;
  readonly identity: Identity;
  /** Scopes of which a token needs one; the gateway checks none when absent. The functions always check them. */
  readonly scopes?: Readonly<Record<string, readonly string[]>> | undefined;
  /** Roles that may sign calls instead (SigV4), by access key. */
  readonly signers?: Readonly<Record<string, string>> | undefined;
  /** Content of the console's `config.json`. */
  readonly consoleConfig?: () => ConsoleConfig;
  /** Folder of the console's files. */
  readonly consoleDir: string;
  /** A port is taken when it is free, else another one. */
  readonly listen?: number | FixedAddress;
}

const MAX_BODY_BYTES = 1024 * 1024;

/** The HTTP API with its JWT authorizer, the issuer of its tokens and the files of the console, on one port. */
export async function startApiGateway(options: ApiGatewayOptions): Promise<LoopbackServer> {
  const { openIdConnect } = options.identity;
  const findRoute = routeTable(options.routes);
  const respond = async (request: IncomingMessage): Promise<HttpAnswer> => {
    const url = new URL(`http://local${request.url?.startsWith('/') ? request.url : '/'}`);
    const path = `${request.method} ${url.pathname}`;
    if (path === 'POST /oauth/token' && options.identity.passwordGrant) {
      return await options.identity.passwordGrant(new URLSearchParams((await readBody(request)).toString('utf8')));
    }
    const match = findRoute(request.method ?? '', url.pathname);
    if (match.kind === 'found') return await callFunction(options, request, url, match);
    if (match.kind === 'other-method') {
      return problemAnswer(405, 'This path takes another method', { allow: match.allowed.join(', ') });
    }
    if (path === 'GET /config.json' && options.consoleConfig) return jsonAnswer(200, options.consoleConfig());
    const readable = request.method === 'GET' || request.method === 'HEAD';
    const file = readable ? await staticFile(options.consoleDir, url.pathname) : undefined;
    return file ?? problemAnswer(404, 'There is nothing at this path');
  };
  return await listenOnLoopback((request, response) => {
    if (openIdConnect && request.url?.startsWith(`${ISSUER_PATH}/`)) return openIdConnect(request, response);
    respond(request)
      .catch((error: unknown) =>
        error instanceof BodyTooLargeError
          ? problemAnswer(413, `A body has at most ${MAX_BODY_BYTES} bytes`, { connection: 'close' })
          : problemAnswer(500, 'The request could not be handled'),
      )
      .then((answer) => sendAnswer(response, answer, request.method === 'HEAD'))
      .catch(() => response.destroy());
  }, options.listen);
}

async function callFunction(
  { identity, invoke, openRoutes = [], scopes, signers }: ApiGatewayOptions,
  request: IncomingMessage,
  url: URL,
  { routeKey, name, pathParameters }: Extract<RouteMatch, { kind: 'found' }>,
): Promise<HttpAnswer> {
  const open = openRoutes.includes(routeKey);
  if (signers && request.headers.authorization?.startsWith(SIGNED)) {
    const body = await readBody(request);
    const role = await signingRole(request, url, body, signers, new Date());
    if (!role) return FORBIDDEN;
    return answerOf(
      await invoke(name, toEvent({ request, url, routeKey, pathParameters, claims: undefined, role, body })),
    );
  }
  const token = /^Bearer ([\w.-]+)$/i.exec(request.headers.authorization ?? '')?.[1];
  const claims = token === undefined ? undefined : await identity.verify(token).catch(() => 'unknown' as const);
  if (claims === 'unknown')
    return problemAnswer(503, 'The identity provider does not answer: no token can be checked now');
  if (!claims && !open) {
    const challenge = token === undefined ? 'Bearer' : 'Bearer error="invalid_token"';
    return problemAnswer(401, 'A valid token is needed', { 'www-authenticate': challenge });
  }
  if (claims && scopes && !open && !hasScope(claims, scopes[routeKey] ?? [])) return FORBIDDEN;
  const body = await readBody(request);
  return answerOf(await invoke(name, toEvent({ request, url, routeKey, pathParameters, claims, body })));
}

const SIGNED = 'AWS4-HMAC-SHA256 ';
/** In the words of an HTTP API. */
const FORBIDDEN = jsonAnswer(403, { message: 'Forbidden' });

const hasScope = ({ scope, scp }: JWTPayload, anyOf: readonly string[]): boolean => {
  const words = String(scope ?? scp ?? '').split(/[\s,]+/);
  return anyOf.some((each) => words.includes(each));
};

function answerOf(result: InvocationResult): HttpAnswer {
  if (result.ok) return toAnswer(result.payload);
  if (result.error.errorType === 'TooManyRequestsException') return jsonAnswer(503, { message: 'Service Unavailable' });
  if (result.error.errorType === 'Sandbox.Timedout') return problemAnswer(503, 'The function took too long');
  return problemAnswer(500, 'The function failed');
}

class BodyTooLargeError extends Error {}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let byteLength = 0;
  // A body that is too large is left unread, so that the answer still gets out.
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    byteLength += chunk.length;
    if (byteLength > MAX_BODY_BYTES) throw new BodyTooLargeError();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
