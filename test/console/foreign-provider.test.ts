import { generateKeyPairSync, randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createLocalJWKSet, exportJWK, jwtVerify } from 'jose';
import Provider from 'oidc-provider';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { staticFile } from '../../local/aws/static-files.ts';
import { buildConsole } from '../../local/build-console.ts';
import { createAuthority } from '../../local/simulator/servers/certificates.ts';
import { type Serving, serve } from '../../local/simulator/servers/serving.ts';
import { aView, REQUEST_ID, ScriptedApi } from '../cli/scripted-api.ts';
import { type Deployment, example, pageHeadersOf, templatesOf } from '../infra/synthesize.ts';
import { launchBrowser, SHORT_LIVED } from '../support/browser.ts';

/** What the template of a company says of its page and its provider. */
const CONFIG = example('company');
const { issuer, audience, clientId } = CONFIG.identityProvider!;
const ISSUER = new URL(issuer);
const PAGE = `https://${CONFIG.console!.domain}`;
const RESOURCE = 'https://api.corp.example';
/** Shorter than what the console wants to have left of a token, so that it renews it before each call. */
const TOKEN_SECONDS = 30;

const [key, files] = [generateKeyPairSync('rsa', { modulusLength: 2048 }), await buildConsole()];
const faults: string[] = [];
/** Authorization headers of calls of the API, and calls of the token endpoint. */
const [tokens, grants]: [string[], string[]] = [[], []];
const api = new ScriptedApi(PAGE);
let deployment: Deployment;
let server: Serving;
let browser: Browser;
let page: Page;
let keys: ReturnType<typeof createLocalJWKSet>;

/** A provider of somebody else's: the package with its own pages and its own defaults, and the client of the template. */
async function foreignProvider() {
  const jwk = { ...key.privateKey.export({ format: 'jwk' }), use: 'sig', alg: 'RS256', kid: 'one' };
  keys = createLocalJWKSet({ keys: [{ ...(await exportJWK(key.publicKey)), kid: 'one', alg: 'RS256' }] });
  const provider = new Provider(issuer, {
    jwks: { keys: [jwk] },
    cookies: { keys: [randomBytes(16).toString('hex')] },
    clients: [
      {
        client_id: clientId,
        token_endpoint_auth_method: 'none',
        grant_types: ['authorization_code', 'refresh_token'],
        redirect_uris: [`${PAGE}/`],
        post_logout_redirect_uris: [`${PAGE}/`],
      },
    ],
    scopes: ['openid', 'profile'],
    claims: { openid: ['sub'], profile: ['name'] },
    ttl: { AccessToken: TOKEN_SECONDS, Session: 600, Grant: 600, Interaction: 600, IdToken: 600, RefreshToken: 600 },
    findAccount: (_context: unknown, sub: string) => ({ accountId: sub, claims: () => ({ sub, name: 'Ada' }) }),
    issueRefreshToken: () => true,
    clientBasedCORS: (_context: unknown, origin: string) => origin === PAGE,
    features: {
      resourceIndicators: {
        enabled: true,
        defaultResource: () => RESOURCE,
        useGrantedResource: () => true,
        getResourceServerInfo: () => ({
          audience,
          scope: 'gdpr.read gdpr.retrieve gdpr.anonymize gdpr.approve gdpr.operate gdpr.download',
          accessTokenFormat: 'jwt',
          jwt: { sign: { alg: 'RS256' } },
        }),
      },
    },
  });
  const answer = provider.callback();
  return (request: IncomingMessage, response: ServerResponse) => {
    const path = request.url!.slice(ISSUER.pathname.length);
    if (request.method === 'POST' && path.startsWith('/token')) grants.push(path);
    Object.assign(request, { originalUrl: request.url, url: path }); // so the library knows where it is mounted
    answer(request, response);
  };
}

