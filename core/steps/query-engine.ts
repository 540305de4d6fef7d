import { EngineWalk, type WalkPorts, type WalkState } from '../engine-walk.ts';
import { EngineNotConnectedError, RequestCancelledError } from '../errors.ts';
import type { Log, Requests, Vault } from '../ports.ts';

export interface QueryEngineInput {
  readonly requestId: string;
  readonly attempt: number;
  readonly engineId: string;
}

export interface QueryEnginePorts extends WalkPorts {
  readonly requests: Requests;
  readonly vault: Vault;
  readonly log: Log;
}

/**
 * Task `Query Engine`: stores what one Engine holds about the Subject as fragments, from the last committed index on.
 * @param mayStart false when too little time is left for another query; then the rest is for the next call
 * @returns `more` when it must be called again
 */
export async function queryEngine(
  { requestId, attempt, engineId }: QueryEngineInput,
  ports: QueryEnginePorts,
  mayStart: () => boolean,
  signal?: AbortSignal,
): Promise<{ more: boolean }> {
  const [plan, committed, subject, login] = await Promise.all([
    ports.parts.getPlan(requestId, attempt),
    ports.parts.listIndexes(requestId, attempt, engineId),
    ports.vault.open(requestId, 'subject'),
    ports.vault.open(requestId, 'login'),
  ]);
  const engine = plan.engines.find((candidate) => candidate.engineId === engineId);
  if (!engine) throw new EngineNotConnectedError(engineId);
  const last = committed.at(-1);
  if (last && last.next === null) return { more: false };

  const before = committed.flatMap(({ fragments }) => fragments);
  const total = { rows: sum(before, 'rows'), bytes: sum(before, 'rawBytes') };
  const note = (state: 'RUNNING' | 'DONE' | 'EMPTY', current?: string) =>
    ports.requests.putProgress(requestId, {
      source: 'engine',
      sourceId: engineId,
      name: engine.name,
      state,
      ...total,
      ...(current && { current }),
    });
  const cancellation = new AbortController();
  const stopWatching = watchCancel(requestId, ports.requests, cancellation);
  const seq = (last?.seq ?? -1) + 1;
  const sink = ports.parts.openSink(requestId, attempt, engineId, seq);
  try {
    const walk = new EngineWalk({ engine, login, subject, plan, sink }, ports, {
      mayStart,
      signal: signal ? AbortSignal.any([signal, cancellation.signal]) : cancellation.signal,
      onFile: (file) => note('RUNNING', file),
      onRows: (rows, bytes) => {
        total.rows += rows;
        total.bytes += bytes;
      },
    });
    const result = await walk.run(last?.next as WalkState | undefined);
    if ((await ports.requests.get(requestId)).cancelRequested) throw new RequestCancelledError(requestId);
    await sink.close();
    await ports.parts.putIndex(requestId, attempt, { sourceId: engineId, sourceName: engine.name, seq, ...result });
    const more = result.next !== null;
    await note(more ? 'RUNNING' : total.rows > 0 ? 'DONE' : 'EMPTY');
    ports.log.info('engine queried', { requestId, attempt, engineId, rows: total.rows, bytes: total.bytes });
    return { more };
  } catch (error) {
    await sink.abort();
    if (cancellation.signal.aborted) throw new RequestCancelledError(requestId);
    throw error;
  } finally {
    stopWatching();
  }
}

const sum = <K extends string>(items: readonly Readonly<Record<K, number>>[], key: K): number =>
  items.reduce((total, item) => total + item[key], 0);

/** Asks every 2 s whether the Request was cancelled, and aborts the query in flight when it was (D11). */
function watchCancel(requestId: string, requests: Requests, cancellation: AbortController): () => void {
  const timer = setInterval(async () => {
    try {
      if ((await requests.get(requestId)).cancelRequested) cancellation.abort();
    } catch {
      // the next tick asks again
    }
  }, 2_000);
  return () => clearInterval(timer);
}
