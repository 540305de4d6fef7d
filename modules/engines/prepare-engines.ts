import * as z from 'zod';
import type { PartStore } from '../archive/ports.ts';
import { ignoring } from '../common/errors.ts';
import type { ReadonlyDeep } from '../common/shapes.ts';
import { keepLoginAlive, refuseCancelled, underCancellation } from '../requests/cancellation.ts';
import { Attempt } from '../requests/state-machine.ts';
import type { Vault } from '../requests/vault.ts';
import { EngineQueryRejectedError } from './errors.ts';
import { noteFailure } from './open-request.ts';
import type { EngineClient } from './retrieval/engine-client.ts';
import { accountsMeant, findAccounts, findInAnyCase } from './retrieval/find-accounts.ts';
import { type PrepareEachPorts, prepareEach } from './retrieval/prepare-engine.ts';
import { withFound } from './retrieval/resolve-accounts.ts';

/** Input of the task `Prepare Engines` in retrieve.asl.json. */
export const PrepareEnginesEvent = Attempt.extend({ engineIds: z.array(z.string().min(1)) });
export type PrepareEnginesEvent = ReadonlyDeep<z.infer<typeof PrepareEnginesEvent>>;

interface PrepareEnginesPorts extends PrepareEachPorts {
  readonly vault: Vault;
  readonly parts: PartStore;
}

/**
 * Task `Prepare Engines`: finds out which account the name means, agrees the files' headers and writes them into the frame of
 * the attempt. A rerun keeps those of the first attempt (docs/decisions/0023).
 * @returns ids of the Engines to query: without those that refused the login
 * @throws {EngineAuthError} an Engine refused a login that the Portal has not accepted either (docs/decisions/0026)
 * @throws {AmbiguousSubjectError} the name means several accounts, and the caller chose none (R1)
 */
export async function prepareEngines(
  { requestId, attempt, engineIds }: PrepareEnginesEvent,
  ports: PrepareEnginesPorts,
  signal?: AbortSignal,
): Promise<readonly string[]> {
  if (attempt > 1) return engineIds;
  const { requests, parts, vault } = ports;
  await keepLoginAlive(requestId, ports);
  const [record, frame, login, subject] = await Promise.all([
    requests.get(requestId),
    parts.getFrame(requestId, attempt),
    vault.open(requestId, 'login'),
    vault.open(requestId, 'subject'),
  ]);
  const { kind, name, accounts } = subject;
  const engines = frame.engines.filter(({ engineId }) => engineIds.includes(engineId));
  // Engines may compare text with its case, and each may store a name in another case, which nobody would guess.
  const lookUp = async (client: EngineClient) => {
    const known = accounts ? [] : await findAccounts(client, name, kind);
    if (accounts || accountsMeant(known).length > 0) return known;
    return findInAnyCase(client, name, kind).catch(ignoring(EngineQueryRejectedError)); // the worker queries it again
  };
  const { files, columns, found, refusing } = await underCancellation(
    { requestId, attempt },
    requests,
    signal,
    (either) => prepareEach(record, engines, login, lookUp, ports, either),
  );
  await refuseCancelled({ requestId, attempt }, requests);
  const resolved = withFound(requestId, subject, found);
  if (resolved !== subject) await vault.replace(requestId, 'subject', resolved);
  await parts.putFrame(requestId, attempt, { ...frame, files, columns });
  await Promise.all(refusing.map((engine) => noteFailure(requests, requestId, engine, 'EngineAuthError')));
  ports.log.info('engines prepared', { requestId, attempt, count: engines.length - refusing.length });
  const refused = refusing.map(({ engineId }) => engineId);
  return engineIds.filter((engineId) => !refused.includes(engineId));
}
