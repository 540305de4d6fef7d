import type { AttemptFrame } from '../../archive/fragment.ts';
import { GdprError } from '../../common/errors.ts';
import type { Clock, Log } from '../../common/ports.ts';
import { ProgressNews } from '../../requests/progress-news.ts';
import type { RequestRecord } from '../../requests/record.ts';
import type { Engine } from '../../requests/source.ts';
import type { Login } from '../../requests/start-body.ts';
import type { Requests } from '../../requests/store.ts';
import { EngineAuthError } from '../errors.ts';
import { type IdleEngine, type IdleEnginesPorts, visitIdleEngines } from '../idle-engines.ts';
import type { EngineApi, PortalApi } from '../ports.ts';
import { EngineClient } from './engine-client.ts';
import { HeaderAgreement, mostCommonVersion } from './header-agreement.ts';
import type { HeaderStore } from './kept-headers.ts';

/** Maximum time of all preparations; the Request then goes on with what is known. The function has 10 minutes. */
const MAX_PREPARATION_MS = 240_000;
/** Maximum Engines that are prepared at the same time. */
const MAX_AT_ONCE = 8;
/** Wait two minutes for busy Engines, as long as no header is agreed without them. */
const PATIENCE = { rounds: 120, roundMs: 1000 };

export interface PrepareEachPorts extends IdleEnginesPorts {
  readonly engineApi: EngineApi;
  readonly portalApi: Pick<PortalApi, 'checksLogin'>;
  readonly headers: HeaderStore;
  readonly requests: Requests;
  readonly clock: Clock;
  readonly log: Log;
}

/** What the Engines have answered before they are queried. */
interface Preparations<Found> extends Required<Pick<AttemptFrame, 'files' | 'columns'>> {
  /** What the look-up of the name found, by id of the Engine. An Engine that was busy, or is away, is absent. */
  readonly found: ReadonlyMap<string, Found>;
  /** Engines that refused the login: they are not queried again. */
  readonly refusing: readonly Engine[];
}

/**
 * What a Request needs from each Engine before it is queried: first the look-up of the name, then the Engine's share of the
 * headers. Several Engines at a time, each leased meanwhile and queried once at a time. An Engine that is busy, or away, is
 * not prepared: its worker finds out by itself. A file without an agreed header becomes one file per Engine
 * (docs/decisions/0011).
 * @param engines the connected ones
 * @param lookUp finds out which accounts, or devices, of an Engine the Subject's name may mean
 * @throws {EngineAuthError} an Engine refused a login that the Portal has not accepted either (docs/decisions/0026)
 */
export async function prepareEach<Found>(
  { requestId, subjectKind, accountPrivacy }: RequestRecord,
  engines: readonly Engine[],
  login: Login,
  lookUp: (client: EngineClient) => Promise<Found>,
  ports: PrepareEachPorts,
  signal: AbortSignal,
): Promise<Preparations<Found>> {
  const version = mostCommonVersion(engines) ?? '';
  const agreement = new HeaderAgreement(subjectKind, engines, await ports.headers.find(subjectKind, version));
  const found = new Map<string, Found>();
  const refusing: Engine[] = [];
  const failed = new Set<Engine>();
  const limit = AbortSignal.timeout(MAX_PREPARATION_MS);
  const visit = async ({ engine, lost }: IdleEngine) => {
    const { engineId } = engine;
    const client = new EngineClient(ports.engineApi, engine, login, AbortSignal.any([signal, limit, lost]));
    const source = { source: 'engine', sourceId: engineId, name: engine.name } as const;
    const news = new ProgressNews(requestId, source, () => ({ state: 'PENDING', rows: 0, bytes: 0 }), ports);
    try {
      news.enter('CHECKING_ACCOUNT');
      if (!found.has(engineId)) found.set(engineId, await lookUp(client));
      news.enter('PREPARING');
      await agreement.help(client);
      news.enter(undefined);
    } catch (error) {
      signal.throwIfAborted();
      failed.add(engine);
      if (error instanceof EngineAuthError) {
        if (!ports.portalApi.checksLogin) throw error;
        refusing.push(engine);
      }
      if (!(error instanceof GdprError) && !limit.aborted) throw error;
      ports.log.warn('engine was not prepared', { requestId, engineId, error: (error as Error).name });
    } finally {
      await news.end();
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
  const { isNew, isWhole, listed, columns } = agreement.agreed();
  if (isNew && isWhole) await ports.headers.keep(subjectKind, version, { listed, columns });
  return { files: agreement.files(), columns, found, refusing };
}
