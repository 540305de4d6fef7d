import { mkdtemp, rm } from 'node:fs/promises';
import type { RequestListener } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { enginesRoute } from '../../../../functions/api/preview.ts';
import { startApiGateway } from '../../../../local/aws/api-gateway.ts';
import type { LoopbackServer } from '../../../../local/aws/loopback.ts';
import { LocalIdentity } from '../../../../local/identity/local-identity.ts';
import { createAuthority } from '../../../../local/simulator/servers/certificates.ts';
import { findDeadPort, serve } from '../../../../local/simulator/servers/serving.ts';
import { jsonLog } from '../../../../modules/common/adapters/json-log.ts';
import { pause } from '../../../../modules/common/adapters/sleep.ts';
import { engineWebApi } from '../../../../modules/engines/adapters/engine-web-api.ts';
import { listEnginesApi } from '../../../../modules/engines/adapters/list-engines-api.ts';
import type { EnginesView } from '../../../../modules/engines/list-engines.ts';
import { basicAuthorization } from '../../../../modules/net/https-agent.ts';
import type { Trust } from '../../../../modules/net/trust.ts';
import { run } from '../../../support/command.ts';
import { callerRules, memoryLeases } from '../../../support/fakes.ts';
import { filteredPort, muteServer } from '../../../support/silent-port.ts';
import { startTlsPeer } from '../../../support/tls-peer.ts';

const login = { username: 'privacy-operator', password: 'open sesame' };
const HOUR = 3_600_000;
const [ours, stranger] = [createAuthority('Company CA'), createAuthority('Unknown CA')];
const trust: Trust = { mode: 'ca', pem: ours.pem };

/** Where an Engine of the test is, how it is trusted, and what is odd in its entry of List Engines. */
interface Place {
  readonly port: number;
  readonly trust?: Trust;
  readonly entry?: Readonly<Record<string, unknown>>;
}

const places = new Map<string, Place>();
/** Requests that arrived, by Engine. */
const arrived = new Map<string, number>();
const lines: string[] = [];
const open: { stop(): unknown }[] = [];
let api: LoopbackServer;
let token: string;
let folder: string;
let federation: readonly string[] = [];

const GOOD: RequestListener = (_request, response) => void response.end('id\n17\n');

/** An Engine behind real TLS. */
async function engine(name: string, certificate = ours.issue(name), answer = GOOD, more: Omit<Place, 'port'> = {}) {
  const listener: RequestListener = (request, response) => {
    arrived.set(name, (arrived.get(name) ?? 0) + 1);
    request.resume().on('end', () => answer(request, response));
  };
  const server = await serve(listener, 0, { certificate });
  open.push(server);
  places.set(name, { port: server.port, ...more });
}

const answers =
  (status: number, body: string, headers = {}): RequestListener =>
  (_request, response) =>
    void response.writeHead(status, headers).end(body);

/** Faults by name of the Engine: code of the finding, and the setting that it names. */
const FAULTS = {
  dns: ['name-unknown', 'engines.dns.host'],
  refused: ['refused', 'engines.refused.port'],
  filtered: ['no-answer', 'engines.filtered.port'],
  mute: ['tls-silent', 'engines.mute.port'],
  plain: ['no-tls', 'engines.plain.port'],
  'wrong-certificate': ['certificate-other-name', 'engines.wrong-certificate.trust'],
  expired: ['certificate-expired', 'engines.expired.trust'],
  'cn-only': ['certificate-no-alternative-name', 'engines.cn-only.trust'],
  'wrong-ca': ['certificate-issuer', 'engines.wrong-ca.trust'],
  'changed-fingerprint': ['certificate-other-fingerprint', 'engines.changed-fingerprint.trust'],
  'lesser-account': ['login-insufficient', 'profile of the account in the Portal (Data privacy, Finder access)'],
  'no-licence': ['no-licence', 'noLicence'],
  'not-data': ['not-proved', 'engines.not-data.port'],
  'old-version': ['version-old', 'federation'],
  'clock-off': ['clock-off', 'clock of the Engine (NTP)'],
  'null-address': ['listed-broken', 'engines.null-address.host'],
  'null-timezone': ['listed-broken', 'engines.null-timezone.timezone'],
  disconnected: ['not-connected', 'connection of the Engine to the Portal'],
  unlisted: ['not-listed', 'federation'],
  outsider: ['not-federated', 'federation'],
} as const;

