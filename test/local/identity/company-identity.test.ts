import { createHmac, sign } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exportJWK } from 'jose';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startApiGateway } from '../../../local/aws/api-gateway.ts';
import type { LoopbackServer } from '../../../local/aws/loopback.ts';
import { CompanyIdentity } from '../../../local/identity/company-identity.ts';
import { LocalIdentity } from '../../../local/identity/local-identity.ts';
import { callerFrom } from '../../../modules/requests/caller.ts';
import { CompanyIssuer, signingKey } from '../../support/company-issuer.ts';
import { startTlsPeer } from '../../support/tls-peer.ts';

const RULES = { scopeClaim: 'roles', machines: {} };
const ROLES = { roles: ['gdpr.read', 'gdpr.approve'] };

let issuer: CompanyIssuer;
let folder: string;
let own: LocalIdentity;
let api: LoopbackServer;

/** The API before its first call: nobody has asked the issuer yet. */
async function start(pem = issuer.peer.caPem): Promise<void> {
  await api?.stop();
  const provider = { issuer: issuer.url, audience: 'gdpr-api', clientId: 'gdpr-console', scopeClaim: 'roles' };
  api = await startApiGateway({
    routes: { 'GET /v1/who': { name: 'who' } },
    identity: new CompanyIdentity({ ...provider, trust: { mode: 'ca', pem } }, own),
    consoleDir: folder,
    invoke: async (_name, event) => {
      const { requestContext } = event as { requestContext: { authorizer: Parameters<typeof callerFrom>[0] } };
      return { ok: true, payload: callerFrom(requestContext.authorizer, RULES) };
    },
  });
}

const call = async (bearer: string) => {
  const answer = await fetch(`${api.url}/v1/who`, { headers: { authorization: `Bearer ${bearer}` } });
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
};

/** The oldest trick: an HMAC whose password is the public key. */
async function forged(): Promise<string> {
  const claims = (await issuer.token()).split('.')[1];
  const head = Buffer.from(JSON.stringify({ alg: 'HS256', kid: 'first' })).toString('base64url');
  const password = issuer.keys[0]!.publicKey.export({ type: 'spki', format: 'pem' });
  return `${head}.${claims}.${createHmac('sha256', password).update(`${head}.${claims}`).digest('base64url')}`;
}

/** Claims of a good token under another head. */
async function headed(head: object, sign = (_text: string) => ''): Promise<string> {
  const claims = (await issuer.token(ROLES)).split('.')[1];
  const text = `${Buffer.from(JSON.stringify(head)).toString('base64url')}.${claims}`;
  return `${text}.${sign(text)}`;
}

/** By the key of the provider. */
const signed = (text: string) => sign('sha256', Buffer.from(text), issuer.keys[0]!.privateKey).toString('base64url');

/** The same token, really signed, with an extension in its head that must be understood. */
function critical(token: string): Promise<string> {
  const head = {
    ...(JSON.parse(Buffer.from(token.split('.')[0]!, 'base64url').toString()) as object),
    crit: ['x'],
    x: 1,
  };
  return headed(head, signed);
}

/** Signed by a stranger, whose key the head tells in some way. */
async function withKeyInHead(tell: (jwk: object) => object): Promise<string> {
  const stranger = signingKey('stranger');
  const head = { alg: 'RS256', kid: 'first', ...tell(await exportJWK(stranger.publicKey)) };
  return headed(head, (text) => sign('sha256', Buffer.from(text), stranger.privateKey).toString('base64url'));
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'company-'));
  own = await LocalIdentity.open(folder);
  issuer = await CompanyIssuer.start();
});
beforeEach(async () => {
  issuer.peer.asked.length = 0;
  await start();
});
afterAll(async () => {
  await api.stop();
  await issuer.peer.stop();
  await rm(folder, { recursive: true });
});

