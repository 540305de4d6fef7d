import { readFileSync } from 'node:fs';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { DoctorReport } from '../../client/types.ts';
import { SCHEDULES } from '../../functions/registry.ts';
import { createAuthority } from '../../local/simulator/servers/certificates.ts';
import { findDeadPort, serve } from '../../local/simulator/servers/serving.ts';
import { type LocalSystem, startLocalSystem } from '../../local/system.ts';
import { listItems, removeItem, tableOf } from '../../modules/common/adapters/dynamo-table.ts';
import { dynamoRedirection } from '../../modules/engines/adapters/dynamo-redirection.ts';
import { checkSchedule } from '../../modules/schedules/adapters/check-schedule.ts';
import { noteRun } from '../../modules/schedules/adapters/heartbeats.ts';
import { callApi } from '../support/api.ts';
import { clientOf } from '../support/clients.ts';
import { gdprOpen, run } from '../support/command.ts';
import { runAs } from '../support/portal.ts';
import { changeDocument, changeSettings, createSecret } from '../support/settings.ts';
import { filteredPort, muteServer } from '../support/silent-port.ts';
import { startTimeStampAuthority, type TimeStampAuthority } from '../support/time-stamp-authority.ts';
import { startTlsPeer, type TlsPeer } from '../support/tls-peer.ts';

type Fields = Record<string, object>;
type Documents = Readonly<Record<'settings.json' | 'portal-mapping.json', Record<string, Fields>>>;
type Row = readonly [name: string, state: string, mend: string | undefined];

const HOUR = 3_600_000;
const [ours, stranger] = [createAuthority('Company CA'), createAuthority('Unknown CA')];
const trust = { mode: 'ca' as const, pem: ours.pem };
const TICKET = 'GDPR-1';
const open: { stop(): unknown }[] = [];
const ports: Record<string, number> = {};
let system: LocalSystem;
let authority: TimeStampAuthority;
let late: TlsPeer;
let documents: Documents;
let healthy: string[];
let undo: (() => Promise<unknown>)[] = [];

/** The report of the API, or of the same bundle under another environment. */
async function examine(env?: Record<string, string>, ticket = `helpdesk:${TICKET}`): Promise<DoctorReport> {
  const path = `/v1/doctor?testTicket=${ticket}`;
  if (!env) return (await (await callApi(system, 'GET', path)).json()) as DoctorReport;
  const authorizer = { jwt: { claims: { sub: 'anna', scope: 'gdpr.operate' } } };
  const http = { method: 'GET', path: '/v1/doctor' };
  const event = { version: '2.0', routeKey: 'GET /v1/doctor', headers: {}, requestContext: { authorizer, http } };
  const script = `const { handler } = await import('./build/functions/doctor/index.mjs');
    process.stdout.write((await handler(${JSON.stringify(event)}, { getRemainingTimeInMillis: () => 28000 })).body);`;
  const args = ['--input-type=module', '-e', script];
  return JSON.parse((await run('node', args, { ...system.awsEnvironment, ...env })).stdout) as DoctorReport;
}

const wrongIn = ({ checks }: DoctorReport): Row[] =>
  checks.filter(({ state }) => state !== 'ok').map(({ name, state, mend }) => [name, state, mend]);

/** What the last measurement of redirection has found at an Engine. */
const traffic = (now: 'clear' | 'hashed' | 'unknown') =>
  dynamoRedirection(new DynamoDBClient(clientOf(system, 'DYNAMODB')), 'requests').put({
    checkedAt: '2026-11-30T12:00:00.000Z',
    engines: [{ name: 'engine-1', arriving: [{ names: 'users', now, forms: [] }] }],
    advice: [],
  });
const owner = (text: string) => runAs(system.portal, 'owner', text);
const set = (fields: object) => changeSettings(system, fields);
const engine2 = (fields: object) =>
  set({
    engines: {
      ...documents['settings.json'].engines!,
      'engine-2': { ...documents['settings.json'].engines!['engine-2'], ...fields },
    },
  });