/** The certificates that are not trusted. */
const UNTRUSTED = ['wrong-certificate', 'expired', 'cn-only', 'wrong-ca', 'changed-fingerprint'];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gdpr-set-up-'));
  const [filtered, mute, plain] = await Promise.all([filteredPort(), muteServer(), serve(GOOD, 0, undefined)]);
  open.push(filtered, mute, plain);
  places.set('dns', { port: 1671, entry: { address: 'engine.invalid' } });
  places.set('refused', { port: await findDeadPort() });
  places.set('filtered', { port: filtered.port });
  places.set('mute', { port: mute.port });
  places.set('plain', { port: plain.port });
  await engine('wrong-certificate', ours.issue('x', { name: 'other.example' }));
  await engine('expired', ours.issue('x', { endedHours: 2 }));
  await engine('cn-only', ours.issue('127.0.0.1', { name: null }));
  await engine('wrong-ca', stranger.issue('x'));
  const sha256 = Array.from({ length: 32 }, () => 'AB').join(':');
  await engine('changed-fingerprint', undefined, undefined, { trust: { mode: 'fingerprint', sha256 } });
  await engine('good');
  await engine('lesser-account', undefined, answers(401, ''));
  await engine('no-licence', undefined, answers(403, '<html>no license for the Web API'));
  await engine('not-data', undefined, answers(200, 'reindexing, try later\n'));
  await engine('old-version', undefined, undefined, { entry: { version: '6.5.1' } });
  const late = (): RequestListener => (request, response) =>
    answers(200, 'id\n', { date: new Date(Date.now() + HOUR).toUTCString() })(request, response);
  await engine('clock-off', undefined, late());
  await engine('null-address', undefined, undefined, { entry: { address: null } });
  await engine('null-timezone', undefined, undefined, { entry: { timezone: null } });
  await engine('disconnected', undefined, undefined, { entry: { status: 'DISCONNECTED' } });
  await engine('outsider');

  const portal = await startTlsPeer((response) => {
    const isGood = response.req.headers.authorization === basicAuthorization(login.username, login.password);
    const entries = [...places].map(([name, { entry }]) => ({
      name,
      databaseUID: `${name}-uid`,
      status: 'CONNECTED',
      address: '127.0.0.1',
      timezone: 'UTC',
      version: '6.30.1',
      ...entry,
    }));
    response.writeHead(isGood ? 200 : 401).end(isGood ? JSON.stringify(entries) : '');
  });
  open.push(portal);
  const outside = { allowLoopback: true, now: () => new Date(), log: jsonLog((line) => lines.push(line)) };
  const engineApi = engineWebApi({
    ...outside,
    addressOf: ({ name, address }) => {
      const place = places.get(name)!;
      return { host: address, port: place.port, trust: place.trust ?? trust, answerBytes: 1e6 };
    },
    lookMs: 1_500,
    timeoutSeconds: 5,
    idleSeconds: 5,
    marker: { statuses: [403], words: ['license'] },
    pause,
    random: Math.random,
  });
  open.push({ stop: engineApi.close });
  const portalTrust = { mode: 'ca' as const, pem: portal.caPem };
  const portalApi = listEnginesApi({ ...outside, url: portal.url, trust: portalTrust, auth: { mode: 'basic' } });
  const identity = await LocalIdentity.open(folder);
  token = await identity.issue('anna');
  api = await startApiGateway({
    routes: { 'POST /v1/engines': { name: 'preview' } },
    identity,
    consoleDir: folder,
    invoke: async (_name, event) => {
      const handler = enginesRoute(
        { callerLimits: { callsPerMinute: 1_000, unfinishedRequests: 1_000 } },
        {
          engineApi,
          portalApi,
          federation,
          leases: memoryLeases(),
          pause,
          clock: { now: outside.now },
          log: outside.log,
          callers: callerRules,
          countCall: async () => 1,
        },
      );
      return { ok: true, payload: await handler(event as never, {} as never) };
    },
  });
  open.push(api);
}, 60_000);

afterAll(async () => {
  for (const each of open.reverse()) await each.stop();
  await rm(folder, { recursive: true, force: true });
});

/** Runs `gdpr engines` with only these Engines in the federation. */
function check(names: readonly string[], options: readonly string[] = ['--check'], password = login.password) {
  federation = names;
  lines.length = 0;
  arrived.clear();
  const args = ['cli/main.ts', 'engines', ...options, '--api', api.url, '--login', login.username];
  return run('node', args, { GDPR_TOKEN: token, GDPR_PASSWORD: password });
}

const inside = (names: readonly string[]) => names.filter((name) => name !== 'outsider');
const logged = () => lines.map((line) => JSON.parse(line) as { engineId?: string; error?: string; field?: string });

