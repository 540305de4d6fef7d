import { isTimeZone } from '../../common/day-window.ts';
import { GdprError } from '../../common/errors.ts';
import type { Clock } from '../../common/ports.ts';
import { runLimited } from '../../common/run-limited.ts';
import type { Engine } from '../../requests/source.ts';
import type { Login } from '../../requests/start-body.ts';
import {
  EngineAddressError,
  EngineAuthError,
  EngineLicenceError,
  EngineTlsError,
  EngineUnavailableError,
} from '../errors.ts';
import { type IdleEnginesPorts, type Patience, visitIdleEngines } from '../idle-engines.ts';
import { PROBE_STATEMENT } from '../nxql.ts';
import type { EngineApi, EngineContact, EngineLook, PortalApi } from '../ports.ts';
import { readObjects } from '../retrieval/read-answer.ts';
import { engineSetting, type Finding, finding, findingsOfLook } from './finding.ts';

/** Maximum Engines that are looked at, and maximum that are queried, at the same time. */
const MAX_LOOKS = 256;
const MAX_TRIALS = 16;
/** The version whose tables are documented. Source: docs/nxql.md */
const MIN_VERSION = '6.30';
/** A difference that moves no day: answers are cut by days of the Engine. */
const MAX_CLOCK_SECONDS = 180;

export interface MeasurePorts extends IdleEnginesPorts {
  readonly engineApi: EngineApi & EngineContact;
  readonly clock: Clock;
  readonly portalApi: PortalApi;
}

/**
 * First contact with Engines (R5): first a look at address and certificate without the login, then one harmless query to those
 * that are trusted. An Engine that another Request queries is waited for, then queried beside it, one check at a
 * time (docs/decisions/0005).
 */
export class Measurement {
  readonly looks = new Map<Engine, EngineLook>();
  readonly trials = new Map<Engine, Trial>();
  readonly #login: Login;
  readonly #ports: MeasurePorts;
  readonly #signal: AbortSignal;

  /** @param signal ends it; what was not measured then is `not-measured` */
  constructor(login: Login, ports: MeasurePorts, signal: AbortSignal) {
    this.#login = login;
    this.#ports = ports;
    this.#signal = signal;
  }

  /** True once an Engine has proved that the account sees all data. */
  get isProved(): boolean {
    return [...this.trials.values()].some(({ kind }) => kind === 'full');
  }

