import { randomBytes } from 'node:crypto';
import { statfs } from 'node:fs/promises';
import { getItem, listItems, putItem, tableOf } from '../../modules/common/adapters/dynamo-table.ts';
import { pause } from '../../modules/common/adapters/sleep.ts';
import { tryBucket, trySealKey, tryTable } from '../../modules/common/adapters/try-services.ts';
import { type Check, checked, type Examination, examine, within, wordsOf } from '../../modules/common/doctor.ts';
import { InvalidInputError, SettingsError } from '../../modules/common/errors.ts';
import { TOOL_VERSION } from '../../modules/common/version.ts';
import { checkNexthink, checkPeer } from '../../modules/engines/check-nexthink.ts';
import { clearTraffic } from '../../modules/engines/redirection.ts';
import { issuerFault } from '../../modules/net/check-issuer.ts';
import type { Trust } from '../../modules/net/trust.ts';
import { checkPortalRole, MAPPING, PORTAL_ROLES } from '../../modules/portal/setup/check-roles.ts';
import { timeStampWitness } from '../../modules/proof/adapters/time-stamp-witness.ts';
import type { Login } from '../../modules/requests/start-body.ts';
import { SubjectKind } from '../../modules/requests/subject.ts';
import { checkSchedule } from '../../modules/schedules/adapters/check-schedule.ts';
import { VENDORS } from '../../modules/ticket-systems/vendors.ts';
import { checkConnection } from '../../modules/tickets/check-connection.ts';
import { json, route, router } from '../http/http.ts';
import { DoctorQuery, parse } from '../http/parse.ts';
import { SCHEDULES } from '../registry.ts';
import { dynamo } from '../wiring/dynamo.ts';
import { callers, clock, environment, lazy, log } from '../wiring/environment.ts';
import { kms, macs, signer } from '../wiring/keys.ts';
import { nexthink } from '../wiring/nexthink.ts';
import { s3 } from '../wiring/objects.ts';
import { portalMapping, portalRole } from '../wiring/portal.ts';
import { heartbeats } from '../wiring/schedule.ts';
import type { Settings } from '../wiring/settings.ts';
import { lastRedirection, leases } from '../wiring/tables.ts';
import { readWebhookSecrets, rulesOf, ticketAccess } from '../wiring/ticket-access.ts';

type Checks = readonly (Check | Examination)[];

/** Of the documents, then of all checks together: API Gateway ends the call after 29 s. */
const [DOCUMENTS_MS, LIMIT_MS] = [2_500, 25_000];
const MIN_FREE_BYTES = 1024 ** 3;

const absent = (name: string, setting: string) => checked(name, 'not configured', 'It is not set', setting);