const portalApi = (fields: object) => set({ portalApi: { ...documents['settings.json'].portalApi!, ...fields } });
const desk = (part: 'api' | 'intake', fields: object) => {
  const { helpdesk } = documents['settings.json'].connections! as Record<string, Record<string, object>>;
  return set({ connections: { helpdesk: { ...helpdesk, [part]: { ...helpdesk![part], ...fields } } } });
};
const fault2 = async (kind: string) => system.simulator.engines[1]!.setFault(kind);
const requestsTable = () => tableOf(new DynamoDBClient(clientOf(system, 'DYNAMODB')), 'requests');
const lesser = () => {
  const { username, password } = system.simulator.accounts[1]!;
  return { username, password };
};
const account = async (secretId: string, login: object) => {
  await createSecret(system, secretId, login);
  await set({ serviceAccount: { secretId } });
};
/** Changes the database, and takes it back after the test. */
const inPortal = async (plant: string, mend: string) => {
  undo.push(() => owner(mend));
  await owner(plant);
};

beforeAll(async () => {
  system = await startLocalSystem({ engines: 3, rows: 10, ticketPort: 0, byClock: true });
  [authority, late] = await Promise.all([
    startTimeStampAuthority(),
    startTlsPeer((response) => {
      if (response.req.url === '/token') return void response.end('{"access_token":"x","token_type":"bearer"}');
      const list = system.simulator.engines.map(({ id, name }) => ({
        name,
        databaseUID: id,
        status: 'CONNECTED',
        address: '127.0.0.1',
        timezone: 'UTC',
        version: '6.30.1',
      }));
      response.writeHead(200, { date: new Date(Date.now() - HOUR).toUTCString() }).end(JSON.stringify(list));
    }),
  ]);
  const [filtered, mute, plain] = await Promise.all([
    filteredPort(),
    muteServer(),
    serve((_, answer) => void answer.end(), 0, undefined),
  ]);
  const peers = {
    'other name': ours.issue('x', { name: 'other.example' }),
    expired: ours.issue('x', { endedHours: 2 }),
    'CN only': ours.issue('127.0.0.1', { name: null }),
    'wrong CA': stranger.issue('x'),
  };
  for (const [name, certificate] of Object.entries(peers)) {
    const server = await serve((_, answer) => void answer.end(), 0, { certificate });
    ports[name] = server.port;
    open.push(server);
  }
  open.push(authority, late, filtered, mute, plain);
  ports.filtered = filtered.port;
  ports.mute = mute.port;
  ports.plain = plain.port;
  ports.dead = await findDeadPort();
  const form = new URLSearchParams({ by: 'rita', name: system.users[0]!, kind: 'Copy of the data', subject: 'User' });
  await fetch(`${system.ticketsUrl}/tickets`, {
    method: 'POST',
    body: form,
    headers: { origin: system.ticketsUrl! },
    redirect: 'manual',
  });
  const witness = {
    url: authority.url,
    trust: { mode: 'ca' as const, pem: authority.caPem },
    ca: authority.signerCaPem,
  };
  await set({ audit: { witness } });
  await traffic('hashed');
  for (const { name } of Object.values(SCHEDULES)) await system.invoke(name);
  const read = (name: string) => changeDocument(system, name, (document) => document);
  documents = {
    'settings.json': await read('settings.json'),
    'portal-mapping.json': await read('portal-mapping.json'),
  } as never;
}, 120_000);

afterAll(async () => {
  for (const each of open.reverse()) await each.stop();
  await system?.stop();
});

afterEach(async () => {
  for (const [name, document] of Object.entries(documents)) await changeDocument(system, name, () => document);
  for (const each of undo) await each();
  undo = [];
  system.simulator.setPortalFault(undefined);
  system.simulator.engines[1]!.setFault(undefined);
  authority.answerBy((answer) => answer);
});

