import * as z from 'zod';
import { isGap, type PartIndex } from '../archive/fragment.ts';
import type { PartStore } from '../archive/ports.ts';
import type { ReadonlyDeep } from '../common/shapes.ts';
import { keepLoginAlive, refuseCancelled, underCancellation } from '../requests/cancellation.ts';
import { progressNews } from '../requests/progress-news.ts';
import type { SourceProgress, SourceState } from '../requests/source.ts';
import { Attempt } from '../requests/state-machine.ts';
import type { SealedPorts } from '../requests/vault.ts';
import { EngineNotConnectedError, EngineUnavailableError, isFault, OvertakenError } from './errors.ts';
import { holderOf, type Leases, minWaitSeconds, openSession } from './leases.ts';
import type { EngineApi } from './ports.ts';
import { engineClient } from './retrieval/engine-client.ts';
import { type WalkLimits, type WalkState, walkEngine } from './retrieval/retrieve-engine.ts';

/** One item of the `Query each Engine` Map in retrieve.asl.json; name and login are fetched, sealed. */
export const QueryEngineEvent = Attempt.extend({
  engineId: z.string().min(1),
  /** Result of the previous call. */
  outcome: z.object({ rests: z.int().min(0).optional(), pauses: z.int().min(0).optional() }).optional(),
});
export type QueryEngineEvent = ReadonlyDeep<z.infer<typeof QueryEngineEvent>>;

/** When to call again; `pauses`: how many there were so far; `rests`: how often in a row the Engine has asked for a pause. */
interface QueryEngineOutcome {
  readonly more: boolean;
  readonly waitSeconds?: number;
  readonly pauses?: number;
  readonly rests?: number;
}

interface QueryEnginePorts extends SealedPorts {
  readonly engineApi: EngineApi;
  readonly leases: Leases;
  readonly parts: PartStore;
  readonly limits: WalkLimits;
}

/** Wait after another worker has taken the Engine over. */
const OVERTAKEN_WAIT_SECONDS = 5;

/** Maximum pauses in a row that an Engine may ask for, and seconds of each (an hour in all); then it counts as missing. */
const MAX_RESTS = 4;
const MAX_REST_SECONDS = 900;

/** Task `Query Engine`: stores what one Engine holds about the Subject as fragments, from the last committed index on. */
export async function queryEngine(
  input: QueryEngineEvent,
  ports: QueryEnginePorts,
  mayStart: () => boolean,
  signal?: AbortSignal,
): Promise<QueryEngineOutcome> {
  await keepLoginAlive(input.requestId, ports);
  const answer = await queryOnce(input, ports, mayStart, signal);
  if (answer.more) await keepLoginAlive(input.requestId, ports); // it may have taken 15 minutes, and a pause as long may follow
  return answer;
}

