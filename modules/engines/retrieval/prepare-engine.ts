import type { AttemptFrame } from '../../archive/fragment.ts';
import { ProgressNews } from '../../requests/progress-news.ts';
import type { RequestRecord } from '../../requests/record.ts';
import type { Engine } from '../../requests/source.ts';
import type { Login } from '../../requests/start-body.ts';
import type { RequestPorts } from '../../requests/store.ts';
import { EngineAuthError } from '../errors.ts';
import { type QueryEachPorts, queryEach } from '../idle-engines.ts';
import type { EngineClient } from './engine-client.ts';
import { HeaderAgreement, type HeaderStore, mostCommonVersion } from './header-agreement.ts';

/** Maximum time of all preparations; the Request then goes on with what is known. The function has 10 minutes. */
const MAX_PREPARATION_MS = 240_000;
/** Wait two minutes for busy Engines, as long as no header is agreed without them. */
const PATIENCE = { rounds: 120, roundMs: 1000 };

export interface PrepareEachPorts extends QueryEachPorts, RequestPorts {
  readonly headers: HeaderStore;
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
 * @param lookUp finds out which accounts, or devices, of an Engine the Subject's name may mean; nothing when it cannot be known
 * @throws {EngineAuthError} an Engine refused a login that the Portal has not accepted either (docs/decisions/0026)
 */
export async function prepareEach<Found>(
  { requestId, subjectKind, accountPrivacy }: RequestRecord,
  engines: readonly Engine[],
  login: Login,
  lookUp: (client: EngineClient) => Promise<Found | undefined>,
  ports: PrepareEachPorts,
  signal: AbortSignal,
): Promise<Preparations<Found>> {
  const version = mostCommonVersion(engines) ?? '';
  const agreement = new HeaderAgreement(subjectKind, engines, version, await ports.headers.find(subjectKind, version));
  const found = new Map<string, Found>();
  const work = async (client: EngineClient) => {
    const { engineId, name } = client.engine;
    const source = { source: 'engine', sourceId: engineId, name } as const;
    const news = new ProgressNews(requestId, source, () => ({ state: 'PENDING', rows: 0, bytes: 0 }), ports);
    try {
      news.enter('CHECKING_ACCOUNT');
      const answer = found.has(engineId) ? undefined : await lookUp(client);
      if (answer !== undefined) found.set(engineId, answer);
      news.enter('PREPARING');
      await agreement.help(client);
      news.enter(undefined);
    } finally {
      await news.end();
    }
  };
  const isNeeded = (engine: Engine, round: number) => round === 1 || agreement.needs(engine);
  const isProved = accountPrivacy === 'full';
  const queries = { holder: `preparation of ${requestId}`, patience: PATIENCE, login, isProved, isNeeded, work };
  const limit = AbortSignal.any([signal, AbortSignal.timeout(MAX_PREPARATION_MS)]);
  const { failed } = await queryEach(engines, queries, ports, limit);
  signal.throwIfAborted();
  for (const [{ engineId }, { name }] of failed)
    ports.log.warn('engine was not prepared', { requestId, engineId, error: name });
  const { isNew, isWhole, listed, columns } = agreement.agreed();
  if (isNew && isWhole) await ports.headers.keep(subjectKind, version, { listed, columns });
  const refusing = engines.filter((engine) => failed.get(engine) instanceof EngineAuthError);
  return { files: agreement.files(), columns, found, refusing };
}
