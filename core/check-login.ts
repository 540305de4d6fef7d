import { EngineAuthError, GdprError, LoginInsufficientError, LoginNotVerifiableError } from './errors.ts';
import { federate } from './federation.ts';
import type { Engine, Login, RequestRecord, Source } from './model.ts';
import { PROBE_STATEMENT } from './nxql.ts';
import type { EngineApi, PortalApi } from './ports.ts';

/** An Engine that has not answered the probe by then counts as away. */
const PROBE_TIMEOUT_MS = 8_000;
/** So many Engines are asked at most, one after the other. */
const MOST_PROBES = 3;

export interface CheckLoginPorts {
  readonly portalApi: PortalApi;
  readonly engineApi: EngineApi;
  readonly federation: readonly string[] | undefined;
}

/**
 * Checks the account before any work starts (R4): the password at the Portal, so that a wrong one is sent once and
 * never to an Engine (D13a); "none (full access)" by a harmless query, since an Engine refuses every other account.
 * @throws {LoginRefusedError} wrong password
 * @throws {LoginInsufficientError} every Engine that answered refused the account
 * @throws {LoginNotVerifiableError} Engine data was asked for and no Engine answered
 */
export async function checkLogin(
  login: Login,
  sources: readonly Source[],
  ports: CheckLoginPorts,
): Promise<{ accountPrivacy: RequestRecord['accountPrivacy'] }> {
  const listed = await ports.portalApi.listEngines(login);
  if (!sources.includes('engine')) return { accountPrivacy: 'unverified' };
  const { engines } = federate(listed, ports.federation);
  let refused = false;
  for (const engine of engines.filter(({ status }) => status === 'CONNECTED').slice(0, MOST_PROBES)) {
    const answer = await probe(engine, login, ports.engineApi);
    if (answer === 'full') return { accountPrivacy: 'full' };
    refused ||= answer === 'refused';
  }
  throw refused ? new LoginInsufficientError() : new LoginNotVerifiableError();
}

async function probe(engine: Engine, login: Login, engineApi: EngineApi): Promise<'full' | 'refused' | 'away'> {
  const query = { statement: PROBE_STATEMENT, platform: 'windows', file: 'probe' } as const;
  const signal = AbortSignal.timeout(PROBE_TIMEOUT_MS);
  try {
    for await (const _rows of await engineApi.query(engine, login, query, signal));
    return 'full';
  } catch (error) {
    if (error instanceof EngineAuthError) return 'refused';
    if (error instanceof GdprError || signal.aborted) return 'away';
    throw error;
  }
}