const queryOnce: typeof queryEngine = async ({ requestId, attempt, engineId, outcome }, ports, mayStart, signal) => {
  const { parts, requests, vault } = ports;
  const [frame, committed] = await Promise.all([
    parts.getFrame(requestId, attempt),
    parts.listIndexes(requestId, attempt, engineId),
  ]);
  const engine = frame.engines.find((candidate) => candidate.engineId === engineId);
  if (!engine) throw new EngineNotConnectedError(engineId);
  const source = { source: 'engine', sourceId: engineId, name: engine.name } as const;
  const last = committed.at(-1);
  if (last && last.next === null) {
    await requests.putProgress(requestId, { ...source, ...figuresOf(committed), state: endOf(committed) });
    return { more: false };
  }

  const seq = (last?.seq ?? -1) + 1;
  const pauses = outcome?.pauses ?? 0;
  const atLeast = minWaitSeconds(frame.engines.length, pauses);
  const holder = holderOf({ requestId, attempt });
  const session = await openSession(ports.leases, engineId, holder, { atLeast });
  const waiting = async (seconds: number, rests?: number): Promise<QueryEngineOutcome> => {
    await refuseCancelled({ requestId, attempt }, requests, () => ports.leases.leave(engineId, holder));
    const waitSeconds = Math.max(seconds, atLeast);
    const waitsUntil = new Date(ports.clock.now().getTime() + waitSeconds * 1000).toISOString();
    const state = last ? 'RUNNING' : 'PENDING';
    await requests.putProgress(requestId, { ...source, ...figuresOf(committed), state, waitsUntil });
    return { more: true, waitSeconds, pauses: pauses + 1, ...(rests && { rests }) };
  };
  if ('waitSeconds' in session) return waiting(session.waitSeconds);
  const before = figuresOf(committed);
  let position = (): Pick<SourceProgress, 'rows' | 'bytes'> => ({ rows: 0, bytes: 0 });
  const figures = () => {
    const { rows, bytes, ...at } = position();
    return { ...before, ...at, state: 'RUNNING' as const, rows: before.rows + rows, bytes: before.bytes + bytes };
  };
  const news = progressNews(requestId, source, figures, ports);
  news.enter('PREPARING');
  const sink = parts.openSink(requestId, attempt, engineId, seq);
  try {
    return await underCancellation({ requestId, attempt }, requests, signal, async (cancelled) => {
      const either = AbortSignal.any([cancelled, session.signal]);
      const [subject, login] = await Promise.all([vault.open(requestId, 'subject'), vault.open(requestId, 'login')]);
      const client = engineClient(ports.engineApi, engine, login, either);
      const onQueries = (at: typeof position) => {
        position = at;
        news.enter('QUERYING');
      };
      const { failure, estimate, ...result } = await walkEngine(
        { client, subject, frame, sink, clock: ports.clock, limits: ports.limits },
        { mayStart, onQueries },
        last?.next as WalkState | undefined,
      );
      await refuseCancelled({ requestId, attempt }, requests);
      news.enter('WRITING');
      await session.confirm();
      const partETag = await sink.close();
      const index = { sourceId: engineId, sourceName: engine.name, seq, ...result, partETag };
      if (!(await parts.putIndex(requestId, attempt, index))) return { more: true, pauses }; // another call was faster
      await refuseCancelled({ requestId, attempt }, requests, () => parts.deleteParts(requestId, attempt));
      if (failure !== undefined) throw failure;
      const more = result.next !== null;
      const indexes = [...committed, index];
      const state = more ? 'RUNNING' : endOf(indexes);
      const { rows, bytes, ...rest } = figuresOf(indexes);
      await news.end();
      await requests.putProgress(requestId, { ...source, ...rest, rows, bytes, state, ...(more && estimate) });
      ports.log.info('engine queried', { requestId, attempt, engineId, state, rows, bytes });
      return more ? { more, pauses } : { more };
    });
  } catch (error) {
    await Promise.all([sink.abort(), news.end()]);
    if (error instanceof OvertakenError) return waiting(OVERTAKEN_WAIT_SECONDS);
    const rests = (outcome?.rests ?? 0) + 1;
    if (!(error instanceof EngineUnavailableError) || !error.retryAfter || rests > MAX_RESTS) throw error;
    return waiting(Math.min(error.retryAfter, MAX_REST_SECONDS), rests);
  } finally {
    await Promise.all([news.end(), session.end()]);
  }
};

type Committed = readonly Pick<PartIndex, 'fragments' | 'missing' | 'subjects'>[];

/** `EMPTY` means that the Engine answered every query and holds nothing; an object without any row means a refused query (R12). */
function endOf(indexes: Committed): SourceState {
  const { rows, gaps } = figuresOf(indexes);
  if (rows > 0) return 'DONE';
  const reasons = indexes.flatMap(({ missing }) => missing.map(({ reason }) => reason));
  if (gaps > 0 && reasons.every((reason) => reason === 'OTHER_ACCOUNT')) return 'EMPTY';
  if (reasons.some(isFault)) return 'FAILED';
  return gaps > 0 || indexes.some(({ subjects }) => subjects > 0) ? 'REJECTED_QUERY' : 'EMPTY';
}

function figuresOf(indexes: Committed) {
  const fragments = indexes.flatMap((index) => index.fragments);
  return {
    rows: fragments.reduce((sum, fragment) => sum + fragment.rows, 0),
    bytes: fragments.reduce((sum, { deflateBytes }) => sum + deflateBytes, 0),
    gaps: indexes.flatMap((index) => index.missing).filter(isGap).length,
  };
}