/** A check that another fault stands before. */
const not = (name: string, mend?: string): Row => [name, 'not measured', mend];
const NO_LIST = [not('Engines')];
const UNREACHED = [not('Service account'), not('Clock'), not('Engines')];
const onEngine = (mend: string, state = 'fault'): Row[] => [['Engine engine-2', state, mend]];
const PROFILE = 'profile of the account in the Portal (Data privacy, Finder access)';
const sha256 = Array.from({ length: 32 }, () => 'AB').join(':');

interface Fault {
  readonly plant?: () => Promise<unknown>;
  readonly env?: () => Record<string, string>;
  readonly ticket?: string;
  readonly rows: readonly Row[];
}

/** Each by itself in a healthy system, with all that the doctor says of it. */
const FAULTS: Readonly<Record<string, Fault>> = {
  'Engine: wrong DNS name': {
    plant: () => engine2({ host: 'engine.invalid' }),
    rows: onEngine('engines.engine-2.host'),
  },
  'Engine: refused port': { plant: () => engine2({ port: ports.dead }), rows: onEngine('engines.engine-2.port') },
  'Engine: filtered port': { plant: () => engine2({ port: ports.filtered }), rows: onEngine('engines.engine-2.port') },
  'Engine: silent port': { plant: () => engine2({ port: ports.mute }), rows: onEngine('engines.engine-2.port') },
  'Engine: no TLS': { plant: () => engine2({ port: ports.plain }), rows: onEngine('engines.engine-2.port') },
  ...Object.fromEntries(
    ['other name', 'expired', 'CN only', 'wrong CA'].map((kind) => [
      `Engine: certificate, ${kind}`,
      { plant: () => engine2({ port: ports[kind], trust }), rows: onEngine('engines.engine-2.trust') },
    ]),
  ),
  'Engine: changed fingerprint': {
    plant: () => engine2({ trust: { mode: 'fingerprint', sha256 } }),
    rows: onEngine('engines.engine-2.trust'),
  },
  'Engine: no licence': { plant: () => fault2('no-licence'), rows: onEngine('noLicence') },
  'Engine: refuses the account': { plant: () => fault2('unauthorized'), rows: onEngine(PROFILE) },
  'Engine: answers with a page': { plant: () => fault2('html'), rows: onEngine('engines.engine-2.port') },
  'Engine: clock off': { plant: () => fault2('clock-skew:1'), rows: onEngine('clock of the Engine (NTP)', 'warning') },
  'Engine: not connected': {
    plant: () => fault2('disconnected'),
    rows: onEngine('connection of the Engine to the Portal'),
  },
  'Engine: time zone not known': {
    plant: () => fault2('listed-odd-timezone'),
    rows: onEngine('engines.engine-2.timezone', 'warning'),
  },
  'Engine: old version': { plant: () => engine2({ version: '6.5.1' }), rows: onEngine('federation', 'warning') },
  'Engine: federated, not listed': {
    plant: () => set({ federation: ['engine-1', 'engine-2', 'engine-3', 'engine-9'] }),
    rows: [['Engine engine-9', 'fault', 'federation']],
  },
  'Portal API: refused port': {
    plant: () => portalApi({ url: `https://127.0.0.1:${ports.dead}` }),
    rows: [['Portal API', 'fault', 'portalApi.url'], ...UNREACHED],
  },
  'Portal API: wrong CA': {
    plant: () => portalApi({ trust }),
    rows: [['Portal API', 'fault', 'portalApi.trust'], ...UNREACHED],
  },
  'Portal API: no list of Engines': {
    plant: async () => system.simulator.setPortalFault('html'),
    rows: [['Portal API', 'fault', 'portalApi.url'], not('Service account'), ...NO_LIST],
  },
  'Portal API: clock off': {
    plant: () => portalApi({ url: late.url, trust: { mode: 'ca', pem: late.caPem } }),
    rows: [['Clock', 'warning', 'clock of this system, or of the Portal (NTP)']],
  },
  'service account: wrong password': {
    plant: () => account('service-account/wrong', { ...system.login, password: 'wrong' }),
    rows: [['Service account', 'fault', 'serviceAccount.secretId'], ...NO_LIST],
  },
  'service account: lesser rights': {
    plant: () => account('service-account/lesser', lesser()),
    rows: [
      ['Service account', 'fault', PROFILE],
      not('Engine engine-1'),
      not('Engine engine-2'),
      not('Engine engine-3', 'login'),
    ],
  },
  'service account: no secret': {
    plant: () => set({ serviceAccount: { secretId: 'service-account/none' } }),
    rows: [
      ['Service account', 'fault', 'serviceAccount.secretId (gdpr secret set)'],
      ['Engines', 'not configured', undefined],
    ],
  },
  'Portal database: a table that a role may not read': {
    plant: () =>
      inPortal('REVOKE SELECT ON portal.devices FROM gdpr_verify', 'GRANT SELECT ON portal.devices TO gdpr_verify'),
    rows: [['Portal role verify', 'fault', 'GRANT SELECT ON portal.devices TO gdpr_verify (all: gdpr portal roles)']],
  },
  'Portal database: a column that a role may not change': {
    plant: () =>
      inPortal(
        'REVOKE UPDATE (email) ON portal.users FROM gdpr_anonymize',
        'GRANT UPDATE (email) ON portal.users TO gdpr_anonymize',
      ),
    rows: [
      [
        'Portal role anonymize',
        'fault',
        'GRANT UPDATE (email) ON portal.users TO gdpr_anonymize (all: gdpr portal roles)',
      ],
    ],
  },
  'Portal database: a ledger that cannot be written': {
    plant: () =>
      inPortal(
        'REVOKE INSERT ON gdpr.anonymization_run FROM gdpr_anonymize',
        'GRANT INSERT ON gdpr.anonymization_run TO gdpr_anonymize',
      ),
    rows: [
      [
        'Portal role anonymize',
        'fault',
        'GRANT INSERT ON gdpr.anonymization_run TO gdpr_anonymize (all: gdpr portal roles)',
      ],
    ],
  },
  'Portal database: a table that cannot be cleaned': {
    plant: () =>
      inPortal('REVOKE MAINTAIN ON portal.users FROM gdpr_maintain', 'GRANT MAINTAIN ON portal.users TO gdpr_maintain'),
    rows: [
      ['Portal role maintain', 'warning', 'GRANT MAINTAIN ON portal.users TO gdpr_maintain (all: gdpr portal roles)'],
    ],
  },
  'Portal database: wrong password of a role': {
    plant: () =>
      inPortal(
        "ALTER ROLE gdpr_verify PASSWORD 'other'",
        `ALTER ROLE gdpr_verify PASSWORD '${system.portal.roles.verify.password}'`,
      ),
    rows: [['Portal role verify', 'fault', 'secret portal/verify (gdpr secret set)']],
  },
  'Portal database: no password of a role': {
    env: () => ({ PORTAL_READ_SECRET_ID: 'portal/none' }),
    rows: [
      ['Portal role read', 'fault', 'secret portal/none (gdpr secret set)'],
      not('Mapping of the Portal database'),
    ],
  },
  'Portal database: another schema than the approved one': {
    plant: () => inPortal('ALTER TABLE portal.users ADD extra integer', 'ALTER TABLE portal.users DROP extra'),
    rows: [['Mapping of the Portal database', 'fault', 'portal-mapping.json (gdpr portal check)']],
  },
  'Portal database: a mapping that is none': {
    plant: () => changeDocument(system, 'portal-mapping.json', () => ({ tables: [] })),
    rows: [
      ['Mapping of the Portal database', 'fault', 'portal-mapping.json'],
      ...['read', 'anonymize', 'verify', 'maintain'].map((role) => not(`Portal role ${role}`)),
    ],
  },
  'schedule that fails': {
    plant: async () => {
      undo.push(() => system.invoke('anchor-audit'));
      const at = new Date().toISOString();
      await noteRun(requestsTable(), 'anchor-audit', { beganAt: at, endedAt: at, error: 'WitnessError' });
    },
    rows: [
      [
        'Schedule anchor-audit',
        'fault',
        'schedule and log of anchor-audit; on one machine it runs while `npm start` does',
      ],
    ],
  },
  'connection: no account': {
    plant: () => desk('api', { secretId: 'tickets/none' }),
    rows: [['Connection helpdesk', 'fault', 'connections.helpdesk.api.secretId (gdpr secret set)']],
  },
  'connection: no signature secret': {
    plant: () => desk('intake', { secretId: 'ticket-webhooks/none' }),
    rows: [['Connection helpdesk', 'fault', 'connections.helpdesk.intake.secretId (gdpr secret set)']],
  },
  'connection: refused port': {
    plant: () => desk('api', { url: `https://127.0.0.1:${ports.dead}` }),
    rows: [['Connection helpdesk', 'fault', 'connections.helpdesk.api.url']],
  },
  'connection: a ticket that cannot be read': {
    ticket: 'helpdesk:GDPR-99',
    rows: [
      [
        'Connection helpdesk',
        'fault',
        'rights of its account (connections.helpdesk.api.secretId), or another --test-ticket',
      ],
    ],
  },
  'time-stamping authority: down': {
    plant: () => set({ audit: { witness: { url: `https://127.0.0.1:${ports.dead}` } } }),
    rows: [['Time-stamping authority', 'fault', 'audit.witness.url']],
  },
  'time-stamping authority: no good stamp': {
    plant: async () => authority.answerBy((answer) => answer.subarray(0, 40)),
    rows: [['Time-stamping authority', 'fault', 'audit.witness']],
  },
  'identity provider: down': {
    env: () => ({ JWT_ISSUER: `http://127.0.0.1:${ports.dead}` }),
    rows: [['Identity provider', 'fault', 'identityProvider of the file, or the provider itself']],
  },
  'identity provider: calls itself otherwise': {
    env: () => ({ JWT_ISSUER: system.awsEnvironment.JWT_ISSUER!.replace('127.0.0.1', 'localhost') }),
    rows: [['Identity provider', 'fault', 'identityProvider of the file, or the provider itself']],
  },
  'setting that is missing': {
    plant: () => changeDocument(system, 'settings.json', ({ portalApi: _, ...rest }: { portalApi?: object }) => rest),
    rows: [['Settings', 'fault', 'portalApi']],
  },
  'setting that is wrong': {
    plant: () => set({ deadline: { warnDays: ['soon'] } }),
    rows: [['Settings', 'fault', 'deadline.warnDays.0']],
  },
  'traffic redirection: clear names of users still arrive': {
    plant: async () => {
      undo.push(() => traffic('hashed'));
      await traffic('clear');
    },
    rows: [['Traffic redirection', 'warning', 'gdpr redirection says what to do']],
  },
  'traffic redirection: an Engine could not be judged': {
    plant: async () => {
      undo.push(() => traffic('hashed'));
      await traffic('unknown');
    },
    rows: [['Traffic redirection', 'not measured', 'gdpr redirection']],
  },
  'disk without room': {
    env: () => ({ DATA_FOLDER: '/proc' }),
    rows: [['Disk', 'fault', 'space on the disk of the data folder']],
  },
  'table that is not there': {
    env: () => ({ SEALED_TABLE: 'none' }),
    rows: [
      ['Table of sealed values', 'fault', 'SEALED_TABLE of the functions: deploy again, and see that it is there'],
    ],
  },
  'bucket that is not there': {
    env: () => ({ BUCKET: 'none' }),
    rows: [
      ['Bucket', 'fault', 'BUCKET of the functions: deploy again, and see that it is there'],
      not('Settings', 'settings.json'),
    ],
  },
};

