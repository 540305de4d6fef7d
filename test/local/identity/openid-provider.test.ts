import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import * as oauth from 'oauth4webapi';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { startApiGateway } from '../../../local/aws/api-gateway.ts';
import type { LoopbackServer } from '../../../local/aws/loopback.ts';
import { LocalIdentity } from '../../../local/identity/local-identity.ts';
import { People, type Person } from '../../../local/identity/people.ts';
import { accessibilityFaults } from '../../support/accessibility.ts';
import { launchBrowser } from '../../support/browser.ts';
import { CONSOLE, CodeFlow, CookieJar, discovered, PLAIN, tokensOf } from '../../support/log-in.ts';

let folder: string;
let identity: LocalIdentity;
let api: LoopbackServer;
let server: oauth.AuthorizationServer;
const ALL = 'openid profile gdpr.read gdpr.retrieve gdpr.anonymize gdpr.approve gdpr.operate gdpr.download';
const CODE_GRANT = { grant_type: 'authorization_code', client_id: 'console', code_verifier: 'x'.repeat(43) };
const printed = (['info', 'warn', 'error'] as const).map((name) => vi.spyOn(console, name));

const person = (username: string): Person => identity.people.all.find((one) => one.username === username)!;
/** What the API says to a token: the claims that the functions get, or 401. */
const atApi = async (token: string): Promise<Record<string, string> | number> => {
  const answer = await fetch(`${api.url}/v1/who`, { headers: { authorization: `Bearer ${token}` } });
  return answer.ok ? ((await answer.json()) as Record<string, string>) : answer.status;
};
const scopesOf = async (token: string) =>
  String(Object(await atApi(token)).scope)
    .split(' ')
    .sort();

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'issuer-'));
  identity = await LocalIdentity.open(folder);
  api = await startApiGateway({
    routes: { 'GET /v1/who': { name: 'who' } },
    identity,
    consoleDir: folder,
    invoke: async (_name, event) => ({
      ok: true,
      payload: (event as { requestContext: { authorizer: { jwt: { claims: object } } } }).requestContext.authorizer.jwt
        .claims,
    }),
  });
  identity.servedAt(api.url);
  server = await discovered(api.url);
});
afterAll(async () => {
  await api.stop();
  await rm(folder, { recursive: true });
});

describe('the issuer of this machine (R0, R19)', () => {
  it('gives each person tokens by code flow and PKCE, with those scopes that the person has', async () => {
    const [operator, approver] = await Promise.all(
      ['operator', 'approver'].map((name) => tokensOf(api.url, person(name), ALL)),
    );

    const keys = createRemoteJWKSet(new URL(server.jwks_uri!));
    const expected = { issuer: `${api.url}/oidc`, audience: 'nexthink-gdpr', algorithms: ['RS256'] };
    const { payload } = await jwtVerify(operator!.access_token, keys, expected);
    expect(await atApi(operator!.access_token)).toMatchObject({ sub: payload.sub, client_id: 'console' });
    expect(await scopesOf(operator!.access_token)).toEqual(ALL.split(' ').slice(2).sort());
    expect(await scopesOf(approver!.access_token)).toEqual(['gdpr.approve', 'gdpr.read']);
    expect(oauth.getValidatedIdTokenClaims(approver!)).toMatchObject({
      name: 'Approver',
      preferred_username: 'approver',
      sub: expect.stringMatching(/^[\w-]{22}$/),
    });
    expect(payload.sub).toBe(Object(await atApi(await identity.issue('operator'))).sub); // the same Caller by every way
  });

  it('renews tokens without a log-in, once for each refresh token, until the log-out', async () => {
    const flow = new CodeFlow(server, `${api.url}/`);
    const { url } = await flow.begin('openid gdpr.read');
    const { username, password } = person('dpo');
    const first = await flow.tokens((await flow.logIn(url, username, password)).url);
    const renew = async (token: string) => {
      const answer = await oauth.refreshTokenGrantRequest(server, CONSOLE, oauth.None(), token, PLAIN);
      return await oauth.processRefreshTokenResponse(server, CONSOLE, answer);
    };

    const second = await renew(first.refresh_token!);
    expect(await scopesOf(second.access_token)).toEqual(['gdpr.read']);
    const silent = await flow.begin('openid gdpr.read', { prompt: 'none' });
    expect(silent.url.searchParams.get('code')).toBeTruthy();
    const end = new URL(server.end_session_endpoint!);
    end.search = new URLSearchParams({
      id_token_hint: first.id_token!,
      post_logout_redirect_uri: `${api.url}/`,
    }).toString();
    const page = await (await flow.jar.send(end)).text();
    const [, action = '', xsrf = ''] = /action="([^"]+)".*name="xsrf" value="([^"]+)"/.exec(page)!;
    const left = await flow.jar.send(action, { xsrf, logout: 'yes' });

    expect(left.headers.get('location')).toBe(`${api.url}/`);
    await expect(renew(second.refresh_token!)).rejects.toMatchObject({ error: 'invalid_grant' });
    const again = await flow.begin('openid gdpr.read', { prompt: 'none' });
    expect(again.url.searchParams.get('error')).toBe('login_required');
  });

  it('gives a machine a token by its client credentials', async () => {
    const client: oauth.Client = { client_id: identity.machine.clientId };
    const ask = async (secret: string) => {
      const form = new URLSearchParams({ scope: 'gdpr.read gdpr.retrieve gdpr.approve' });
      const auth = oauth.ClientSecretBasic(secret);
      const answer = await oauth.clientCredentialsGrantRequest(server, client, auth, form, PLAIN);
      return await oauth.processClientCredentialsResponse(server, client, answer);
    };

    const { access_token } = await ask(identity.machine.clientSecret);

    expect(await scopesOf(access_token)).toEqual(['gdpr.read', 'gdpr.retrieve']);
    await expect(ask('wrong')).rejects.toThrow();
  });

  it('gives no token without PKCE, to another address, for a forged code or to a page of another origin', async () => {
    const flow = new CodeFlow(server, `${api.url}/`);
    const plain = await flow.begin('openid', { code_challenge: '', code_challenge_method: '' });
    const elsewhere = await flow.begin('openid', { redirect_uri: 'http://127.0.0.1:9/' });
    const exchange = (origin: string, code: string) =>
      fetch(server.token_endpoint!, {
        method: 'POST',
        headers: { origin },
        body: new URLSearchParams({ ...CODE_GRANT, redirect_uri: `${api.url}/`, code }),
      });
    const [own, other] = await Promise.all([
      exchange(`http://localhost:${api.port}`, 'x'),
      exchange('http://x.example', 'x'),
    ]);

    expect(plain.url.searchParams.get('error')).toBe('invalid_request');
    expect(await elsewhere.page!.text()).toContain('The log-in cannot go on');
    expect([own.status, await own.json()]).toEqual([400, expect.objectContaining({ error: 'invalid_grant' })]);
    expect(own.headers.get('access-control-allow-origin')).toBe(`http://localhost:${api.port}`);
    expect([other.status, other.headers.get('access-control-allow-origin')]).toEqual([400, null]);
    expect(await atApi('e30.e30.AAAA')).toBe(401);
  });

  it('says that a password is wrong, not which name exists, and lets a log-in of another browser expire', async () => {
    const flow = new CodeFlow(server, `${api.url}/`);
    const { url } = await flow.begin('openid');
    const wrong = await flow.logIn(url, 'operator', '<wrong>');
    const unknown = await flow.logIn(url, 'nobody"', 'wrong');
    const stolen = await new CookieJar().send(url);

    const [shown, other] = await Promise.all([wrong.page!.text(), unknown.page!.text()]);
    expect([wrong.page!.status, unknown.page!.status]).toEqual([403, 403]);
    expect(shown).toContain('The username or the password is wrong.');
    expect(shown).not.toContain('<wrong>');
    expect(other.replace('nobody&quot;', 'operator')).toBe(shown);
    expect([stolen.status, await stolen.text()]).toEqual([400, expect.stringContaining('This log-in has expired')]);
  });

  it('keeps keys and passwords for their owner alone, and prints nothing by itself', async () => {
    const modes = (await readdir(folder)).map(async (name) => (await stat(join(folder, name))).mode & 0o777);

    expect(new Set(await Promise.all(modes))).toEqual(new Set([0o600]));
    expect((await LocalIdentity.open(folder)).people.all).toEqual(identity.people.all);
    expect(printed.flatMap((spy) => spy.mock.calls)).toEqual([]);
  });
});