  /** True when no further Engine may get the login, or none needs to. */
  get isEnded(): boolean {
    const isOpen = mayTryFurther([...this.trials.values()], this.#ports.portalApi.checksLogin);
    return this.isProved || !isOpen || this.#signal.aborted;
  }

  /** Looks at these Engines. @returns those that may get the login */
  async look(engines: readonly Engine[]): Promise<Engine[]> {
    await runLimited(engines, MAX_LOOKS, async (engine) => {
      if (!this.#signal.aborted) this.looks.set(engine, await this.#ports.engineApi.look(engine));
    });
    return engines.filter((engine) => this.looks.get(engine)?.faults.length === 0);
  }

  /** Tries the login at one Engine after another until one proves the account, or no further one may get it. */
  prove(trusted: readonly Engine[], patience: Patience): Promise<void> {
    return this.#try(trusted, patience, 1, () => !this.isEnded);
  }

  /** Tries the login, which an Engine has accepted, at all others. */
  tryAll(trusted: readonly Engine[], patience: Patience): Promise<void> {
    return this.#try(trusted, patience, MAX_TRIALS, () => this.isProved);
  }

  #try(engines: readonly Engine[], patience: Patience, atOnce: number, mayTry: () => boolean): Promise<void> {
    const ports = this.#ports;
    const visits = {
      holder: 'check-login',
      patience,
      atOnce,
      isNeeded: (engine: Engine) => !this.trials.has(engine) && mayTry(),
      visit: async (engine: Engine, signal: AbortSignal) => {
        const isGood = ports.portalApi.checksLogin || this.isProved;
        this.trials.set(engine, await tryLogin(engine, this.#login, ports, isGood, signal));
      },
    };
    return visitIdleEngines(engines, ports, visits, this.#signal);
  }

  /** Everything that is wrong with an Engine as far as it was measured. */
  findingsOf(engine: Engine): Finding[] {
    const listed = findingsOfEntry(engine);
    if (engine.status !== 'CONNECTED') return listed;
    const look = this.looks.get(engine);
    const trial = this.trials.get(engine);
    const measured = [
      ...(look ? findingsOfLook(look, (field) => engineSetting(engine.name, field)) : []),
      ...(trial?.findings ?? []),
    ];
    if (measured.length === 0 && !trial) measured.push(this.#untried(look));
    return [...listed, ...measured, ...findingsOfClock(trial)];
  }

  #untried(look: EngineLook | undefined): Finding {
    const mayTry = mayTryFurther([...this.trials.values()], this.#ports.portalApi.checksLogin);
    if (!look || mayTry) return finding('not-measured', 'none', 'There was no time to measure it; try again');
    const why = 'The login was not sent, because other Engines refused it or did not judge it';
    return finding('not-measured', 'login', why);
  }
}

/** What is wrong with the entry of an Engine in List Engines, and with its place in the federation. */
function findingsOfEntry({ name, status, broken = [], timezone, version }: Engine): Finding[] {
  const found = broken.map((field) =>
    finding('listed-broken', settingOf(name, field), `The Portal lists it without a usable ${field}`),
  );
  if (status === 'NOT_LISTED')
    found.push(finding('not-listed', 'federation', 'It is federated by the settings, but the Portal does not list it'));
  else if (status !== 'CONNECTED' && status !== 'BROKEN')
    found.push(finding('not-connected', 'connection of the Engine to the Portal', `The Portal lists it as ${status}`));
  if (!isTimeZone(timezone))
    found.push(finding('timezone-unknown', engineSetting(name, 'timezone'), 'Its time zone is not known; UTC is used'));
  const old = `Its version is older than ${MIN_VERSION}, whose tables are known: update it, or leave it out`;
  if (isOlder(version)) found.push(finding('version-old', 'federation', old));
  return found;
}

const settingOf = (name: string, field: string): string => {
  if (field === 'address') return engineSetting(name, 'host');
  return field === 'timezone' || field === 'version' ? engineSetting(name, field) : 'entry of the Engine in the Portal';
};

function isOlder(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [minMajor = 0, minMinor = 0] = MIN_VERSION.split('.').map(Number);
  return version !== '' && (major < minMajor || (major === minMajor && minor < minMinor));
}

function findingsOfClock(trial: Trial | undefined): Finding[] {
  const { clockSeconds = 0 } = trial ?? {};
  if (Math.abs(clockSeconds) <= MAX_CLOCK_SECONDS) return [];
  const difference = `${Math.abs(clockSeconds)} s ${clockSeconds > 0 ? 'ahead of' : 'behind'} ours`;
  return [finding('clock-off', 'clock of the Engine (NTP)', `Its clock is ${difference}`)];
}

/** Maximum time of the harmless query. */
const TRIAL_MS = 8_000;
/** Maximum refusals of a login whose password the Portal has accepted: two Engines speak for all. */
const MAX_REFUSALS = 2;

/**
 * What a harmless query showed of the account. `full`: the answer holds the queried columns. `away`: the login was not sent.
 * `unclear`: it may have arrived, and no answer judged it.
 */
interface Trial {
  readonly kind: 'full' | 'refused' | 'unlicensed' | 'away' | 'unclear';
  readonly findings: readonly Finding[];
  /** How far the Engine's clock is ahead of ours, seconds. */
  readonly clockSeconds?: number;
}

/**
 * Sends the harmless query that judges the account (R4): an Engine refuses every account without full access, and only an
 * answer with the queried columns proves anything.
 * @param passwordProved false when the login may be wrong: then it is sent once
 */
async function tryLogin(
  engine: Engine,
  login: Login,
  { engineApi, clock }: MeasurePorts,
  passwordProved: boolean,
  signal: AbortSignal,
): Promise<Trial> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(TRIAL_MS)]);
  const sentAt = clock.now().getTime();
  let clockSeconds: number | undefined;
  const onDate = (date: string | undefined) => {
    const halfWay = (sentAt + clock.now().getTime()) / 2;
    const seconds = (Date.parse(date ?? '') - halfWay) / 1000;
    if (!Number.isNaN(seconds)) clockSeconds = Math.round(seconds);
  };
  const once = !passwordProved;
  const query = { statement: PROBE_STATEMENT, platform: 'windows', file: 'account', once, onDate } as const;
  const trialOf = (kind: Trial['kind'], ...findings: readonly Finding[]): Trial => ({
    kind,
    findings,
    ...(clockSeconds !== undefined && { clockSeconds }),
  });
  const unproved = (why: string): Finding => finding('not-proved', engineSetting(engine.name, 'port'), why);
  try {
    await readObjects({ ...query, engineId: engine.engineId }, await engineApi.query(engine, login, query, limit));
    return trialOf('full');
  } catch (error) {
    if (error instanceof EngineAuthError) return trialOf('refused', refusalOf(passwordProved));
    if (error instanceof EngineLicenceError) return trialOf('unlicensed', NO_LICENCE);
    if (error instanceof EngineTlsError)
      return trialOf('away', finding('certificate-issuer', engineSetting(engine.name, 'trust'), error.message));
    if (error instanceof EngineAddressError || (error instanceof EngineUnavailableError && error.unsent))
      return trialOf('away', unproved(error.message));
    if (limit.aborted) return trialOf('unclear', unproved('It does not answer a query in time'));
    if (error instanceof GdprError) return trialOf('unclear', unproved(error.message));
    throw error;
  }
}

/** What makes a user of Nexthink able to use the Web API. Source: docs/nxql.md */
const PROFILE = 'profile of the account in the Portal (Data privacy, Finder access)';

const refusalOf = (passwordProved: boolean): Finding =>
  passwordProved
    ? finding(
        'login-insufficient',
        PROFILE,
        'It refuses the account, whose password is right: the account needs Data privacy "none (full access)" and Finder access (changes take up to five minutes to arrive)',
      )
    : finding('login-refused', 'login', 'It refuses this user name or password');

const NO_LICENCE = finding(
  'no-licence',
  'noLicence',
  'It has no licence for the Web API (Nexthink Integrate); if it has one, correct how a missing licence is recognized',
);

/**
 * Whether the login may go to a further Engine (docs/decisions/0026). A login that may be wrong ends with the first Engine
 * that may have judged it; one that is right ends with the second refusal.
 */
function mayTryFurther(trials: readonly Trial[], passwordProved: boolean): boolean {
  if (!passwordProved) return trials.every(({ kind }) => kind === 'away');
  return trials.filter(({ kind }) => kind === 'refused').length < MAX_REFUSALS;
}
