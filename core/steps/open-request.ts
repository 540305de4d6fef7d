import { EngineNotConnectedError, GdprError, NoFederatedEngineError } from '../errors.ts';
import { federate } from '../federation.ts';
import { agreeHeaders } from '../headers.ts';
import type { Engine, Login, RequestRecord, SourceProgress, SourceState } from '../model.ts';
import type { Clock, EngineApi, Log, PartStore, PortalApi, Requests, Vault } from '../ports.ts';

/** An Engine has this long to tell its columns before another one is asked. */
const HEADER_TIMEOUT_MS = 20_000;
/** After so many Engines without an answer each Engine gets files of its own. */
const ENGINES_ASKED_FOR_HEADERS = 10;

export interface OpenRequestPorts {
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
 * Task `Open Request`: finds out which Engines are asked, agrees the files' headers and freezes the span of days.
 * @returns ids of the Engines to query; whether the Portal is queried
 * @throws {NoFederatedEngineError} Engine data was asked for and there is no Engine
 */
export async function openRequest(
  { requestId, attempt }: { requestId: string; attempt: number },
  ports: OpenRequestPorts,
  signal?: AbortSignal,
): Promise<{ engineIds: string[]; portal: boolean }> {
  const record = await ports.requests.transition(requestId, 'RUNNING');
  if (record.kind === 'anonymize') return { engineIds: [], portal: true };
  const portal = record.sources.includes('portal');
  if (portal) await noteState(ports.requests, requestId, { engineId: 'portal', name: 'portal' }, 'portal', 'PENDING');
  const opened = record.sources.includes('engine')
    ? await openEngines(record, ports, signal)
    : { engines: [], files: [], federation: 'all-listed' as const };
  await ports.parts.putPlan(requestId, attempt, {
    files: opened.files,
    engines: opened.engines,
    federation: opened.federation,
    frozenAt: ports.clock.now().toISOString(),
    formulaSwitch: ports.neutralizeFormulas,
  });
  ports.log.info('request opened', { requestId, attempt, count: opened.engines.length });
  const connected = opened.engines.filter(({ status }) => status === 'CONNECTED');
  return { engineIds: connected.map(({ engineId }) => engineId), portal };
}

async function openEngines(record: RequestRecord, ports: OpenRequestPorts, signal?: AbortSignal) {
  const { requestId, subjectKind } = record;
  const login = await ports.vault.open(requestId, 'login');
  const { engines, federation } = federate(await ports.portalApi.listEngines(login), ports.federation);
  if (engines.length === 0) throw new NoFederatedEngineError();
  const absence = new EngineNotConnectedError('');
  await Promise.all(
    engines.map((engine) =>
      engine.status === 'CONNECTED'
        ? noteState(ports.requests, requestId, engine, 'engine', 'PENDING')
        : noteState(ports.requests, requestId, engine, 'engine', 'UNREACHABLE', absence.name),
    ),
  );
  return { engines, federation, files: await firstHeaders(engines, login, subjectKind, ports, signal) };
}

/** Headers from the first Engine that tells them; none when no Engine does, and each then has files of its own. */
async function firstHeaders(
  engines: readonly Engine[],
  login: Login,
  kind: RequestRecord['subjectKind'],
  ports: OpenRequestPorts,
  signal?: AbortSignal,
) {
  const candidates = engines.filter(({ status }) => status === 'CONNECTED').slice(0, ENGINES_ASKED_FOR_HEADERS);
  for (const engine of candidates) {
    const limit = AbortSignal.timeout(HEADER_TIMEOUT_MS);
    try {
      return await agreeHeaders(
        ports.engineApi,
        engine,
        login,
        kind,
        signal ? AbortSignal.any([signal, limit]) : limit,
      );
    } catch (error) {
      signal?.throwIfAborted();
      if (!(error instanceof GdprError) && !limit.aborted) throw error;
      ports.log.warn('engine did not tell its columns', { engineId: engine.engineId, error: (error as Error).name });
    }
  }
  return [];
}

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
