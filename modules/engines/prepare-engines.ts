import type { AttemptFrame } from '../archive/fragment.ts';
import { GdprError } from '../common/errors.ts';
import type { Log } from '../common/ports.ts';
import type { RequestRecord } from '../requests/record.ts';
import type { Engine } from '../requests/source.ts';
import type { Login } from '../requests/start-body.ts';
import { EngineAuthError } from './errors.ts';
import { type IdleEngine, type IdleEnginesPorts, visitIdleEngines } from './idle-engines.ts';
import type { EngineApi, PortalApi } from './ports.ts';
import { EngineClient } from './retrieval/engine-client.ts';
import { HeaderAgreement } from './retrieval/header-agreement.ts';
import { type LookUp, prepareEngine } from './retrieval/prepare-engine.ts';

/** Maximum time of all preparations; a Request then goes on with what is known. The function has 15 minutes. */
const MAX_PREPARATION_MS = 240_000;
/** Maximum Engines that are prepared at the same time. */
const MAX_AT_ONCE = 8;
/** Wait two minutes for busy Engines, as long as no header is agreed without them. */
const PATIENCE = { rounds: 120, roundMs: 1000 };

export interface PrepareEnginesPorts extends IdleEnginesPorts {
  readonly engineApi: EngineApi;
  readonly portalApi: PortalApi;
  readonly log: Log;
}

/** What the Engines have told before they are queried. */
interface Preparations<Found> {
  readonly files: AttemptFrame['files'];
  /** What the look-up of the name brought, by id of the Engine. An Engine that was busy, or is away, is absent. */
  readonly found: ReadonlyMap<string, Found>;
  /** Engines that refused the login: they are not queried again. */
  readonly refusing: readonly Engine[];
}

/**
 * Prepares each connected Engine (modules/engines/retrieval/prepare-engine.ts), several at a time, and never two queries at a
 * time on one. An Engine that is busy, or away, is not prepared: its worker finds out by itself. Where no header was agreed
 * each Engine has files of its own (docs/decisions/0011).
 * @param engines the connected ones
 * @throws {EngineAuthError} an Engine refused a login that the Portal has not accepted either (docs/decisions/0026)
 */
export async function prepareEngines<Found>(
  { requestId, subjectKind, accountPrivacy }: RequestRecord,
  engines: readonly Engine[],
  login: Login,
  lookUp: LookUp<Found>,
  ports: PrepareEnginesPorts,
  signal: AbortSignal,
): Promise<Preparations<Found>> {
  const agreement = new HeaderAgreement(subjectKind, engines);
  const found = new Map<string, Found>();
  const refusing: Engine[] = [];
  const failed = new Set<Engine>();
  const limit = AbortSignal.timeout(MAX_PREPARATION_MS);
  const visit = async ({ engine, lost }: IdleEngine) => {
    const { engineId } = engine;
    const client = new EngineClient(ports.engineApi, engine, login, AbortSignal.any([signal, limit, lost]));
    const lookUpOnce = async () => (found.has(engineId) ? found.get(engineId)! : lookUp(client));
    try {
      found.set(engineId, await prepareEngine(client, lookUpOnce, agreement));
    } catch (error) {
      signal.throwIfAborted();
      failed.add(engine);
      if (error instanceof EngineAuthError) {
        if (!ports.portalApi.checksLogin) throw error;
        refusing.push(engine);
      }
      if (!(error instanceof GdprError) && !limit.aborted) throw error;
      ports.log.warn('engine was not prepared', { requestId, engineId, error: (error as Error).name });
    }
  };
  const visits = {
    visit,
    isNeeded: (engine: Engine, round: number) =>
      !limit.aborted && !failed.has(engine) && (round === 1 || agreement.needs(engine)),
    // A login that nobody has accepted yet reaches one Engine only, in case that it is wrong.
    atOnce: ports.portalApi.checksLogin || accountPrivacy === 'full' ? MAX_AT_ONCE : 1,
  };
  await visitIdleEngines(engines, `preparation of ${requestId}`, ports, PATIENCE, visits, signal);
  return { files: agreement.files(), found, refusing };
}