describe('the log-in page', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchBrowser();
  });
  afterAll(() => browser?.close());

  it('is accessible and fits 320 px, light and dark, tells of a wrong password, and leads to the console', async () => {
    const page = await browser.newPage({ viewport: { width: 320, height: 600 } });
    const errors: string[] = [];
    page.on('console', (message) => errors.push(message.text()));
    const pkce = { code_challenge: 'x'.repeat(43), code_challenge_method: 'S256' };
    const console = { client_id: 'console', redirect_uri: `http://localhost:${api.port}/` };
    const query = new URLSearchParams({ ...console, ...pkce, response_type: 'code', scope: 'openid' });
    await page.goto(`${server.authorization_endpoint}?${query}`);
    await page.getByLabel('Username').fill('approver');
    await page.getByLabel('Password').fill('wrong');
    await page.getByRole('button', { name: 'Log in' }).click();
    await page.getByRole('alert').filter({ hasText: 'wrong' }).waitFor();

    const grounds: unknown[] = [];
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      expect(await accessibilityFaults(page, [])).toEqual([]);
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(320);
      grounds.push(await page.evaluate('getComputedStyle(document.body).backgroundColor'));
    }
    expect(new Set(grounds).size).toBe(2);
    expect(errors.filter((text) => !text.includes('403'))).toEqual([]); // nothing that the policy of the page forbids
    await page.getByLabel('Password').fill(person('approver').password);
    await page.keyboard.press('Enter');
    await page.waitForURL(/localhost.*[?&]code=/);
  });
});

describe('People', () => {
  it('lets a person wait after five wrong passwords in a row, whatever comes then, and nobody else', () => {
    let now = 1_000_000;
    const [ann, ben] = ['ann', 'ben'].map((username) => ({ username, password: username, name: '', scopes: [] }));
    const people = new People([ann!, ben!], () => now);
    for (let i = 0; i < 5; i++) expect(people.logIn('ann', 'wrong').kind).toBe('wrong');

    expect(people.logIn('ann', 'ann')).toMatchObject({ kind: 'too-often', why: expect.stringContaining('30 seconds') });
    expect(people.logIn('ben', 'ben').kind).toBe('right');
    now += 30_000;
    expect(people.logIn('ann', 'ann').kind).toBe('right');
    expect(people.logIn('ann', 'wrong').kind).toBe('wrong');
  });
});
