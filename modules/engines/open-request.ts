import type { PartStore } from '../archive/ports.ts';
import { GdprError } from '../common/errors.ts';
import type { Clock, Log } from '../common/ports.ts';
import { keepLoginAlive, refuseCancelled, underCancellation } from '../requests/cancellation.ts';
import type { RequestRecord } from '../requests/record.ts';
import type { Engine, SourceProgress, SourceState } from '../requests/source.ts';
import type { Login } from '../requests/start-body.ts';
import type { Attempt } from '../requests/state-machine.ts';
import type { Requests } from '../requests/store.ts';
import type { Vault } from '../requests/vault.ts';
import { ENGINE_ERRORS, EngineAuthError, NoFederatedEngineError } from './errors.ts';
import { federate } from './federation.ts';
import { type IdleEnginesPorts, idleEngines } from './idle-engines.ts';
import type { EngineApi, PortalApi } from './ports.ts';
import { EngineClient } from './retrieval/engine-client.ts';
import { agreeHeaders, fixedHeaders } from './retrieval/engine-files.ts';

/** Maximum time in which an Engine lists the columns of all its tables; then another Engine is tried. */
const HEADERS_TIMEOUT_MS = 240_000;
/** Maximum Engines that are queried for headers; after that each Engine gets files of its own. */
const MAX_ENGINES_FOR_HEADERS = 3;

/** Wait two minutes for busy Engines. */
const PATIENCE = { rounds: 120, roundMs: 1000 };

export interface OpenRequestPorts extends IdleEnginesPorts {
  readonly requests: Requests;
  readonly vault: Vault;
  readonly portalApi: PortalApi;
  readonly engineApi: EngineApi;
  readonly parts: PartStore;
  readonly clock: Clock;
  readonly log: Log;
  readonly federation: readonly string[] | undefined;
  readonly neutralizeFormulas: boolean;
}

/**
 * Task `Open Request`: selects the Engines to query, agrees the files' headers and freezes the span of days.
 * @returns ids of the Engines to query; whether the Portal is queried
 * @throws {NoFederatedEngineError} Engine data was requested and there is no Engine
 */
export async function openRequest(
  { requestId, attempt }: Attempt,
  ports: OpenRequestPorts,
  signal?: AbortSignal,
): Promise<{ engineIds: string[]; portal: boolean }> {
  const record = await ports.requests.transition(requestId, 'RUNNING', {}, { attempt });
  if (record.kind === 'anonymize') return { engineIds: [], portal: true };
  const portal = record.sources.includes('portal');
  if (portal) await noteState(ports.requests, requestId, { engineId: 'portal', name: 'portal' }, 'portal', 'PENDING');
  const opened = record.sources.includes('engine')
    ? await underCancellation({ requestId, attempt }, ports.requests, signal, (either) =>
        openEngines(record, ports, either),
      )
    : { engines: [], files: [], federation: 'all-listed' as const, refusing: new Set<string>() };
  await refuseCancelled({ requestId, attempt }, ports.requests);
  await ports.parts.putFrame(requestId, attempt, {
    files: opened.files,
    engines: opened.engines,
    federation: opened.federation,
    frozenAt: ports.clock.now().toISOString(),
    formulaSwitch: ports.neutralizeFormulas,
  });
  ports.log.info('request opened', { requestId, attempt, count: opened.engines.length });
  const connected = opened.engines.filter(
    ({ status, engineId }) => status === 'CONNECTED' && !opened.refusing.has(engineId),
  );
  return { engineIds: connected.map(({ engineId }) => engineId), portal };
}

async function openEngines(record: RequestRecord, ports: OpenRequestPorts, signal: AbortSignal) {
  const { requestId } = record;
  await keepLoginAlive(requestId, ports);
  const login = await ports.vault.open(requestId, 'login');
  const { engines, federation } = federate(await ports.portalApi.listEngines(login), ports.federation);
  if (engines.length === 0) throw new NoFederatedEngineError();
  await Promise.all(
    engines.map((engine) =>
      engine.status === 'CONNECTED'
        ? noteState(ports.requests, requestId, engine, 'engine', 'PENDING')
        : noteFailure(ports.requests, requestId, engine, 'EngineNotConnectedError'),
    ),
  );
  const { files, refusing } = await firstHeaders(record, engines, login, ports, signal);
  return { engines, federation, files, refusing };
}

/**
 * Headers from the first idle Engine that lists its columns; when none does, each Engine has files of its own
 * (docs/decisions/0011).
 * @returns ids of Engines that refused the login: they are not queried again
 * @throws {EngineAuthError} an Engine refused a login that the Portal has not accepted either (docs/decisions/0026)
 */
async function firstHeaders(
  { requestId, subjectKind: kind }: RequestRecord,
  engines: readonly Engine[],
  login: Login,
  ports: OpenRequestPorts,
  signal: AbortSignal,
) {
  const candidates = engines.filter(({ status }) => status === 'CONNECTED');
  const holder = `headers of ${requestId}`;
  const refusing = new Set<string>();
  let queried = 0;
  for await (const { engine, lost } of idleEngines(candidates, holder, ports, PATIENCE, signal)) {
    const limit = AbortSignal.timeout(HEADERS_TIMEOUT_MS);
    try {
      const either = AbortSignal.any([signal, limit, lost]);
      return { files: await agreeHeaders(new EngineClient(ports.engineApi, engine, login, either), kind), refusing };
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof EngineAuthError) {
        if (!ports.portalApi.checksLogin) throw error;
        refusing.add(engine.engineId);
        await noteFailure(ports.requests, requestId, engine, error.name);
      }
      if (!(error instanceof GdprError) && !limit.aborted) throw error;
      ports.log.warn('engine did not list its columns', { engineId: engine.engineId, error: (error as Error).name });
    }
    if (++queried === MAX_ENGINES_FOR_HEADERS) break;
  }
  return { files: fixedHeaders(kind), refusing };
}

const noteFailure = (
  requests: Requests,
  requestId: string,
  engine: Engine,
  error: 'EngineAuthError' | 'EngineNotConnectedError',
): Promise<void> => noteState(requests, requestId, engine, 'engine', ENGINE_ERRORS[error].sourceState, error);

const noteState = (
  requests: Requests,
  requestId: string,
  { engineId, name }: Pick<Engine, 'engineId' | 'name'>,
  source: SourceProgress['source'],
  state: SourceState,
  reason?: string,
): Promise<void> =>
  requests.putProgress(requestId, {
    source,
    sourceId: engineId,
    name,
    state,
    rows: 0,
    bytes: 0,
    ...(reason && { reason }),
  });
