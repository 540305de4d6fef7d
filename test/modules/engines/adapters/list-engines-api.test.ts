import type { ServerResponse } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { createAuthority } from '../../../../local/simulator/servers/certificates.ts';
import { jsonLog } from '../../../../modules/common/adapters/json-log.ts';
import { listEnginesApi } from '../../../../modules/engines/adapters/list-engines-api.ts';
import { startTlsPeer } from '../../../support/tls-peer.ts';

const login = { username: 'operator', password: 'open sesame' };
const listed = [
  { name: 'engine-1', databaseUID: 'a b/1', status: 'CONNECTED', address: '10.1.2.3', port: '7000', extra: 1 },
  { name: 'engine-2', databaseUID: 17, status: 'CONNECTING', address: 'e2', timezone: 'Asia/Tokyo', version: '6.30' },
];
const open: { stop(): unknown }[] = [];
afterEach(async () => {
  for (const each of open.splice(0)) await each.stop();
});

const json = (response: ServerResponse, value: unknown) => void response.end(JSON.stringify(value));
const basic = (name: string, secret: string) => `Basic ${Buffer.from(`${name}:${secret}`).toString('base64')}`;

/** A Portal that answers as given; with `oauth` its authorization server is the same peer. */
async function setup(
  answer: (response: ServerResponse, before: number) => void,
  setting: { oauth?: boolean; scope?: string; allowLoopback?: boolean; caPem?: string } = {},
) {
  const peer = await startTlsPeer(answer);
  open.push(peer);
  const lines: string[] = [];
  const client = {
    mode: 'oauth' as const,
    tokenUrl: `${peer.url}/oauth2/token`,
    clientId: 'client',
    clientSecret: async () => 'a:b c',
    scope: setting.scope,
  };
  const api = listEnginesApi({
    url: peer.url,
    trust: { mode: 'ca', pem: setting.caPem ?? peer.caPem },
    auth: setting.oauth ? client : { mode: 'basic' },
    allowLoopback: setting.allowLoopback ?? true,
    now: () => new Date(),
    log: jsonLog((line) => lines.push(line)),
  });
  return { ...peer, api, lines };
}

describe('listEnginesApi (R10)', () => {
  it("asks with the Operator's login, and reads types and keys leniently", async () => {
    const { api, asked } = await setup((response) => json(response, listed));
    expect(await api.listEngines(login)).toEqual([
      {
        name: 'engine-1',
        engineId: expect.stringMatching(/^a-b-1-[0-9a-f]{8}$/),
        status: 'CONNECTED',
        address: '10.1.2.3',
        timezone: 'UTC',
        version: '',
      },
      {
        name: 'engine-2',
        engineId: '17',
        status: 'CONNECTING',
        address: 'e2',
        timezone: 'Asia/Tokyo',
        version: '6.30',
      },
    ]);
    expect(api.checksLogin).toBe(true);
    expect(asked.map(({ request }) => [request.method, request.url, request.headers.authorization])).toEqual([
      ['GET', '/api/configuration/v1/engines', basic('operator', 'open sesame')],
    ]);
  });

  it.each([
    [401, 'LoginRefusedError'],
    [403, 'LoginRefusedError'],
    [302, 'PortalApiUnavailableError'],
    [500, 'PortalApiUnavailableError'],
  ])('names %i, and sends the login once (decision 26)', async (status, name) => {
    const { api, asked } = await setup((response) => void response.writeHead(status, { location: '/x' }).end());
    await expect(api.listEngines(login)).rejects.toMatchObject({ name });
    expect(asked).toHaveLength(1);
  });

  it.each([
    ['a path that is not there', (to: ServerResponse) => to.writeHead(404).end(), 'HTTP 404; to change: portalApi.url'],
    ['another page', (to: ServerResponse) => to.writeHead(302).end(), 'HTTP 302; to change: portalApi.url'],
    ['a failure', (to: ServerResponse) => to.writeHead(500).end(), 'answered with HTTP 500'],
    [
      'a page',
      (to: ServerResponse) => to.end('<html>'),
      'something else than a list of Engines; to change: portalApi.url',
    ],
  ])('says what came instead of a list, and which setting leads there: %s (C8, R23)', async (_, answer, words) => {
    const { api, lines } = await setup(answer);
    await expect(api.listEngines(login)).rejects.toThrow(new RegExp(`${words}$`));
    expect(lines.join()).toContain('list of engines not readable');
  });

  it('names a certificate of the Portal that is not trusted, and its setting (C9)', async () => {
    const { api } = await setup((response) => json(response, listed), { caPem: createAuthority('Other CA').pem });
    await expect(api.listEngines(login)).rejects.toThrow('not trusted; to change: portalApi.trust');
  });

  it.each(['<html></html>', '{"error":"internal"}', 'null'])('takes %s for no list, and logs that', async (body) => {
    const { api, lines } = await setup((response) => void response.end(body));
    await expect(api.listEngines(login)).rejects.toMatchObject({ name: 'PortalApiUnavailableError' });
    expect(lines.join()).toContain('list of engines not readable');
  });

  it('lists an Engine without address beside the others, and logs the field without its value (C8)', async () => {
    const odd = { ...listed[0], databaseUID: 'odd', status: 'CONNECTED', address: null, version: { secret: 1 } };
    const { api, lines } = await setup((response) => json(response, [odd, ...listed]));
    const engines = await api.listEngines(login);
    expect(engines.map(({ status }) => status)).toEqual(['BROKEN', 'CONNECTED', 'CONNECTING']);
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      { level: 'warn', event: 'engine listed with unusable fields', engineId: 'odd', field: 'address, version' },
    ]);
  });

  it('sends no login to an address on this machine, unless told to', async () => {
    const { api, asked } = await setup((response) => json(response, listed), { allowLoopback: false });
    await expect(api.listEngines(login)).rejects.toThrow('settings.json: portalApi: a loopback');
    expect(asked).toEqual([]);
  });
});

