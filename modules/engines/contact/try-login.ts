import { GdprError } from '../../common/errors.ts';
import type { Clock } from '../../common/ports.ts';
import type { Engine } from '../../requests/source.ts';
import type { Login } from '../../requests/start-body.ts';
import {
  EngineAddressError,
  EngineAuthError,
  EngineLicenceError,
  EngineTlsError,
  EngineUnavailableError,
} from '../errors.ts';
import { PROBE_STATEMENT } from '../nxql.ts';
import type { EngineApi } from '../ports.ts';
import { readObjects } from '../retrieval/read-answer.ts';
import { engineSetting, type Finding, finding } from './finding.ts';

/** Maximum time of the harmless query. */
const TRIAL_MS = 8_000;
/** Maximum refusals of a login whose password the Portal has accepted: two Engines speak for all. */
const MAX_REFUSALS = 2;

/**
 * What a harmless query showed of the account. `full`: the answer holds the queried columns. `away`: the login was not sent.
 * `unclear`: it may have arrived, and no answer judged it.
 */
export interface Trial {
  readonly kind: 'full' | 'refused' | 'unlicensed' | 'away' | 'unclear';
  readonly findings: readonly Finding[];
  /** How far the Engine's clock is ahead of ours, seconds. */
  readonly clockSeconds?: number;
}

export interface TryLoginPorts {
  readonly engineApi: EngineApi;
  readonly clock: Clock;
}

/**
 * Sends the harmless query that judges the account (R4): an Engine refuses every account without full access, and only an
 * answer with the queried columns proves anything.
 * @param passwordProved false when the login may be wrong: then it is sent once
 */
export async function tryLogin(
  engine: Engine,
  login: Login,
  { engineApi, clock }: TryLoginPorts,
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
  const trial = await judge(engine, passwordProved, limit, async () =>
    readObjects({ ...query, engineId: engine.engineId }, await engineApi.query(engine, login, query, limit)),
  );
  return clockSeconds === undefined ? trial : { ...trial, clockSeconds };
}

async function judge(
  { name }: Engine,
  passwordProved: boolean,
  limit: AbortSignal,
  query: () => Promise<unknown>,
): Promise<Trial> {
  const unproved = (why: string): Finding => finding('not-proved', engineSetting(name, 'port'), why);
  try {
    await query();
    return { kind: 'full', findings: [] };
  } catch (error) {
    if (error instanceof EngineAuthError) return { kind: 'refused', findings: [refusalOf(passwordProved)] };
    if (error instanceof EngineLicenceError) return { kind: 'unlicensed', findings: [NO_LICENCE] };
    if (error instanceof EngineTlsError)
      return { kind: 'away', findings: [finding('certificate-issuer', engineSetting(name, 'trust'), error.message)] };
    if (isAway(error)) return { kind: 'away', findings: [unproved(error.message)] };
    if (limit.aborted) return { kind: 'unclear', findings: [unproved('It does not answer a query in time')] };
    if (error instanceof GdprError) return { kind: 'unclear', findings: [unproved(error.message)] };
    throw error;
  }
}

const isAway = (error: unknown): error is EngineAddressError | EngineUnavailableError =>
  error instanceof EngineAddressError || (error instanceof EngineUnavailableError && error.unsent);

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
export function mayTryFurther(trials: readonly Trial[], passwordProved: boolean): boolean {
  if (!passwordProved) return trials.every(({ kind }) => kind === 'away');
  return trials.filter(({ kind }) => kind === 'refused').length < MAX_REFUSALS;
}