/** What needs no settings: keys, stores, schedules, disk, versions. */
function ownChecks(): Checks {
  const env = environment();
  const tried = (name: string, variable: string, work: () => Promise<unknown>): Examination => {
    const mend = `${variable} of the functions: deploy again, and see that it is there`;
    return [name, mend, () => work().then(() => 'It was tried, and works')];
  };
  const disk = async () => {
    const { bavail, bsize } = await statfs(env.DATA_FOLDER);
    const words = `${((bavail * bsize) / MIN_FREE_BYTES).toFixed(1)} GB are free where the data folder is`;
    if (bavail * bsize >= MIN_FREE_BYTES) return words;
    return [checked('Disk', 'fault', words, 'space on the disk of the data folder')];
  };
  const traffic = 'Traffic redirection';
  const redirection = async () => {
    const view = await lastRedirection().read();
    if (!view) return [checked(traffic, 'not configured', 'It was never measured', 'gdpr redirection')];
    const kinds = SubjectKind.options.map((kind) => clearTraffic(kind, view));
    const clear = kinds.flatMap(({ line, places }) => (places.length > 0 ? [line] : []));
    if (clear.length > 0) return [checked(traffic, 'warning', clear.join('; '), 'gdpr redirection says what to do')];
    const day = view.checkedAt.slice(0, 10);
    if (kinds.every(({ unknown }) => unknown === 0)) return `No clear names of users or devices arrived on ${day}`;
    return [checked(traffic, 'not measured', `On ${day} some Engines did not show what arrives`, 'gdpr redirection')];
  };
  const schedules = Object.values(SCHEDULES).map((one): Examination => {
    const look = () => checkSchedule(heartbeats(), one, clock.now());
    return [`Schedule ${one.name}`, 'REQUESTS_TABLE of the functions', look];
  });
  const arns = [env.RETRIEVE_STATE_MACHINE_ARN, env.ANONYMIZE_STATE_MACHINE_ARN, env.REHEARSE_STATE_MACHINE_ARN];
  const machines = arns.map((arn) => arn.split(':').at(-1)).join(', ');
  const versions = `nexthink-gdpr ${TOOL_VERSION}, Node ${process.versions.node}, state machines ${machines}`;
  return [
    tried('Key that seals', 'SEAL_KEY_ID', () => trySealKey(kms(), env.SEAL_KEY_ID)),
    tried('Key that signs', 'SIGN_KEY_ID', () => signer().sign('doctor')),
    tried('Key of keyed hashes', 'MAC_KEY_ID', () => macs().of('call', 'doctor')),
    tried('Table of requests', 'REQUESTS_TABLE', () => tryTable(dynamo(), env.REQUESTS_TABLE, clock.now())),
    tried('Table of audit entries', 'AUDIT_TABLE', () => listItems(tableOf(dynamo(), env.AUDIT_TABLE), 'doctor', '')),
    tried('Table of sealed values', 'SEALED_TABLE', () => tryTable(dynamo(), env.SEALED_TABLE, clock.now())),
    tried('Bucket', 'BUCKET', () => tryBucket(s3(), env.BUCKET)),
    ...schedules,
    [traffic, 'REQUESTS_TABLE of the functions', redirection],
    ...(env.DATA_FOLDER === '' ? [] : [['Disk', 'the data folder', disk] as const]),
    checked('Versions', 'ok', versions),
  ];
}

function portalChecks(): Checks {
  const found = within(DOCUMENTS_MS, portalMapping).catch(wordsOf);
  return PORTAL_ROLES.map((role): Check | Examination => {
    const id = environment()[`PORTAL_${role.toUpperCase() as Uppercase<typeof role>}_SECRET_ID`];
    const [name, mend] = [`Portal role ${role}`, `secret ${id} (gdpr secret set)`];
    if (id === '') return absent(name, 'PORTAL_MAINTAIN_SECRET_ID of the functions');
    const look = async (signal: AbortSignal) => {
      const mapping = await found;
      if (typeof mapping !== 'string')
        return await checkPortalRole(role, { source: portalRole(id), mend }, mapping, signal);
      const wrong = checked(MAPPING, 'fault', mapping, 'portal-mapping.json');
      return [...(role === 'read' ? [wrong] : []), checked(name, 'not measured', 'The mapping is not right')];
    };
    return [name, mend, look];
  });
}

/** @throws {InvalidInputError} the test ticket is none */
function connectionChecks({ connections, allowLoopback }: Settings, testTicket = ''): Checks {
  const [testId = '', testKey = ''] = testTicket.split(/:(.*)/s);
  const kind = Object.hasOwn(connections, testId) ? connections[testId]!.kind : undefined;
  if (testTicket && !(kind && VENDORS[kind].ticketKey.test(testKey)))
    throw new InvalidInputError([{ pointer: '/testTicket', detail: 'names no connection, or no ticket of its kind' }]);
  const desks = Object.entries(connections).map(([id, connection]): Examination => {
    const access = ticketAccess(`ticket:${id}`, connection, allowLoopback);
    const ports = { access, readWebhookSecrets: () => readWebhookSecrets(connection), now: clock.now };
    const key = id === testId ? testKey : undefined;
    return [`Connection ${id}`, `connections.${id}`, (signal) => checkConnection(id, connection, ports, key, signal)];
  });
  return desks.length > 0 ? desks : [absent('Ticket connections', 'connections')];
}