describe('listEnginesApi for a cloud tenant', () => {
  const tenant = (response: ServerResponse, before: number) =>
    json(response, before === 0 ? { access_token: 'T0', token_type: 'Bearer' } : listed);

  it("asks with a token of its own client's, never with the Operator's login", async () => {
    const { api, asked } = await setup(tenant, { oauth: true, scope: 'service:integration' });
    expect(await api.listEngines(login)).toHaveLength(2);
    expect(api.checksLogin).toBe(false);
    const [token, list] = asked as [(typeof asked)[number], (typeof asked)[number]];
    expect([token.request.method, token.request.url]).toEqual(['POST', '/oauth2/token']);
    expect(token.request.headers.authorization).toBe(basic('client', 'a%3Ab+c'));
    expect(Object.fromEntries(new URLSearchParams(token.body))).toEqual({
      grant_type: 'client_credentials',
      scope: 'service:integration',
    });
    expect(list.request.headers.authorization).toBe('Bearer T0');
    expect(JSON.stringify(asked.map(({ body, request }) => [body, request.rawHeaders]))).not.toMatch(/operator|sesame/);
  });

  it.each([400, 401])(
    'calls a client that is refused with %i a matter of settings, not of the login',
    async (status) => {
      const { api } = await setup((response) => void response.writeHead(status).end(), { oauth: true });
      await expect(api.listEngines(login)).rejects.toMatchObject({ name: 'SettingsError' });
    },
  );

  it.each<[string, (response: ServerResponse) => void]>([
    ['a page', (response) => void response.end('<html>')],
    ['no token', (response) => json(response, { token_type: 'Bearer' })],
    ['a token without its type (RFC 6749 section 5.1)', (response) => json(response, { access_token: 'T0' })],
    ['a token of another type', (response) => json(response, { access_token: 'T0', token_type: 'mac' })],
    ['a redirect', (response) => void response.writeHead(307, { location: '/elsewhere' }).end()],
    ['nothing', (response) => void response.writeHead(204).end()],
  ])('asks no further when the token endpoint answers with %s', async (_what, answer) => {
    const { api, asked } = await setup(answer, { oauth: true });
    await expect(api.listEngines(login)).rejects.toMatchObject({ name: 'PortalApiUnavailableError' });
    expect(asked).toHaveLength(1);
  });

  it('sends no secret to an address on this machine, unless told to', async () => {
    const { api, asked } = await setup(tenant, { oauth: true, allowLoopback: false });
    await expect(api.listEngines(login)).rejects.toThrow('settings.json: portalApi: a loopback');
    expect(asked).toEqual([]);
  });

  it('does so too when the token opens nothing', async () => {
    const { api } = await setup(
      (response, before) => (before === 0 ? tenant(response, 0) : void response.writeHead(403).end()),
      { oauth: true },
    );
    await expect(api.listEngines(login)).rejects.toMatchObject({ name: 'SettingsError' });
  });
});
