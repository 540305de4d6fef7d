import type { PartStore } from '../archive/ports.ts';
import { keepLoginAlive, refuseCancelled, underCancellation } from '../requests/cancellation.ts';
import type { RequestRecord } from '../requests/record.ts';
import type { Engine, SourceProgress } from '../requests/source.ts';
import { type Attempt, mayHaveMore } from '../requests/state-machine.ts';
import type { Requests } from '../requests/store.ts';
import type { SealedPorts } from '../requests/vault.ts';
import { ENGINE_ERRORS, NoFederatedEngineError } from './errors.ts';
import { absenceOf, federate } from './federation.ts';
import { inOwnOrder } from './leases.ts';
import type { PortalApi } from './ports.ts';
import { fixedHeaders } from './retrieval/header-agreement.ts';

export interface OpenRequestPorts extends SealedPorts {
  readonly portalApi: PortalApi;
  readonly parts: PartStore;
  readonly federation: readonly string[] | undefined;
  readonly neutralizeFormulas: boolean;
}

/** Task `Open Request`: selects the Engines to query, in an order of the Request's own, and freezes the span of days. */
export async function openRequest({ requestId, attempt }: Attempt, ports: OpenRequestPorts, signal?: AbortSignal) {
  const record = await ports.requests.transition(requestId, 'RUNNING', {}, { attempt });
  if (record.kind !== 'retrieve') return { engineIds: [], portal: true };
  const portal = record.sources.includes('portal');
  const updatedAt = ports.clock.now().toISOString();
  if (portal) {
    const portalItself = { engineId: 'portal', name: 'portal' };
    await noteState(ports.requests, requestId, portalItself, { state: 'PENDING', phase: 'PREPARING', updatedAt });
  }
  const opened = record.sources.includes('engine')
    ? await underCancellation({ requestId, attempt }, ports.requests, signal, () => openEngines(record, ports))
    : { engines: [], federation: 'all-listed' as const };
  await refuseCancelled({ requestId, attempt }, ports.requests);
  await ports.parts.putFrame(requestId, attempt, {
    ...opened,
    files: record.sources.includes('engine') ? fixedHeaders(record.subjectKind) : [],
    frozenAt: ports.clock.now().toISOString(),
    formulaSwitch: ports.neutralizeFormulas,
  });
  ports.log.info('request opened', { requestId, attempt, count: opened.engines.length });
  const connected = opened.engines.filter(({ status }) => status === 'CONNECTED');
  const engineIds = connected.map(({ engineId }) => engineId);
  return { engineIds: inOwnOrder(requestId, engineIds), portal };
}

async function openEngines({ requestId }: RequestRecord, ports: OpenRequestPorts) {
  const updatedAt = ports.clock.now().toISOString();
  const { engines, federation } = await enginesNow(requestId, ports);
  if (engines.length === 0) throw new NoFederatedEngineError();
  await Promise.all(
    engines.map((engine) =>
      engine.status === 'CONNECTED'
        ? noteState(ports.requests, requestId, engine, { state: 'PENDING', phase: 'CHECKING_ACCOUNT', updatedAt })
        : noteFailure(ports.requests, requestId, engine, absenceOf(engine)),
    ),
  );
  return { engines, federation };
}

/** An Engine that is missing before it was queried. */
export const noteFailure = (
  requests: Requests,
  requestId: string,
  engine: Pick<Engine, 'engineId' | 'name'>,
  reason: 'EngineAuthError' | ReturnType<typeof absenceOf>,
): Promise<void> => noteState(requests, requestId, engine, { state: ENGINE_ERRORS[reason].sourceState, reason });

const noteState = (
  requests: Requests,
  requestId: string,
  { engineId, name }: Pick<Engine, 'engineId' | 'name'>,
  facts: Pick<SourceProgress, 'state' | 'phase' | 'reason' | 'updatedAt'>,
): Promise<void> =>
  requests.putProgress(requestId, {
    source: engineId === 'portal' ? 'portal' : 'engine',
    sourceId: engineId,
    name,
    rows: 0,
    bytes: 0,
    ...facts,
  });

/** The same in a later attempt: files, headers and days stay, and only incomplete sources are queried (docs/decisions/0023). */
export const reopenRequest: typeof openRequest = async ({ requestId, attempt }, ports, signal) => {
  const { kind } = await ports.requests.get(requestId);
  if (kind !== 'retrieve') return { engineIds: [], portal: true }; // its change is committed, even if it was cancelled later
  const frame = await ports.parts.newestFrame(requestId, attempt - 1);
  if (!frame) return openRequest({ requestId, attempt }, ports, signal);
  await ports.requests.transition(requestId, 'RUNNING', {}, { attempt });
  const progress = await ports.requests.listProgress(requestId);
  const missing = progress.filter(mayHaveMore);
  const needsEngines = missing.some(({ source }) => source === 'engine');
  const current = needsEngines ? (await enginesNow(requestId, ports, signal)).engines : [];
  const engines = frame.engines.map((engine) => current.find(({ engineId }) => engineId === engine.engineId) ?? engine);
  await ports.parts.putFrame(requestId, attempt, { ...frame, engines });
  const reached = missing.filter((source) => isConnected(source, current));
  await Promise.all(missing.map((source) => noteQueried(requestId, source, current, ports.requests)));
  ports.log.info('request opened again', { requestId, attempt, count: reached.length });
  const engineIds = reached.filter(({ source }) => source === 'engine').map(({ sourceId }) => sourceId);
  return { engineIds: inOwnOrder(requestId, engineIds), portal: reached.some(({ source }) => source === 'portal') };
};

async function enginesNow(requestId: string, ports: OpenRequestPorts, signal?: AbortSignal) {
  await keepLoginAlive(requestId, ports);
  const login = await ports.vault.open(requestId, 'login');
  signal?.throwIfAborted();
  return federate(await ports.portalApi.listEngines(login), ports.federation);
}

const isConnected = ({ source, sourceId }: SourceProgress, present: readonly Engine[]): boolean =>
  source === 'portal' || present.some(({ engineId, status }) => engineId === sourceId && status === 'CONNECTED');

function noteQueried(requestId: string, source: SourceProgress, present: readonly Engine[], requests: Requests) {
  const engine = { engineId: source.sourceId, name: source.name };
  if (isConnected(source, present)) return noteState(requests, requestId, engine, { state: 'PENDING' });
  const found = present.find(({ engineId }) => engineId === engine.engineId);
  return noteFailure(requests, requestId, engine, absenceOf(found));
}