/** CloudFront as the template sets it up: files with its headers, `config.json` of the deployment, calls passed on to the API. */
async function cloudFront(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const path = new URL(request.url!, PAGE).pathname;
  if (path.startsWith('/v1/')) {
    const token = request.headers.authorization?.replace(/^Bearer /, '') ?? '';
    tokens.push(token);
    const isGood = await jwtVerify(token, keys, { issuer, audience }).then(
      ({ payload }) => String(payload.scope).split(' ').includes('gdpr.read'),
      () => false,
    );
    if (isGood) return await api.answer(request, response);
    return void response.writeHead(401).end('{"message":"Unauthorized"}');
  }
  const file =
    path === '/config.json'
      ? { status: 200, headers: { 'content-type': 'application/json' }, body: Buffer.from(deployment.pageConfig!) }
      : await staticFile(files, path);
  if (!file) return void response.writeHead(404).end();
  // What S3 says of a file, without the headers that it has on one machine.
  const type = { 'content-type': String(file.headers!['content-type']), 'cache-control': 'no-cache' };
  response.writeHead(200, { ...type, ...pageHeadersOf(deployment) }).end(file.body);
}

beforeAll(async () => {
  deployment = templatesOf({}, CONFIG);
  const answer = await foreignProvider();
  const certificate = createAuthority('Company CA').issue('corp', { name: new URL(PAGE).hostname });
  server = await serve(
    (request, response) =>
      request.headers.host === ISSUER.host
        ? answer(request, response)
        : void cloudFront(request, response).catch(() => response.destroy()),
    0,
    { certificate },
  );
  const hosts = [ISSUER.host, new URL(PAGE).host].map((host) => `MAP ${host} 127.0.0.1:${server.port}`).join(', ');
  browser = await launchBrowser(SHORT_LIVED, `--host-resolver-rules=${hosts}`, '--ignore-certificate-errors');
  const context = await browser.newContext({ locale: 'en-GB', reducedMotion: 'reduce' });
  page = await context.newPage();
  page.setDefaultTimeout(60_000);
  await page.route('https://fonts.googleapis.com/**', (route) => route.fulfill({ contentType: 'text/css', body: '' }));
  await page.exposeFunction('noteBreach', (what: string) => faults.push(what));
  await page.addInitScript(() =>
    addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) =>
      (globalThis as unknown as { noteBreach(what: string): void }).noteBreach(`${violatedDirective} ${blockedURI}`),
    ),
  );
  page.on('pageerror', ({ message }) => faults.push(message));
  page.on('console', (message) => message.type() === 'error' && faults.push(message.text()));
});
afterAll(async () => {
  await browser?.close();
  await server?.stop();
});

it('logs in at a provider of somebody else, under the headers that the template gives CloudFront (R33)', async () => {
  api.token = undefined;
  api.pages = [[aView({ requestId: REQUEST_ID, reference: 'HR-1', dueAt: '2999-12-02T23:59:59.000Z' })]];
  const opened = await page.goto(`${PAGE}/#/requests`, { waitUntil: 'commit' });
  expect(opened!.headers()).toMatchObject(pageHeadersOf(deployment));
  expect(Object.keys(pageHeadersOf(deployment)).sort()).toEqual([
    'content-security-policy',
    'referrer-policy',
    'strict-transport-security',
    'x-content-type-options',
    'x-frame-options',
  ]);

  await page.getByRole('button', { name: 'LOG IN' }).click();
  await page.getByPlaceholder('Enter any login').fill('ada');
  await page.getByPlaceholder('and password').fill('lovelace');
  await page.getByRole('button', { name: 'Sign-in' }).click();
  await page.getByRole('button', { name: 'Continue' }).click(); // consent
  await page.getByRole('link', { name: 'HR-1' }).waitFor();
  expect(page.url()).toBe(`${PAGE}/#/requests`);

  // The token ends within a minute: it was renewed before the call, without a frame and without a page.
  expect(grants.length).toBeGreaterThan(1);
  const renewed = tokens.at(-1);
  await page.reload({ waitUntil: 'commit' }); // the provider is asked, and still knows who it is
  await page.getByRole('link', { name: 'HR-1' }).waitFor();
  expect(tokens.at(-1)).not.toBe(renewed);

  await page.getByRole('button', { name: /ada/i }).click();
  await page.getByRole('menuitem', { name: 'LOG OUT' }).click();
  await page.getByRole('button', { name: 'Yes, sign me out' }).click();
  await page.getByRole('button', { name: 'LOG IN' }).waitFor();
  await page.reload({ waitUntil: 'commit' });
  await page.getByRole('button', { name: 'LOG IN' }).waitFor();
  expect(faults).toEqual([]);
});