describe('tokens of the company (R30, R33)', () => {
  it('open the API, with the scopes of the claim that the file names', async () => {
    const person = { callerId: 'a1b2', kind: 'person', scopes: ['gdpr.read', 'gdpr.approve'] };
    expect(await call(await issuer.token(ROLES))).toEqual({ status: 200, body: person });
    expect(await call(await issuer.token({ ...ROLES, aud: ['other', 'gdpr-api'] }))).toMatchObject({ status: 200 });
    // Amazon Cognito names the client, and no audience.
    const ofCognito = await issuer.token({ ...ROLES, aud: undefined, client_id: 'gdpr-api' });
    expect(await call(ofCognito)).toMatchObject({ status: 200 });
    expect(issuer.peer.asked.map(({ request }) => request.url)).toEqual([
      '/realms/corp/.well-known/openid-configuration',
      '/keys',
    ]);
  });

  it.each<[string, () => Promise<string>]>([
    ['for another API', () => issuer.token({ aud: 'mail' })],
    [
      'for another API, from a client with the name of this one',
      () => issuer.token({ aud: 'm', client_id: 'gdpr-api' }),
    ],
    ['of another issuer', () => issuer.token({ iss: 'https://elsewhere.example' })],
    ['that is too old', () => issuer.token({ exp: 1 })],
    ['without an end', () => issuer.token({ exp: undefined })],
    ['of nobody', () => issuer.token({ sub: undefined })],
    ['of another key with the same id', () => issuer.token({}, signingKey('first'))],
    ['of a key that nobody has published', () => issuer.token({}, signingKey('other'))],
    ['signed with the public key as a password', forged],
    ['without a signature', () => headed({ alg: 'none' })],
    ['without a signature, by another spelling', () => headed({ alg: 'nOnE', kid: 'first' })],
    ['with the signature of a good one under `none`', async () => `${await headed({ alg: 'none' })}AAAA`],
    ['that is not good yet', () => issuer.token({ nbf: Math.floor(Date.now() / 1000) + 3600 })],
    ['of the future', () => issuer.token({ iat: Math.floor(Date.now() / 1000) + 3600 })],
    ['that does not name its key', () => headed({ alg: 'RS256' }, signed)],
    ['whose key id is a path', () => issuer.token({}, signingKey('../../../../dev/null'))],
    ['whose key id is an address', () => issuer.token({}, signingKey('https://elsewhere.example/keys'))],
    ['whose key id is a statement', () => issuer.token({}, signingKey("x' OR '1'='1"))],
    ['that brings its own key', () => withKeyInHead((jwk) => ({ jwk }))],
    [
      'that names an address of its own keys',
      () => withKeyInHead(() => ({ jku: `${issuer.url}/own`, x5u: issuer.url })),
    ],
    ['with an extension that nobody knows', () => issuer.token({}).then((token) => critical(token))],
    ['of a sample person of this machine', () => own.issue('approver')],
  ])('are refused %s', async (_, made) => {
    expect(await call(await made())).toMatchObject({ status: 401 });
    const asked = issuer.peer.asked.map(({ request }) => request.url);
    expect(asked.filter((url) => !['/realms/corp/.well-known/openid-configuration', '/keys'].includes(url!))).toEqual(
      [],
    );
  });

  it('of a new key are good at once: the keys are read again', async () => {
    const [second, before] = [signingKey('second'), issuer.keys];
    issuer.keys = [...before, second];
    expect(await call(await issuer.token(ROLES, second))).toMatchObject({ status: 200 });
    issuer.keys = before;
  });

  it('cannot be checked while the provider is away: 503 and not 401, until it is back', async () => {
    const { configuration } = issuer;
    for (const wrong of [undefined, {}, { ...configuration, issuer: 'https://elsewhere.example' }]) {
      issuer.configuration = wrong;
      expect(await call(await issuer.token(ROLES))).toMatchObject({ status: 503 });
    }
    issuer.configuration = configuration;
    for (const page of ['<html>We are back soon</html>', '{}']) {
      issuer.insteadOfKeys = page;
      expect(await call(await issuer.token(ROLES))).toMatchObject({ status: 503 });
    }
    issuer.insteadOfKeys = undefined;
    expect(await call(await issuer.token(ROLES))).toMatchObject({ status: 200 });
  });

  it('are not checked with the keys of a server whose certificate is not trusted (R11)', async () => {
    const other = await startTlsPeer(() => {});
    await start(other.caPem);
    expect(await call(await issuer.token(ROLES))).toMatchObject({ status: 503 });
    expect(issuer.peer.asked).toEqual([]);
    await other.stop();
  });

  it('leave the command line of this machine its own, and no sample person a log-in', async () => {
    const { status, body } = await call(await own.issue('operator'));
    expect([status, body.scopes]).toEqual([200, expect.arrayContaining(['gdpr.operate', 'gdpr.download'])]);
    const page = await fetch(`${api.url}/oidc/.well-known/openid-configuration`);
    const password = await fetch(`${api.url}/oauth/token`, { method: 'POST', body: 'grant_type=password' });
    expect([page.status, password.status]).toEqual([404, 404]);
  });
});
