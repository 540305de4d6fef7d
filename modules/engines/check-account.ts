import { GdprError } from '../common/errors.ts';
import type { RequestRecord } from '../requests/record.ts';
import type { Engine, Source } from '../requests/source.ts';
import type { Login } from '../requests/start-body.ts';
import {
  EngineAddressError,
  EngineAuthError,
  EngineLicenceError,
  EngineTlsError,
  EngineUnavailableError,
  LoginInsufficientError,
  LoginNotVerifiableError,
  LoginRefusedError,
} from './errors.ts';
import { federate } from './federation.ts';
import { type IdleEnginesPorts, idleEngines } from './idle-engines.ts';
import { PROBE_STATEMENT } from './nxql.ts';
import type { EngineApi, PortalApi } from './ports.ts';
import { readHeader } from './retrieval/read-answer.ts';

/** Maximum time of a probe. */
const PROBE_TIMEOUT_MS = 8_000;
/** Maximum Engines that are probed, one after the other. */
const MAX_PROBES = 3;
/** Wait about 8 s for busy Engines: the caller is waiting. */
const PATIENCE = { rounds: 20, roundMs: 400 };

export interface CheckLoginPorts extends IdleEnginesPorts {
  readonly portalApi: PortalApi;
  readonly engineApi: EngineApi;
  readonly federation: readonly string[] | undefined;
}

/** Outcome of a probe. `away`: the login was not sent. `unclear`: it may have arrived, and no answer judged it. */
type Finding = 'full' | 'refused' | 'unlicensed' | 'away' | 'unclear';

/**
 * Checks the account before any work starts (R4): the password at the Portal, so that a wrong one is sent once and
 * never to an Engine (docs/decisions/0026); "none (full access)" by a harmless query, since an Engine refuses every other account.
 * If the Portal is queried with another account, only one Engine gets a login that may be wrong. No Engine is queried while
 * another Request holds it.
 * @throws {LoginRefusedError} wrong password
 * @throws {LoginInsufficientError} Engines refused the account, or one did and no other could be queried
 * @throws {LoginNotVerifiableError} no Engine answered, and the login could not be checked otherwise
 */
export async function checkLogin(
  login: Login,
  sources: readonly Source[],
  ports: CheckLoginPorts,
): Promise<{ accountPrivacy: RequestRecord['accountPrivacy'] }> {
  const { checksLogin } = ports.portalApi;
  const listed = await ports.portalApi.listEngines(login);
  if (!sources.includes('engine') && checksLogin) return { accountPrivacy: 'unverified' };
  const { engines } = federate(listed, ports.federation);
  const found: Finding[] = [];
  const candidates = engines.filter(({ status }) => status === 'CONNECTED');
  for await (const { engine } of idleEngines(candidates, 'check-login', ports, PATIENCE)) {
    const finding = await probe(engine, login, ports.engineApi, !checksLogin);
    if (finding === 'full') return { accountPrivacy: 'full' };
    if (finding === 'refused' && !checksLogin) throw new LoginRefusedError();
    found.push(finding);
    if (finding !== 'away' && !checksLogin) break;
    if (found.length === MAX_PROBES) break;
  }
  // Other Requests hold an Engine: it judges the account when it is free. The password is good here too.
  const busy = found.length < Math.min(candidates.length, MAX_PROBES);
  if (checksLogin && busy) return { accountPrivacy: 'unverified' };
  const refusals = found.filter((finding) => finding === 'refused').length;
  const isOdd = refusals === 1 && found.length < candidates.length; // the others may accept it
  if (checksLogin && isOdd) return { accountPrivacy: 'unverified' };
  if (refusals > 0) throw new LoginInsufficientError();
  // Only licences are missing: the retrieval reports them. The password is good.
  if (checksLogin && found.length > 0 && found.every((finding) => finding === 'unlicensed'))
    return { accountPrivacy: 'unverified' };
  throw new LoginNotVerifiableError();
}

/** @param once the login may be wrong */
async function probe(engine: Engine, login: Login, engineApi: EngineApi, once: boolean): Promise<Finding> {
  const query = { statement: PROBE_STATEMENT, platform: 'windows', file: 'probe', once } as const;
  const signal = AbortSignal.timeout(PROBE_TIMEOUT_MS);
  try {
    await readHeader({ ...query, engineId: engine.engineId }, await engineApi.query(engine, login, query, signal));
    return 'full';
  } catch (error) {
    if (error instanceof EngineAuthError) return 'refused';
    if (error instanceof EngineLicenceError) return 'unlicensed';
    if (isAway(error)) return 'away';
    if (error instanceof GdprError || signal.aborted) return 'unclear';
    throw error;
  }
}

const isAway = (error: unknown): boolean =>
  error instanceof EngineTlsError ||
  error instanceof EngineAddressError ||
  (error instanceof EngineUnavailableError && error.unsent);
