import { type Check, checked, wordsOf } from '../common/doctor.ts';
import { GdprError, SettingsError } from '../common/errors.ts';
import type { ConnectionRules } from '../net/https-agent.ts';
import { guardedBytes } from '../net/json-call.ts';
import { lookAtPeer } from '../net/look-at-peer.ts';
import type { Login } from '../requests/start-body.ts';
import type { CheckLoginPorts } from './check-account.ts';
import { type Finding, findingsOfLook } from './contact/finding.ts';
import { LoginRefusedError } from './errors.ts';
import { readListedEngines } from './federation.ts';
import { listEngines } from './list-engines.ts';
import type { GivenFacts } from './settings.ts';

const [API, ACCOUNT, CLOCK, ENGINES] = ['Portal API', 'Service account', 'Clock', 'Engines'] as const;
const LOOK_MS = 4_000;
/** A difference that moves no day and breaks no signature. */
const MAX_CLOCK_SECONDS = 180;

type CheckNexthinkPorts = CheckLoginPorts & { readonly serviceAccount?: () => Promise<Login> };

/**
 * Portal API, service account, clock, and the measurement of each Engine (R5, R32). Only the service account logs in. Without it
 * the Engines that a client of a cloud tenant may list, or whose host the settings name, are looked at.
 * @param place of the Portal API, and settings of Engines, by name
 */
export async function checkNexthink(
  { url, rules, engines }: { url: string; rules: ConnectionRules; engines: Readonly<Record<string, GivenFacts>> },
  ports: CheckNexthinkPorts,
): Promise<Check[]> {
  const faults = await checkPeer(API, url, rules, 'portalApi');
  if (faults.length > 0) return [...faults, ...[ACCOUNT, CLOCK, ENGINES].map(unmeasured)];
  const { date } = await guardedBytes({ method: 'GET', url: new URL(url), headers: {} }, rules);
  const clock = checkClock(date, ports.clock.now());
  const api = checked(API, 'ok', `It answers; its certificate is checked by: ${rules.trust.mode}`);
  try {
    const login = await ports.serviceAccount?.().catch(wordsOf);
    if (typeof login === 'object') return [api, clock, ...(await measure(login, undefined, ports))];
    const account = login
      ? checked(ACCOUNT, 'fault', login, 'serviceAccount.secretId (gdpr secret set)')
      : checked(ACCOUNT, 'not configured', 'People log in themselves', 'serviceAccount.secretId');
    const placed = Object.keys(engines).filter((name) => engines[name]!.host !== undefined);
    const why = 'The list of Engines needs a login: see `gdpr engines --check`';
    if (!ports.portalApi.checksLogin) return [api, clock, ...(await measure(undefined, account, ports))];
    if (placed.length === 0) return [api, clock, account, checked(ENGINES, 'not configured', why)];
    const entries = placed.map((name) => ({ name, databaseUID: name, status: 'CONNECTED', address: '' }));
    const portalApi = { checksLogin: true, listEngines: async () => readListedEngines(entries, engines) };
    return [api, clock, ...(await measure(undefined, account, { ...ports, portalApi, federation: undefined }))];
  } catch (error) {
    if (error instanceof LoginRefusedError)
      return [api, clock, checked(ACCOUNT, 'fault', error.message, 'serviceAccount.secretId'), unmeasured(ENGINES)];
    if (!(error instanceof GdprError)) throw error;
    const setting = error instanceof SettingsError ? 'portalApi.auth' : 'portalApi.url';
    return [checked(API, 'fault', error.message, setting), clock, ...[ACCOUNT, ENGINES].map(unmeasured)];
  }
}

const unmeasured = (name: string) => checked(name, 'not measured', 'The fault above stands before it');

/** What is wrong with the address and the certificate of a peer. @param setting of which `.url` and `.trust` are fields */
export async function checkPeer(name: string, url: string, rules: ConnectionRules, setting: string): Promise<Check[]> {
  const { protocol, hostname, port } = new URL(url);
  if (protocol === 'http:' && rules.allowLoopback) return []; // simulated
  const peer = { host: hostname.replaceAll(/[[\]]/g, ''), port: Number(port || 443) };
  const look = { ...(await lookAtPeer(peer, rules, LOOK_MS)), ...peer };
  return findingsOfLook(look, (field) => `${setting}.${field === 'trust' ? field : 'url'}`).map(checkOf(name));
}

const LOOKED_AT = 'Its address and certificate are right; access, licence and clock are measured with a login only';
const STATES = { fault: 'fault', warning: 'warning', unknown: 'not measured' } as const;
const checkOf =
  (name: string) =>
  ({ code, severity, detail, setting }: Finding): Check =>
    checked(name, code === 'not-federated' ? 'not configured' : STATES[severity], detail, setting);

function checkClock(date: string | undefined, now: Date): Check {
  const seconds = Math.round((Date.parse(date ?? '') - now.getTime()) / 1000);
  if (Number.isNaN(seconds)) return checked(CLOCK, 'not measured', 'The Portal API sends no time');
  const words = `That of the Portal is ${seconds} s ahead of ours`;
  if (Math.abs(seconds) <= MAX_CLOCK_SECONDS) return checked(CLOCK, 'ok', words);
  return checked(CLOCK, 'warning', words, 'clock of this system, or of the Portal (NTP)');
}

/** The login is judged by all Engines together: where none accepts it, it is at fault and not they. */
async function measure(login: Login | undefined, account: Check | undefined, ports: CheckLoginPorts): Promise<Check[]> {
  const { engines } = await listEngines(login, ports);
  const isRefusal = ({ code }: Finding) => code === 'login-insufficient' || code === 'login-refused';
  const isProved = engines.some(({ state }) => state === 'READY' || state === 'WARNING');
  const refusal = isProved ? undefined : engines.flatMap(({ findings }) => findings).find(isRefusal);
  const checks = engines.flatMap(({ name, findings, version, timezone, clockSeconds = 0 }) => {
    const title = `Engine ${name}`;
    const fine = `It answers with full access; version ${version}, time zone ${timezone}, clock ${clockSeconds} s ahead of ours`;
    if (findings.length === 0) return [checked(title, 'ok', fine)];
    if (!login && findings[0]!.code === 'not-measured') return [checked(title, 'ok', LOOKED_AT)];
    return findings.map((each) => (refusal && isRefusal(each) ? unmeasured(title) : checkOf(title)(each)));
  });
  if (account) return [account, ...checks];
  if (isProved) return [checked(ACCOUNT, 'ok', 'Its login is accepted, with full access'), ...checks];
  if (!refusal) return [checked(ACCOUNT, 'not measured', 'No Engine could judge it'), ...checks];
  const mend = refusal.setting === 'login' ? 'serviceAccount.secretId' : refusal.setting;
  return [checked(ACCOUNT, 'fault', refusal.detail, mend), ...checks];
}
