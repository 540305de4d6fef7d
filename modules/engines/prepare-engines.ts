import * as z from 'zod';
import type { PartStore } from '../archive/ports.ts';
import type { ReadonlyDeep } from '../common/shapes.ts';
import { keepLoginAlive, refuseCancelled, underCancellation } from '../requests/cancellation.ts';
import { Attempt } from '../requests/state-machine.ts';
import type { Vault } from '../requests/vault.ts';
import { noteFailure } from './open-request.ts';
import type { EngineClient } from './retrieval/engine-client.ts';
import { type FoundAccount, findAccounts, findInAnyCase } from './retrieval/find-accounts.ts';
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
  const prepare = (some: typeof engines, lookUp: (client: EngineClient) => Promise<readonly FoundAccount[]>) =>
    underCancellation({ requestId, attempt }, requests, signal, (either) =>
      prepareEach(record, some, login, lookUp, ports, either),
    );
  const prepared = await prepare(engines, async (client) => (accounts ? [] : findAccounts(client, name, kind)));
  const { files, columns, refusing } = prepared;
  let { found } = prepared;
  // Engines may compare text with its case, and each may store a name in another case, which nobody would guess.
  const lacks = (objects: readonly Pick<FoundAccount, 'kinship'>[]) =>
    objects.every(({ kinship }) => kinship === 'unclear');
  const lacking = accounts ? [] : engines.filter(({ engineId }) => lacks(found.get(engineId) ?? [{ kinship: 'same' }]));
  if (lacking.length > 0) {
    const again = await prepare(lacking, (client) => findInAnyCase(client, name, kind));
    found = new Map([...[...found].filter(([, objects]) => !lacks(objects)), ...again.found]); // the worker queries the others
  }
  await refuseCancelled({ requestId, attempt }, requests);
  const resolved = withFound(requestId, subject, found);
  if (resolved !== subject) await vault.replace(requestId, 'subject', resolved);
  await parts.putFrame(requestId, attempt, { ...frame, files, columns });
  await Promise.all(refusing.map((engine) => noteFailure(requests, requestId, engine, 'EngineAuthError')));
  ports.log.info('engines prepared', { requestId, attempt, count: engines.length - refusing.length });
  const refused = refusing.map(({ engineId }) => engineId);
  return engineIds.filter((engineId) => !refused.includes(engineId));
}
