import * as z from 'zod';
import type { PartStore } from '../archive/ports.ts';
import type { Clock } from '../common/ports.ts';
import type { ReadonlyDeep } from '../common/shapes.ts';
import { keepLoginAlive, refuseCancelled, underCancellation } from '../requests/cancellation.ts';
import { Attempt } from '../requests/state-machine.ts';
import type { Requests } from '../requests/store.ts';
import type { Vault } from '../requests/vault.ts';
import { noteFailure } from './open-request.ts';
import { type PrepareEachPorts, prepareEach } from './retrieval/prepare-engine.ts';

/** Input of the task `Prepare Engines` in retrieve.asl.json. */
export const PrepareEnginesEvent = Attempt.extend({ engineIds: z.array(z.string().min(1)) });
export type PrepareEnginesEvent = ReadonlyDeep<z.infer<typeof PrepareEnginesEvent>>;

export interface PrepareEnginesPorts extends PrepareEachPorts {
  readonly requests: Requests;
  readonly vault: Vault;
  readonly parts: PartStore;
  readonly clock: Clock;
}

/**
 * Task `Prepare Engines`: agrees the files' headers and writes them into the frame of the attempt. A rerun keeps those of
 * the first attempt (docs/decisions/0023).
 * @returns ids of the Engines to query: without those that refused the login
 * @throws {EngineAuthError} an Engine refused a login that the Portal has not accepted either (docs/decisions/0026)
 */
export async function prepareEngines(
  { requestId, attempt, engineIds }: PrepareEnginesEvent,
  ports: PrepareEnginesPorts,
  signal?: AbortSignal,
): Promise<readonly string[]> {
  if (attempt > 1) return engineIds;
  const { requests, parts, vault } = ports;
  await keepLoginAlive(requestId, ports);
  const [record, frame, login] = await Promise.all([
    requests.get(requestId),
    parts.getFrame(requestId, attempt),
    vault.open(requestId, 'login'),
  ]);
  const engines = frame.engines.filter(({ engineId }) => engineIds.includes(engineId));
  const { files, kept, refusing } = await underCancellation({ requestId, attempt }, requests, signal, (either) =>
    prepareEach(record, engines, login, async () => {}, ports, either),
  );
  await refuseCancelled({ requestId, attempt }, requests);
  await parts.putFrame(requestId, attempt, { ...frame, files, ...(kept && { kept }) });
  await Promise.all(refusing.map((engine) => noteFailure(requests, requestId, engine, 'EngineAuthError')));
  ports.log.info('engines prepared', { requestId, attempt, count: engines.length - refusing.length });
  const refused = refusing.map(({ engineId }) => engineId);
  return engineIds.filter((engineId) => !refused.includes(engineId));
}
