import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApiGateway } from '../../../local/aws/api-gateway.ts';
import type { InvocationResult } from '../../../local/aws/lambda-sandbox.ts';
import type { LoopbackServer } from '../../../local/aws/loopback.ts';
import { LocalIdentity } from '../../../local/identity/local-identity.ts';

const ROUTES = {
  'POST /v1/requests': { name: 'start-request' },
  'GET /v1/requests/{requestId}': { name: 'get-request' },
  'GET /v1/fail': { name: 'fail' },
  'GET /v1/late': { name: 'late' },
  'GET /v1/plain': { name: 'plain' },
  'GET /v1/bytes': { name: 'bytes' },
  'GET /health': { name: 'open' },
};
const failed = (errorType: string): InvocationResult => ({
  ok: false,
  error: { errorType, errorMessage: 'jmeyer', trace: [] },
});
/** What each function answers; the others give their event back. */
const ANSWERS: Readonly<Record<string, InvocationResult>> = {
  fail: failed('TypeError'),
  late: failed('Sandbox.Timedout'),
  plain: { ok: true, payload: { plain: true } },
  bytes: {
    ok: true,
    payload: {
      statusCode: 303,
      headers: { Location: '/x' },
      cookies: ['a=1', 'b=2'],
      body: Buffer.from([0, 255]).toString('base64'),
      isBase64Encoded: true,
    },
  },
};