function outsideChecks({ audit: { witness }, allowLoopback }: Settings): Checks {
  const [provider, authority] = ['Identity provider', 'Time-stamping authority'];
  const { JWT_ISSUER: issuer, JWT_ISSUER_TRUST } = environment();
  const mend = 'identityProvider of the file, or the provider itself';
  const checkIssuer = async () => {
    const rules = rulesOf('identity-provider', JWT_ISSUER_TRUST, allowLoopback);
    const fault = await issuerFault(issuer, rules);
    return fault ? [checked(provider, 'fault', fault, mend)] : `${issuer} answers, and its keys were fetched`;
  };
  const outside = { allowLoopback, now: clock.now, random: randomBytes, log };
  const stamp = async (asked: NonNullable<typeof witness>) => {
    const rules = rulesOf('witness', asked.trust, allowLoopback);
    const faults = await checkPeer(authority, asked.url, rules, 'audit.witness');
    if (faults.length > 0) return faults;
    await timeStampWitness({ ...outside, ...asked }).stamp('doctor');
    return 'It has stamped a text, and the stamp is good';
  };
  return [
    issuer === '' ? absent(provider, mend) : [provider, mend, checkIssuer],
    witness ? [authority, 'audit.witness', () => stamp(witness)] : absent(authority, 'audit.witness'),
  ];
}

/** The service account, until it is refused: accounts lock. The same login is then not tried again for `retryMinutes`. */
function untilRefused({ given, outside: { serviceAccount } }: Awaited<ReturnType<typeof nexthink>>) {
  const table = tableOf(dynamo(), environment().REQUESTS_TABLE);
  const { retryMinutes = 0 } = given.serviceAccount ?? {};
  const seconds = () => Math.floor(clock.now().getTime() / 1000);
  const keyOf = async (login: Login) => ({ pk: 'doctor', sk: await macs().of('call', JSON.stringify(login)) });
  const onRefused = async (login: Login) =>
    putItem(table, { ...(await keyOf(login)), expiresAt: seconds() + retryMinutes * 60 });
  const unrefused = async (login: Login) => {
    const { expiresAt = 0 } = (await getItem(table, await keyOf(login))) ?? {};
    if (Number(expiresAt) <= seconds()) return login;
    throw new SettingsError(
      'serviceAccount',
      `was refused; the same password is not sent again for ${retryMinutes} min`,
    );
  };
  return { onRefused, ...(serviceAccount && { serviceAccount: async () => unrefused(await serviceAccount()) }) };
}

/** Everything that must be ready (R32). With settings that are wrong, what they name is left out. */
async function report(testTicket: string | undefined) {
  const access = await within(DOCUMENTS_MS, nexthink).catch((error: unknown) => {
    const words = `${wordsOf(error)}. What the settings name is not measured`;
    const [, field = 'settings.json'] = /^settings\.json: ([\w.-]+)/.exec(words) ?? [];
    return checked('Settings', error instanceof SettingsError ? 'fault' : 'not measured', words, field);
  });
  if ('name' in access) return examine([access, ...ownChecks()], clock.now(), LIMIT_MS);
  try {
    const { given, outside } = access;
    const { engines, portalApi } = given;
    const rulesFor = (trust: Trust) => rulesOf('portal-api', trust, given.allowLoopback);
    const portal = portalApi && { url: portalApi.url, rules: rulesFor(portalApi.trust) };
    const ports = { ...outside, ...untilRefused(access), leases: leases(), pause, clock, log };
    const all: Checks = [
      checked('Settings', 'ok', 'They are there, and right'),
      ['Portal API and Engines', 'portalApi.url', () => checkNexthink({ portal, engines }, ports)],
      ...portalChecks(),
      ...outsideChecks(given),
      ...connectionChecks(given, testTicket),
      ...ownChecks(),
    ];
    return await examine(all, clock.now(), LIMIT_MS);
  } finally {
    await access.outside.engineApi.close();
  }
}

export const handler = lazy(() =>
  router<'doctor'>({
    'GET /v1/doctor': route({ callers: callers(), log }, async (event) => {
      const { testTicket } = parse(DoctorQuery, event.queryStringParameters ?? {});
      return json(200, await report(testTicket));
    }),
  }),
);
