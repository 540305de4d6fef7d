import { keepLoginAlive } from '../requests/cancellation.ts';
import type { Engine, SourceProgress } from '../requests/source.ts';
import { type Attempt, mayHaveMore } from '../requests/state-machine.ts';
import type { Requests } from '../requests/store.ts';
import { inOwnOrder } from './engine-queue.ts';
import { absenceOf, federate } from './federation.ts';
import { type OpenRequestPorts, openRequest } from './open-request.ts';

/**
 * Task `Open Request` of every attempt but the first: files, headers and days stay those of the attempt before, and only incomplete
 * sources are queried (docs/decisions/0023). The Portal lists the Engines' addresses again. If no attempt has come so far, this one
 * opens the Request.
 * @returns ids of the Engines to query, in an order of the Request's own; whether the Portal is queried
 */
export async function reopenRequest(
  { requestId, attempt }: Attempt,
  ports: OpenRequestPorts,
  signal?: AbortSignal,
): Promise<{ engineIds: string[]; portal: boolean }> {
  const { kind } = await ports.requests.get(requestId);
  if (kind === 'anonymize') return { engineIds: [], portal: true }; // its change is committed, even if it was cancelled later
  const frame = await ports.parts.newestFrame(requestId, attempt - 1);
  if (!frame) return openRequest({ requestId, attempt }, ports, signal);
  await ports.requests.transition(requestId, 'RUNNING', {}, { attempt });
  const progress = await ports.requests.listProgress(requestId);
  const missing = progress.filter(mayHaveMore);
  const needsEngines = missing.some(({ source }) => source === 'engine');
  const current = needsEngines ? await enginesNow(requestId, ports, signal) : [];
  const engines = frame.engines.map((engine) => current.find(({ engineId }) => engineId === engine.engineId) ?? engine);
  await ports.parts.putFrame(requestId, attempt, { ...frame, engines });
  const reached = missing.filter((source) => isConnected(source, current));
  await Promise.all(missing.map((source) => noteQueried(requestId, source, current, ports.requests)));
  ports.log.info('request opened again', { requestId, attempt, count: reached.length });
  const engineIds = reached.filter(({ source }) => source === 'engine').map(({ sourceId }) => sourceId);
  return {
    engineIds: inOwnOrder(requestId, engineIds),
    portal: reached.some(({ source }) => source === 'portal'),
  };
}

async function enginesNow(requestId: string, ports: OpenRequestPorts, signal?: AbortSignal): Promise<Engine[]> {
  await keepLoginAlive(requestId, ports);
  const login = await ports.vault.open(requestId, 'login');
  signal?.throwIfAborted();
  return federate(await ports.portalApi.listEngines(login), ports.federation).engines;
}

const isConnected = ({ source, sourceId }: SourceProgress, present: readonly Engine[]): boolean =>
  source === 'portal' || present.some(({ engineId, status }) => engineId === sourceId && status === 'CONNECTED');

const noteQueried = (
  requestId: string,
  progress: SourceProgress,
  present: readonly Engine[],
  requests: Requests,
): Promise<void> => {
  const { source, sourceId, name } = progress;
  const engine = present.find(({ engineId }) => engineId === sourceId);
  return requests.putProgress(requestId, {
    source,
    sourceId,
    name,
    rows: 0,
    bytes: 0,
    ...(isConnected(progress, present)
      ? { state: 'PENDING' as const }
      : { state: 'UNREACHABLE' as const, reason: absenceOf(engine) }),
  });
};
