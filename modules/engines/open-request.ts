import type { PartStore } from '../archive/ports.ts';
import type { Clock } from '../common/ports.ts';
import { keepLoginAlive, refuseCancelled, underCancellation } from '../requests/cancellation.ts';
import type { RequestRecord } from '../requests/record.ts';
import type { Engine, SourceProgress, SourceState } from '../requests/source.ts';
import type { Attempt } from '../requests/state-machine.ts';
import type { Requests } from '../requests/store.ts';
import type { Vault } from '../requests/vault.ts';
import { ENGINE_ERRORS, NoFederatedEngineError } from './errors.ts';
import { absenceOf, federate } from './federation.ts';
import { type PrepareEnginesPorts, prepareEngines } from './prepare-engines.ts';

export interface OpenRequestPorts extends PrepareEnginesPorts {
  readonly requests: Requests;
  readonly vault: Vault;
  readonly parts: PartStore;
  readonly clock: Clock;
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
    : { engines: [], files: [], federation: 'all-listed' as const, refusing: [] };
  await refuseCancelled({ requestId, attempt }, ports.requests);
  await ports.parts.putFrame(requestId, attempt, {
    files: opened.files,
    engines: opened.engines,
    federation: opened.federation,
    frozenAt: ports.clock.now().toISOString(),
    formulaSwitch: ports.neutralizeFormulas,
  });
  ports.log.info('request opened', { requestId, attempt, count: opened.engines.length });
  const refusing = new Set<string>(opened.refusing.map(({ engineId }) => engineId));
  const queried = opened.engines.filter(({ status, engineId }) => status === 'CONNECTED' && !refusing.has(engineId));
  return { engineIds: queried.map(({ engineId }) => engineId), portal };
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
        : noteFailure(ports.requests, requestId, engine, absenceOf(engine)),
    ),
  );
  const connected = engines.filter(({ status }) => status === 'CONNECTED');
  const { files, refusing } = await prepareEngines(record, connected, login, async () => {}, ports, signal);
  await Promise.all(refusing.map((engine) => noteFailure(ports.requests, requestId, engine, 'EngineAuthError')));
  return { engines, federation, files, refusing };
}

const noteFailure = (
  requests: Requests,
  requestId: string,
  engine: Engine,
  error: 'EngineAuthError' | ReturnType<typeof absenceOf>,
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
