import { generateKeyPairSync, randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createLocalJWKSet, exportJWK, jwtVerify } from 'jose';
import Provider from 'oidc-provider';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { buildConsole } from '../../local/build-console.ts';
import { createAuthority } from '../../local/simulator/servers/certificates.ts';
import { type Serving, serve } from '../../local/simulator/servers/serving.ts';
import { aView, REQUEST_ID, ScriptedApi } from '../cli/scripted-api.ts';
import { type Deployment, example, pageHeadersOf, templatesOf } from '../infra/synthesize.ts';
import { launchBrowser, SHORT_LIVED } from '../support/browser.ts';
import { bucketOf, type PageAnswer, PrivatePage } from '../support/private-page.ts';

/** What the templates of a company say of its provider, the same for both. */
const { issuer, audience, clientId } = example('company').identityProvider!;
const ISSUER = new URL(issuer);
const RESOURCE = 'https://api.corp.example';
/** Shorter than what the console wants to have left of a token, so that it renews it before each call. */
const TOKEN_SECONDS = 30;

/** A host of the page: its address without the last slash, and its answers below that; `undefined`: the API's. */
interface Host {
  readonly page: string;
  readonly answer: (path: string, headers: IncomingMessage['headers']) => PageAnswer | undefined;
}

const built = await buildConsole();
const deploymentOf = (name: 'company' | 'private'): Deployment => {
  const config = example(name);
  return templatesOf({ console: { ...config.console, page: built } }, config);
};

/** CloudFront as the template sets it up: files with its headers, calls passed on to the API. */
function cloudFront(): Host {
  const deployment = deploymentOf('company');
  const [read, headers] = [bucketOf(deployment), pageHeadersOf(deployment)];
  const answer = (path: string) => {
    const { status, headers: said, body } = read(path === '/' ? 'index.html' : path.slice(1));
    return status === 200 ? { status, headers: { ...said, ...headers }, body } : { status, headers: {}, body };
  };
  const page = `https://${example('company').console!.domain}`;
  return { page, answer: (path) => (path.startsWith('/v1/') ? undefined : answer(path)) };
}

/** The private API: page and calls below its stage, by the methods of the template. */
function privateApi(): Host {
  const page = new PrivatePage(deploymentOf('private'));
  return {
    page: 'https://api-vpce.execute-api.eu-central-1.amazonaws.com/gdpr',
    answer: (path, { accept, 'if-none-match': known }) => page.get(path, { accept, 'if-none-match': known }),
  };
}

const key = generateKeyPairSync('rsa', { modulusLength: 2048 });
const keys = createLocalJWKSet({ keys: [{ ...(await exportJWK(key.publicKey)), kid: 'one', alg: 'RS256' }] });