describe('gdpr doctor (R32)', () => {
  it('finds nothing in a healthy system, over the API and over the command line', async () => {
    const report = await examine();
    healthy = report.checks.map(({ name }) => name);

    expect(wrongIn(report)).toEqual([]);
    expect(report.state).toBe('ok');
    const { code, stdout } = await gdprOpen(system, 'doctor');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^OK +Engine engine-2 +It answers with full access; version [\d.]+, time zone /m);
    expect(stdout).toMatch(new RegExp(`\\n${healthy.length} ok\\n$`));
    expect((await examine({})).checks.map(({ name }) => name)).toEqual(healthy);
  });

  it.each(Object.entries(FAULTS))(
    'names the fault and its setting, and nothing else: %s',
    async (_name, fault) => {
      await fault.plant?.();
      const report = await examine(fault.env?.(), fault.ticket);

      const rank = (rows: readonly Row[]) => [...rows].map((row) => JSON.stringify(row)).sort();
      expect(rank(wrongIn(report))).toEqual(rank(fault.rows));
      const about = new Set(fault.rows.map(([name]) => name));
      const gone = healthy.filter((name) => !report.checks.some((check) => check.name === name) && !about.has(name));
      const isCut = about.has('Engines') || about.has('Settings');
      expect(isCut ? [] : gone).toEqual([]);
      expect(report.checks.map(({ evidence }) => evidence).join('\n')).not.toMatch(/undefined$|\[object/m);
    },
    30_000,
  );

  it('warns of a schedule that never ran, unless the system is younger than its first run', async () => {
    await removeItem(requestsTable(), { pk: 'SCHEDULE', sk: 'anchor-audit' });
    const report = await examine();
    const later = (minutes: number) => new Date(Date.now() + minutes * 60_000);
    const look = (now: Date) => checkSchedule(requestsTable(), SCHEDULES.anchorAudit, now);
    const [young, old] = [await look(later(50)), await look(later(66))];
    await system.invoke('anchor-audit');

    expect(report.state).toBe('ok');
    expect(young).toMatchObject([{ state: 'ok', evidence: 'It has not run yet; it is due every 60 min' }]);
    expect(old).toMatchObject([{ state: 'warning', evidence: 'It has never run yet; it is due every 60 min' }]);
    expect(old[0]!.mend).toBe('schedule and log of anchor-audit; on one machine it runs while `npm start` does');
  });

  it('does not send a refused password again until its secret changes or its time has passed: accounts lock', async () => {
    const ofAccount = async () => (await examine()).checks.find(({ name }) => name === 'Service account')!;
    await account('service-account/lock-a', { ...system.login, password: 'wrong-a' });
    const [first, second, third] = [await ofAccount(), await ofAccount(), await ofAccount()];
    await account('service-account/lock-b', { ...system.login, password: 'wrong-b' });
    const other = await ofAccount();
    await set({ serviceAccount: { secretId: 'service-account/lock-a', retryMinutes: 1 } });
    const still = await ofAccount();
    await account('service-account/lock-c', system.login);

    const refused = expect.stringContaining('The Portal refused this user name or password');
    const unsent = (minutes: number) =>
      `serviceAccount: was refused; the same password is not sent again for ${minutes} min`;
    expect([first, second, third, other, still].map(({ evidence }) => evidence)).toEqual([
      refused,
      unsent(60),
      unsent(60),
      refused,
      unsent(1),
    ]);
    expect(second).toMatchObject({ state: 'fault', mend: 'serviceAccount.secretId (gdpr secret set)' });
    expect((await ofAccount()).state).toBe('ok');
    const kept = JSON.stringify(await listItems(requestsTable(), 'doctor', '')) + readFileSync(system.logFile, 'utf8');
    expect(kept).toContain('expiresAt');
    expect(kept).not.toMatch(/wrong-[ab]/);
  });

  it('needs no service account, and then logs in nowhere', async () => {
    await changeDocument(
      system,
      'settings.json',
      ({ serviceAccount: _, ...rest }: { serviceAccount?: object }) => rest,
    );
    const report = await examine();

    expect(report.state).toBe('ok');
    expect(wrongIn(report)).toEqual([
      ['Service account', 'not configured', 'serviceAccount.secretId'],
      ['Engines', 'not configured', undefined],
    ]);
  });

  it('looks at the Engines whose host the settings name, without a login', async () => {
    const { serviceAccount: _, ...rest } = documents['settings.json'];
    const placed = (name: string, more = {}) => ({ [name]: { ...rest.engines![name], host: '127.0.0.1', ...more } });
    const engines = { ...placed('engine-1'), ...placed('engine-2', { port: ports.dead }), 'engine-3': {} };
    await changeDocument(system, 'settings.json', () => ({ ...rest, engines, federation: ['engine-1', 'engine-9'] }));
    const { checks } = await examine();

    const about = checks.filter(({ name }) => /Engine|account/.test(name));
    expect(about.map(({ name, state, mend }) => [name, state, mend])).toEqual([
      ['Engine engine-2', 'fault', 'engines.engine-2.port'],
      ['Service account', 'not configured', 'serviceAccount.secretId'],
      ['Engine engine-1', 'ok', undefined],
    ]);
  });

  it('looks at the Engines that a client of a cloud tenant may list, without a login', async () => {
    await createSecret(system, 'portal-api/client', { clientSecret: 'x' });
    const auth = { mode: 'oauth', tokenUrl: `${late.url}/token`, clientId: 'x', secretId: 'portal-api/client' };
    const { serviceAccount: _, ...rest } = documents['settings.json'];
    const engines = { ...rest.engines, 'engine-2': { ...rest.engines!['engine-2'], port: ports.expired, trust } };
    const api = { url: late.url, trust: { mode: 'ca', pem: late.caPem }, auth };
    await changeDocument(system, 'settings.json', () => ({ ...rest, engines, portalApi: api }));
    const { checks } = await examine();

    const about = checks.filter(({ name }) => /Engine|account/.test(name));
    expect(about.map(({ name, state, mend }) => [name, state, mend])).toEqual([
      ['Engine engine-2', 'fault', 'engines.engine-2.trust'],
      ['Service account', 'not configured', 'serviceAccount.secretId'],
      ['Engine engine-1', 'ok', undefined],
      ['Engine engine-3', 'ok', undefined],
    ]);
  });

  it('shows faults first, each with what to change, and ends with 1; with 3 for warnings alone', async () => {
    await engine2({ port: ports.dead });
    const faulty = await gdprOpen(system, 'doctor');
    await engine2({ version: '6.5.1' });
    const warned = await gdprOpen(system, 'doctor', '--json', '--test-ticket', `helpdesk:${TICKET}`);
    const wrong = await gdprOpen(system, 'doctor', '--test-ticket', 'helpdesk:x');

    expect(faulty).toMatchObject({ code: 1, stderr: '' });
    expect(faulty.stdout).toMatch(
      /^FAULT +Engine engine-2 .* refuses connections\n {2}To change: engines\.engine-2\.port\nOK /,
    );
    expect(faulty.stdout).toMatch(new RegExp(`\n1 fault, ${healthy.length - 1} ok\n$`));
    expect(warned.code).toBe(3);
    expect(wrongIn(JSON.parse(warned.stdout))).toEqual([['Engine engine-2', 'warning', 'federation']]);
    expect(wrong.code).toBe(2);
    expect(wrong.stderr).toContain('/testTicket: names no connection, or no ticket of its kind');
  });

  it('answers operators alone', async () => {
    const token = await system.tokenFor('reader', ['gdpr.read', 'gdpr.approve']);

    expect((await callApi(system, 'GET', '/v1/doctor', { token })).status).toBe(403);
  });

  it('plants at least 25 faults', () => {
    expect(Object.keys(FAULTS).length).toBeGreaterThanOrEqual(25);
  });
});