describe('gdpr engines --check (R5)', () => {
  it('names each fault of the set-up with its setting, in the output and in the log', async () => {
    const { code, stdout, stderr } = await check(['good', ...inside(Object.keys(FAULTS))]);

    expect(stderr).toBe('');
    expect(code).toBe(1);
    const blocks = new Map(stdout.split(/\n(?=\S)/).map((block) => [block.split(/\s/)[0], block]));
    const shown = Object.entries(FAULTS).map(([name, [fault, setting]]) => {
      const found = blocks.get(name)?.match(/^ {2}[a-z-]+: .*To change: .*$/gm) ?? [];
      return [
        name,
        found.length,
        found.some((line) => line.startsWith(`  ${fault}: `) && line.endsWith(`To change: ${setting}`)),
      ];
    });
    expect(shown).toEqual(Object.keys(FAULTS).map((name) => [name, 1, true]));
    expect(blocks.get('good')).toMatch(/^good +CONNECTED +READY +6\.30\.1 +UTC/);
    const logs = logged().filter(({ engineId }) => engineId !== undefined);
    for (const [name, [error, field]] of Object.entries(FAULTS).filter(([name]) => name !== 'unlisted'))
      expect(logs).toContainEqual(expect.objectContaining({ engineId: `${name}-uid`, error, field }));
    expect(logs).toContainEqual(expect.objectContaining({ error: 'not-listed', field: 'federation' }));
    expect(lines.join('\n')).not.toMatch(/privacy-operator|sesame|127\.0\.0\.1|CN=/);
  }, 60_000);

  it('sends the password to no Engine whose certificate is not trusted, and to the others once', async () => {
    await check(['good', ...inside(Object.keys(FAULTS))]);

    expect(UNTRUSTED.filter((name) => arrived.has(name))).toEqual([]);
    expect([...arrived].sort()).toEqual(
      ['clock-off', 'good', 'lesser-account', 'no-licence', 'not-data', 'old-version'].map((name) => [name, 1]),
    );
  }, 60_000);

  it('shows each certificate with its fingerprint and the trust to paste into settings.json (R11)', async () => {
    const { stdout } = await check(UNTRUSTED);
    const { engines } = JSON.parse((await check(UNTRUSTED, ['--json'])).stdout) as EnginesView;

    for (const { name, certificate, trust: pasted } of engines.filter(({ state }) => state === 'NOT_READY')) {
      expect(pasted).toEqual({ mode: 'fingerprint', sha256: certificate!.sha256 });
      expect(stdout).toContain(`"engines": ${JSON.stringify({ [name]: { trust: pasted } })}`);
      places.set(name, { ...places.get(name)!, trust: pasted! });
    }
    const repaired = await check(UNTRUSTED);

    expect(repaired.stdout.match(/ READY /g)).toHaveLength(UNTRUSTED.length);
  }, 60_000);

  it('names a wrong password, which reaches the Portal once and no Engine', async () => {
    const { code, stderr } = await check(['good'], ['--check'], 'wrong');

    expect(code).toBe(1);
    expect(stderr).toContain('refused this user name or password; to change: login');
    expect(logged()).toEqual([{ level: 'warn', event: 'login refused by the Portal', field: 'login' }]);
    expect([...arrived]).toEqual([]);
  }, 60_000);

  it('sends an account that two Engines refuse to no third one', async () => {
    for (const name of ['second', 'third', 'fourth']) await engine(name, undefined, answers(401, ''));
    const { code, stdout } = await check(['lesser-account', 'second', 'third', 'fourth']);

    expect(code).toBe(1);
    expect([...arrived.values()]).toEqual([1, 1]);
    expect(stdout.match(/not-measured: The login was not sent, because other Engines refused it or/g)).toHaveLength(2);
  }, 60_000);

  it('exits 0 when all is ready, 3 when there are only warnings, and 0 as a plain list', async () => {
    const all = [...places.keys()];
    for (const name of all.filter((each) => each !== 'good')) places.delete(name);

    expect((await check(['good'])).code).toBe(0);
    await engine('clock-off', undefined, answers(200, 'id\n', { date: new Date(Date.now() - HOUR).toUTCString() }));
    expect((await check(['good', 'clock-off'])).code).toBe(3);
    expect((await check(['good', 'clock-off'], [])).code).toBe(0);
    expect((await check(['good'])).stdout).toMatch(/outsider|clock-off +NOT_FEDERATED/);
  }, 60_000);
});