/** A provider of somebody else's: the package with its own pages and its own defaults, and the client of the template. */
function foreignProvider(page: string, grants: string[]) {
  const jwk = { ...key.privateKey.export({ format: 'jwk' }), use: 'sig', alg: 'RS256', kid: 'one' };
  const provider = new Provider(issuer, {
    jwks: { keys: [jwk] },
    cookies: { keys: [randomBytes(16).toString('hex')] },
    clients: [
      {
        client_id: clientId,
        token_endpoint_auth_method: 'none',
        grant_types: ['authorization_code', 'refresh_token'],
        redirect_uris: [`${page}/`],
        post_logout_redirect_uris: [`${page}/`],
      },
    ],
    scopes: ['openid', 'profile'],
    claims: { openid: ['sub'], profile: ['name'] },
    ttl: { AccessToken: TOKEN_SECONDS, Session: 600, Grant: 600, Interaction: 600, IdToken: 600, RefreshToken: 600 },
    findAccount: (_context: unknown, sub: string) => ({ accountId: sub, claims: () => ({ sub, name: 'Ada' }) }),
    issueRefreshToken: () => true,
    clientBasedCORS: (_context: unknown, origin: string) => origin === new URL(page).origin,
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

describe.each([
  ['CloudFront', cloudFront],
  ['a private API', privateApi],
])('the page behind %s (R33)', (_, make) => {
  const faults: string[] = [];
  /** Tokens of calls of the API, and calls of the token endpoint. */
  const [tokens, grants]: [string[], string[]] = [[], []];
  const host = make();
  const { origin, pathname: below } = new URL(`${host.page}/`);
  const api = new ScriptedApi(host.page);
  let server: Serving;
  let browser: Browser;
  let page: Page;

  async function callApi(path: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const token = request.headers.authorization?.replace(/^Bearer /, '') ?? '';
    tokens.push(token);
    const isGood = await jwtVerify(token, keys, { issuer, audience }).then(
      ({ payload }) => String(payload.scope).split(' ').includes('gdpr.read'),
      () => false,
    );
    if (!isGood) return void response.writeHead(401).end('{"message":"Unauthorized"}');
    await api.answer(Object.assign(request, { url: path }), response);
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, search } = new URL(request.url!, origin);
    if (!`${pathname}/`.startsWith(below)) return void response.writeHead(403).end();
    const path = `/${pathname.slice(below.length)}`;
    const found = host.answer(path, request.headers);
    if (found) return void response.writeHead(found.status, found.headers).end(found.body);
    return await callApi(path + search, request, response);
  }

  beforeAll(async () => {
    const provide = foreignProvider(host.page, grants);
    const certificate = createAuthority('Company CA').issue('corp', { name: new URL(origin).hostname });
    server = await serve(
      (request, response) =>
        request.headers.host === ISSUER.host
          ? provide(request, response)
          : void answer(request, response).catch(() => response.destroy()),
      0,
      { certificate },
    );
    const hosts = [ISSUER.host, new URL(origin).host].map((name) => `MAP ${name} 127.0.0.1:${server.port}`).join(', ');
    browser = await launchBrowser(SHORT_LIVED, `--host-resolver-rules=${hosts}`, '--ignore-certificate-errors');
  });
  beforeEach(async () => {
    const context = await browser.newContext({ locale: 'en-GB', reducedMotion: 'reduce' });
    page = await context.newPage();
    page.setDefaultTimeout(60_000);
    await page.route('https://fonts.googleapis.com/**', (route) =>
      route.fulfill({ contentType: 'text/css', body: '' }),
    );
    await page.exposeFunction('noteBreach', (what: string) => faults.push(what));
    await page.addInitScript(() =>
      addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) =>
        (globalThis as unknown as { noteBreach(what: string): void }).noteBreach(`${violatedDirective} ${blockedURI}`),
      ),
    );
    page.on('pageerror', ({ message }) => faults.push(message));
    page.on('console', (message) => message.type() === 'error' && faults.push(message.text()));
    api.token = undefined;
    api.pages = [[aView({ requestId: REQUEST_ID, reference: 'HR-1', dueAt: '2999-12-02T23:59:59.000Z' })]];
  });
  afterEach(async () => {
    await page.context().close();
    expect(faults.splice(0)).toEqual([]);
  });
  afterAll(async () => {
    await browser?.close();
    await server?.stop();
  });

  async function logIn(): Promise<void> {
    await page.getByRole('button', { name: 'LOG IN' }).click();
    await page.getByPlaceholder('Enter any login').fill('ada');
    await page.getByPlaceholder('and password').fill('lovelace');
    await page.getByRole('button', { name: 'Sign-in' }).click();
    await page.getByRole('button', { name: 'Continue' }).click(); // consent
  }

  it('logs in at a provider of somebody else, under the headers of the template', async () => {
    const opened = await page.goto(`${host.page}/#/requests`, { waitUntil: 'commit' });
    const headers = pageHeadersOf(deploymentOf('company'));
    expect(opened!.headers()).toMatchObject(headers);
    expect(Object.keys(headers).sort()).toEqual([
      'content-security-policy',
      'referrer-policy',
      'strict-transport-security',
      'x-content-type-options',
      'x-frame-options',
    ]);

    await logIn();
    await page.getByRole('link', { name: 'HR-1' }).waitFor();
    expect(page.url()).toBe(`${host.page}/#/requests`);

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
    expect(page.url()).toBe(`${host.page}/`);
    await page.reload({ waitUntil: 'commit' });
    await page.getByRole('button', { name: 'LOG IN' }).waitFor();
  });

  it('opens a link of a ticket, which has no slash before its fragment, and goes back and forth from there', async () => {
    await page.goto(`${host.page}#/requests`, { waitUntil: 'commit' });
    await logIn();
    await page.getByRole('link', { name: 'HR-1' }).click();
    await page.waitForURL(`${host.page}/#/requests/${REQUEST_ID}`);
    await page.goBack();
    await page.getByRole('link', { name: 'HR-1' }).waitFor();
    expect(page.url()).toBe(`${host.page}/#/requests`);
    await page.getByRole('link', { name: 'GDPR', exact: true }).first().click();
    await page.waitForURL(`${host.page}/#/gdpr`);

    await page.goto(`${host.page}/index.html#/requests`, { waitUntil: 'commit' });
    await page.getByRole('link', { name: 'HR-1' }).waitFor();
    expect(page.url()).toBe(`${host.page}/#/requests`);
  });
});
