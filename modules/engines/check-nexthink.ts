import { type Check, checked, wordsOf } from '../common/doctor.ts';
import { GdprError, SettingsError } from '../common/errors.ts';
import type { Clock } from '../common/ports.ts';
import type { ConnectionRules } from '../net/https-agent.ts';
import { guardedBytes } from '../net/json-call.ts';
import { lookAtPeer } from '../net/look-at-peer.ts';
import type { Login } from '../requests/start-body.ts';
import type { CheckLoginPorts } from './check-account.ts';
import { type Finding, findingsOfLook } from './contact/finding.ts';
import { LoginRefusedError } from './errors.ts';
import { namedEngines } from './federation.ts';
import { listEngines } from './list-engines.ts';
import type { GivenFacts } from './settings.ts';

const [API, ACCOUNT, CLOCK, ENGINES] = ['Portal API', 'Service account', 'Clock', 'Engines'] as const;
const LOOK_MS = 4_000;
/** A difference that moves no day and breaks no signature. */
const MAX_CLOCK_SECONDS = 180;

/** The Portal API, absent where the settings name the Engines, and settings of Engines by name. */
type Place = { portal: { url: string; rules: ConnectionRules } | undefined; engines: Record<string, GivenFacts> };

type CheckNexthinkPorts = CheckLoginPorts & {
  readonly serviceAccount?: () => Promise<Login>;
  /** Called with a login that was refused: it must not be tried again soon. */
  readonly onRefused: (login: Login) => Promise<unknown>;
};

/**
 * Portal API, service account, clock, and the measurement of each Engine (R5, R32). Only the service account logs in. Without it
 * the Engines that a client of a cloud tenant may list, or whose host the settings name, are looked at.
 */
export async function checkNexthink(place: Place, ports: CheckNexthinkPorts): Promise<Check[]> {
  const { portal } = place;
  const faults = portal ? await checkPeer(API, portal.url, portal.rules, 'portalApi') : [];
  if (faults.length > 0) return [...faults, ...[ACCOUNT, CLOCK, ENGINES].map(unmeasured)];
  return (await Promise.all([checkAccess(place, ports), checkClock(portal, ports.clock)])).flat();
}

async function checkAccess({ portal, engines }: Place, ports: CheckNexthinkPorts): Promise<Check[]> {
  const api = portal
    ? checked(API, 'ok', `It answers; its certificate is checked by: ${portal.rules.trust.mode}`)
    : checked(API, 'not configured', 'The settings name the Engines, and an Engine judges each login', 'portalApi');
  const login = await ports.serviceAccount?.().catch(wordsOf);
  try {
    if (typeof login === 'object') return [api, ...(await measure(login, undefined, ports))];
    const account = login
      ? checked(ACCOUNT, 'fault', login, 'serviceAccount.secretId (gdpr secret set)')
      : checked(ACCOUNT, 'not configured', 'People log in themselves', 'serviceAccount.secretId');
    const named = { ...ports, portalApi: namedEngines(engines), federation: undefined };
    const found = await measure(undefined, account, ports.portalApi.checksLogin ? named : ports);
    const why = 'The list of Engines needs a login: see `gdpr engines --check`';
    return [api, ...found, ...(found.length > 1 ? [] : [checked(ENGINES, 'not configured', why)])];
  } catch (error) {
    if (!(error instanceof GdprError)) throw error;
    if (error instanceof LoginRefusedError && typeof login === 'object') {
      await ports.onRefused(login);
      return [api, checked(ACCOUNT, 'fault', error.message, 'serviceAccount.secretId'), unmeasured(ENGINES)];
    }
    const setting = error instanceof SettingsError ? 'portalApi.auth' : 'portalApi.url';
    return [checked(API, 'fault', error.message, setting), ...[ACCOUNT, ENGINES].map(unmeasured)];
  }
}

const unmeasured = (name: string) => checked(name, 'not measured', 'Another fault prevents this check');

/** What is wrong with the address and the certificate of a peer. @param setting of which `.url` and `.trust` are fields */
export async function checkPeer(name: string, url: string, rules: ConnectionRules, setting: string): Promise<Check[]> {
  const { protocol, hostname, port } = new URL(url);
  if (protocol === 'http:' && rules.allowLoopback) return []; // simulated
  const peer = { host: hostname.replaceAll(/[[\]]/g, ''), port: Number(port || 443) };
  const look = { ...(await lookAtPeer(peer, rules, LOOK_MS)), ...peer };
  return findingsOfLook(look, (field) => `${setting}.${field === 'trust' ? field : 'url'}`).map(checkOf(name));
}

const LOOKED_AT = 'Its address and certificate are right; access, licence and clock are measured only with a login';
const STATES = { fault: 'fault', warning: 'warning', unknown: 'not measured' } as const;
const checkOf =
  (name: string) =>
  ({ code, severity, detail, setting }: Finding): Check =>
    checked(name, code === 'not-federated' ? 'not configured' : STATES[severity], detail, setting);

async function checkClock(portal: Place['portal'], clock: Clock): Promise<Check[]> {
  if (!portal) return [];
  const call = { method: 'GET', url: new URL(portal.url), headers: {}, timeoutMs: LOOK_MS } as const;
  const answer = await guardedBytes(call, portal.rules).catch(() => undefined);
  const seconds = Math.round((Date.parse(answer?.date ?? '') - clock.now().getTime()) / 1000);
  if (Number.isNaN(seconds)) return [checked(CLOCK, 'not measured', 'The Portal API sends no time')];
  const words = `That of the Portal is ${seconds} s ahead of ours`;
  if (Math.abs(seconds) <= MAX_CLOCK_SECONDS) return [checked(CLOCK, 'ok', words)];
  return [checked(CLOCK, 'warning', words, 'clock of this system, or of the Portal (NTP)')];
}

/** The login is judged by all Engines together: where none accepts it, it is at fault and not they. */
async function measure(login: Login | undefined, account: Check | undefined, ports: CheckNexthinkPorts) {
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
  if (login && refusal?.code === 'login-refused') await ports.onRefused(login);
  if (account) return [account, ...checks];
  if (isProved) return [checked(ACCOUNT, 'ok', 'Its login is accepted, with full access'), ...checks];
  if (!refusal) return [checked(ACCOUNT, 'not measured', 'No Engine could judge it'), ...checks];
  const mend = refusal.setting === 'login' ? 'serviceAccount.secretId' : refusal.setting;
  return [checked(ACCOUNT, 'fault', refusal.detail, mend), ...checks];
}