describe('startApiGateway', () => {
  let folder: string;
  let api: LoopbackServer;
  let token: string;
  let identity: LocalIdentity;
  const get = (path: string, bearer: string | undefined = token, init: RequestInit = {}) =>
    fetch(`${api.url}${path}`, {
      redirect: 'manual',
      ...init,
      headers: { ...(bearer && { authorization: `Bearer ${bearer}` }), ...init.headers },
    });
  const logIn = (form: Record<string, string>) =>
    fetch(`${api.url}/oauth/token`, { method: 'POST', body: new URLSearchParams(form) });

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'api-'));
    await writeFile(join(folder, 'index.html'), '<!doctype html>');
    await writeFile(join(folder, 'secret.key'), 'secret');
    identity = await LocalIdentity.open(folder);
    token = await identity.issue('operator');
    const invoke = async (name: string, event: unknown): Promise<InvocationResult> =>
      ANSWERS[name] ?? { ok: true, payload: { statusCode: 202, body: JSON.stringify({ name, event }) } };
    const openRoutes = ['GET /health'];
    api = await startApiGateway({ routes: ROUTES, openRoutes, invoke, identity, consoleDir: folder });
  });
  afterAll(async () => {
    await api.stop();
    await rm(folder, { recursive: true });
  });

  it('hands a request to the function of its route as payload format 2.0, with the claims of the token (R19)', async () => {
    const response = await get('/v1/requests/a%20b?wait=1&wait=2', token, {
      headers: { Prefer: 'wait=20', cookie: 'a=1; b=2' },
    });

    const { name, event } = (await response.json()) as { name: string; event: Record<string, unknown> };
    expect(response.status).toBe(202);
    expect(name).toBe('get-request');
    expect(event).toMatchObject({
      version: '2.0',
      routeKey: 'GET /v1/requests/{requestId}',
      rawPath: '/v1/requests/a%20b',
      rawQueryString: 'wait=1&wait=2',
      queryStringParameters: { wait: '1,2' },
      pathParameters: { requestId: 'a b' },
      cookies: ['a=1', 'b=2'],
      headers: { prefer: 'wait=20' },
      isBase64Encoded: false,
      requestContext: {
        http: { method: 'GET' },
        authorizer: {
          jwt: {
            claims: { sub: expect.stringMatching(/^[\w-]{22}$/), scope: expect.stringContaining('gdpr.retrieve') },
          },
        },
      },
    });
    expect(JSON.stringify(event.requestContext)).not.toContain('operator');
  });

  it('hands JSON bodies over as text, all others in base64', async () => {
    const post = async (type: string) => {
      const response = await get('/v1/requests', token, {
        method: 'POST',
        body: '{"ü":1}',
        headers: { 'content-type': type },
      });
      return ((await response.json()) as { event: unknown }).event;
    };

    expect(await post('application/json')).toMatchObject({ body: '{"ü":1}', isBase64Encoded: false });
    expect(await post('application/octet-stream')).toMatchObject({
      body: Buffer.from('{"ü":1}').toString('base64'),
      isBase64Encoded: true,
    });
  });

  it('answers with status, headers, cookies and bytes of the function', async () => {
    const bytes = await get('/v1/bytes');
    const plain = await get('/v1/plain');

    expect(bytes.status).toBe(303);
    expect(bytes.headers.get('location')).toBe('/x');
    expect(bytes.headers.getSetCookie()).toEqual(['a=1', 'b=2']);
    expect([...new Uint8Array(await bytes.arrayBuffer())]).toEqual([0, 255]);
    expect([plain.status, await plain.json()]).toEqual([200, { plain: true }]);
  });

  it('tells a failed function without what it said (R24)', async () => {
    const [fail, late] = [await get('/v1/fail'), await get('/v1/late')];

    expect([fail.status, late.status]).toEqual([500, 503]);
    expect(await fail.text()).not.toContain('jmeyer');
  });

  it('refuses missing, forged and unsigned tokens with a problem document (R0, R23)', async () => {
    const [header, payload] = token.split('.');
    const unsigned = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${payload}.`;
    const stranger = await LocalIdentity.open(join(folder, 'other'));
    const tokens = ['', 'nonsense', `${header}.${payload}.AAAA`, unsigned, await stranger.issue('operator')];

    for (const bad of tokens) {
      const response = await get('/v1/requests/1', bad);
      expect([bad, response.status]).toEqual([bad, 401]);
      expect(response.headers.get('content-type')).toBe('application/problem+json');
      expect(response.headers.get('www-authenticate')).toMatch(/^Bearer/);
      expect(await response.json()).toMatchObject({ status: 401, title: 'Unauthorized' });
    }
  });

  it('tells an unknown path from a known path with another method (R23)', async () => {
    const [unknown, other] = [await get('/v1/none', ''), await get('/v1/requests', '', { method: 'DELETE' })];

    expect([unknown.status, other.status]).toEqual([404, 405]);
    expect(other.headers.get('allow')).toBe('POST');
    expect(unknown.headers.get('content-type')).toBe('application/problem+json');
  });

  it('refuses a body of more than 1 MB, and takes one of 1 MB (R23)', async () => {
    const post = (byteLength: number) =>
      get('/v1/requests', token, { method: 'POST', body: Buffer.alloc(byteLength, 'a') });

    expect((await post(1024 * 1024)).status).toBe(202);
    expect((await post(1024 * 1024 + 1)).status).toBe(413);
  });

  it('logs the operator in, and nobody else (R0)', async () => {
    const { username, password } = identity.people.all[0]!;
    const consoleLogin = { username, password };
    const right = await logIn({ grant_type: 'password', ...consoleLogin });
    const wrong = await logIn({ grant_type: 'password', username: 'operator', password: 'wrong' });
    const other = await logIn({ grant_type: 'client_credentials', ...consoleLogin });

    const { access_token, token_type, expires_in } = (await right.json()) as Record<string, string>;
    expect([token_type, expires_in]).toEqual(['Bearer', 43_200]);
    expect(right.headers.get('cache-control')).toBe('no-store');
    expect((await get('/v1/plain', access_token)).status).toBe(200);
    expect([wrong.status, await wrong.json()]).toEqual([400, expect.objectContaining({ error: 'invalid_grant' })]);
    expect([other.status, await other.json()]).toEqual([400, { error: 'unsupported_grant_type' }]);
  });

  it('serves the page of the console and open routes without a token, but strict', async () => {
    const page = await get('/', '');
    const health = await get('/health', '');

    expect([page.status, page.headers.get('content-type'), await page.text()]).toEqual([
      200,
      'text/html; charset=utf-8',
      '<!doctype html>',
    ]);
    expect(page.headers.get('content-security-policy')).toBe("frame-ancestors 'none'"); // the rest is in the page
    expect(page.headers.get('cache-control')).toBe('no-cache');
    expect(page.headers.get('x-content-type-options')).toBe('nosniff');
    const { event } = (await health.json()) as { event: { requestContext: object } };
    expect(event.requestContext).not.toHaveProperty('authorizer');
  });

  it('answers others while many slow clients send nothing more, with a token and without (R23)', async () => {
    const head = 'POST /v1/requests HTTP/1.1\r\nHost: x\r\n';
    const slow = [
      'G',
      head,
      `${head}Content-Length: 100\r\n\r\n{`,
      `${head}Authorization: Bearer ${token}\r\nContent-Length: 100\r\n\r\n{`,
      `${head}Authorization: Bearer ${token}\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{`,
    ];
    const sockets = Array.from({ length: 250 }, (_, at) => {
      const socket = connect(api.port, '127.0.0.1');
      socket.on('error', () => {}).write(slow[at % slow.length]!);
      return socket;
    });
    await Promise.all(sockets.map((socket) => once(socket, 'connect')));

    const answers = await Promise.all(Array.from({ length: 20 }, () => get('/v1/requests/1')));

    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 202));
    for (const socket of sockets) socket.destroy();
  });

  it('takes no word of a caller for its own address', async () => {
    const headers = {
      'x-forwarded-host': 'evil.example',
      'x-forwarded-proto': 'https',
      forwarded: 'host=evil.example',
    };
    const page = await get('/', '', { headers });
    const response = await get('/v1/bytes', token, { headers });
    const problem = await get('/v1/none', '', { headers });

    for (const answer of [page, response, problem])
      expect(`${JSON.stringify([...answer.headers])}${await answer.text()}`).not.toContain('evil.example');
  });

  it('lets a person wait after five wrong passwords, also with the right one, and nobody else (R0)', async () => {
    const [, approver, dpo] = identity.people.all;
    const log = ({ username, password }: { username: string; password: string }) =>
      logIn({ grant_type: 'password', username, password });
    for (let tries = 0; tries < 5; tries++) expect((await log({ ...approver!, password: 'wrong' })).status).toBe(400);

    const late = await log(approver!);
    expect([late.status, await late.text()]).toEqual([400, expect.stringContaining('Too many wrong passwords')]);
    expect((await log(dpo!)).status).toBe(200);
  });

  it('serves no file beside the page, whatever the path', async () => {
    const raw = (path: string): Promise<string> => {
      const socket = connect(api.port, '127.0.0.1');
      socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
      return text(socket);
    };

    for (const path of ['/secret.key', '/../secret.key', '/%2e%2e/secret.key', '/..%2findex.html', '//etc/passwd']) {
      expect((await raw(path)).split('\r\n')[0]).toBe('HTTP/1.1 404 Not Found');
    }
  });
});
