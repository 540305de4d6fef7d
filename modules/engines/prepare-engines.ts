import * as z from 'zod';
import type { PartStore } from '../archive/ports.ts';
import { ignoring } from '../common/errors.ts';
import type { ReadonlyDeep } from '../common/shapes.ts';
import { keepLoginAlive, refuseCancelled, underCancellation } from '../requests/cancellation.ts';
import { progressNews } from '../requests/progress-news.ts';
import type { RequestRecord } from '../requests/record.ts';
import type { Engine } from '../requests/source.ts';
import type { Login } from '../requests/start-body.ts';
import { Attempt } from '../requests/state-machine.ts';
import type { RequestPorts } from '../requests/store.ts';
import type { SealedPorts } from '../requests/vault.ts';
import { EngineAuthError, EngineQueryRejectedError } from './errors.ts';
import { type QueryEachPorts, queryEach } from './idle-engines.ts';
import { noteFailure } from './open-request.ts';
import type { EngineClient } from './retrieval/engine-client.ts';
import { accountsMeant, findAccounts, findInAnyCase } from './retrieval/find-accounts.ts';
import { headerAgreement, mostCommonVersion } from './retrieval/header-agreement.ts';
import type { HeaderStore } from './retrieval/kept-headers.ts';
import { withFound } from './retrieval/resolve-accounts.ts';

/** Input of the task `Prepare Engines` in retrieve.asl.json. */
export const PrepareEnginesEvent = Attempt.extend({ engineIds: z.array(z.string().min(1)) });
export type PrepareEnginesEvent = ReadonlyDeep<z.infer<typeof PrepareEnginesEvent>>;

type PrepareEachPorts = QueryEachPorts & RequestPorts & { readonly headers: HeaderStore };

type PrepareEnginesPorts = PrepareEachPorts & SealedPorts & { readonly parts: PartStore };

/**
 * Task `Prepare Engines`: finds out which account the name means, and agrees the files' headers. A rerun keeps those of the first
 * attempt (docs/decisions/0023). @returns ids of the Engines to query, without those that refused the login
 * @throws {AmbiguousSubjectError} the caller has chosen no account (R1) @throws {EngineAuthError} as `prepareEach`
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
  const prepare = (either: AbortSignal) => prepareEach(record, engines, login, lookUp, ports, either);
  const prepared = await underCancellation({ requestId, attempt }, requests, signal, prepare);
  const { files, columns, found, refusing } = prepared;
  await refuseCancelled({ requestId, attempt }, requests);
  const resolved = withFound(requestId, subject, found);
  if (resolved !== subject) await vault.replace(requestId, 'subject', resolved);
  await parts.putFrame(requestId, attempt, { ...frame, files, columns });
  await Promise.all(refusing.map((engine) => noteFailure(requests, requestId, engine, 'EngineAuthError')));
  ports.log.info('engines prepared', { requestId, attempt, count: engines.length - refusing.length });
  const refused = refusing.map(({ engineId }) => engineId);
  return engineIds.filter((engineId) => !refused.includes(engineId));
}

/** Maximum time of all preparations; the Request then goes on with what is known. The function has 10 minutes. */
const MAX_PREPARATION_MS = 240_000;
/** Wait two minutes for busy Engines, as long as no header is agreed without them. */
const PATIENCE = { rounds: 120, roundMs: 1000 };

/**
 * Looks the name up on each Engine, then asks for its share of the headers: several at a time, each leased meanwhile. One that is busy,
 * or away, is left to its worker. A file without an agreed header becomes one file per Engine (docs/decisions/0011).
 * @param lookUp nothing when it cannot be known which accounts, or devices, the name may mean
 * @returns `found`: its results by id of the Engine, without Engines that were busy or away; `refusing`: those that refused the login
 * @throws {EngineAuthError} an Engine refused a login that the Portal has not accepted either (docs/decisions/0026)
 */
export async function prepareEach<Found>(
  { requestId, subjectKind, accountPrivacy }: RequestRecord,
  engines: readonly Engine[],
  login: Login,
  lookUp: (client: EngineClient) => Promise<Found | undefined>,
  ports: PrepareEachPorts,
  signal: AbortSignal,
) {
  const version = mostCommonVersion(engines) ?? '';
  const agreement = headerAgreement(subjectKind, engines, version, await ports.headers.find(subjectKind, version));
  const found = new Map<string, Found>();
  const work = async (client: EngineClient) => {
    const { engineId, name } = client.engine;
    const source = { source: 'engine', sourceId: engineId, name } as const;
    const news = progressNews(requestId, source, () => ({ state: 'PENDING', rows: 0, bytes: 0 }), ports);
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
