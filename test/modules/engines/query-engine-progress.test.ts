import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { EngineApi } from '../../../modules/engines/ports.ts';
import { queryEngine } from '../../../modules/engines/query-engine.ts';
import type { SourceProgress } from '../../../modules/requests/source.ts';
import type { Requests } from '../../../modules/requests/store.ts';
import { scriptedEngine } from '../../support/fakes.ts';
import { days, EXECUTIONS, engine, engineWith, requestId, setup, TODAY } from '../../support/scripted-executions.ts';

const START = Date.parse(`${TODAY}T12:00:00Z`);

/** An Engine that takes a number of milliseconds for each query. */
const slow = (msOf: (file: string, statement: string) => number): EngineApi => {
  const quick = scriptedEngine(engineWith(days(20, 4)));
  return {
    async query(from, login, query, signal) {
      await new Promise((resolve) => setTimeout(resolve, msOf(query.file, query.statement)));
      return quick.query(from, login, query, signal);
    },
  };
};

/** Runs `Query Engine` under a clock that is set forward, and returns its reports with their times in milliseconds. */
async function reportsOf(engineApi: EngineApi, rowLimit = 1000) {
  const system = await setup(engineApi, rowLimit);
  const reports: { at: number; progress: SourceProgress }[] = [];
  const requests: Requests = {
    ...system.requests,
    async putProgress(id, progress) {
      reports.push({ at: Date.now() - START, progress });
      await system.requests.putProgress(id, progress);
    },
  };
  let isOver = false;
  const clock = { now: () => new Date() };
  const run = queryEngine(
    { requestId, attempt: 1, engineId: engine.engineId },
    { ...system, requests, clock },
    () => true,
  );
  void run.finally(() => {
    isOver = true;
  });
  while (!isOver) {
    await vi.advanceTimersByTimeAsync(50);
    await turn(); // the compressor works outside the clock
  }
  await run;
  const fragments = (await system.parts.listIndexes(requestId, 1)).flatMap((index) => index.fragments);
  return { reports, fragments, tookMs: Date.now() - START };
}

/** The longest time without a report. */
const silence = (times: readonly number[]) => Math.max(...times.map((at, i) => at - (times[i - 1] ?? 0)));

describe('queryEngine: progress (R6)', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date'], now: START });
  });
  afterEach(() => vi.useRealTimers());

  it('is never silent for 3 s at 700 ms a query, and reports at most once in 2 s beside the phases', async () => {
    const { reports, tookMs } = await reportsOf(slow(() => 700));

    expect(tookMs).toBeGreaterThan(10_000);
    expect(silence([...reports.map(({ at }) => at), tookMs])).toBeLessThan(3000);
    const phases = reports.map(({ progress }) => progress.phase);
    expect([...new Set(phases)]).toEqual(['PREPARING', 'QUERYING', 'WRITING', undefined]);
    expect(reports.length).toBeLessThanOrEqual(tookMs / 2000 + 5);
  });

  it('is never silent for 3 s during one query of 60 s, and says which file and days it is at', async () => {
    const { reports, tookMs } = await reportsOf(
      slow((file, statement) => (file === EXECUTIONS && statement.includes('(binary') ? 60_000 : 10)),
    );

    expect(tookMs).toBeGreaterThan(60_000);
    expect(silence([...reports.map(({ at }) => at), tookMs])).toBeLessThan(3000);
    const during = reports.filter(({ progress }) => progress.phase === 'QUERYING' && progress.current === EXECUTIONS);
    expect(during.length).toBeGreaterThan(20);
    for (const { progress } of during) {
      expect(progress).toMatchObject({ state: 'RUNNING', window: { to: expect.any(String) } });
      expect(progress.secondsLeft).toBeGreaterThan(0);
      expect(progress.share).toBeGreaterThan(0);
    }
    const told = during.map(({ progress }) => progress.updatedAt);
    expect(new Set(told).size).toBe(told.length);
  });

  it('counts the rows of an answer that is still coming', async () => {
    const long = engineWith(days(20, 400));
    const quick = scriptedEngine(long);
    const engineApi: EngineApi = {
      async query(from, login, query, signal) {
        const answer = await quick.query(from, login, query, signal);
        if (query.file !== EXECUTIONS) return answer;
        return (async function* () {
          yield* answer;
          await new Promise((resolve) => setTimeout(resolve, 10_000));
        })();
      },
    };
    const { reports } = await reportsOf(engineApi, 1_000_000);

    const open = reports.filter(({ progress }) => progress.current === EXECUTIONS && progress.rows > 1000);
    expect(open.length).toBeGreaterThan(2);
    expect(open[0]!.progress.bytes).toBeGreaterThan(0);
  });

  it('reports from the first moment, and at last the rows and their compressed bytes', async () => {
    const { reports, fragments } = await reportsOf(slow(() => 100));
    const { progress } = reports.at(-1)!;

    expect(reports[0]).toMatchObject({ at: 0, progress: { state: 'RUNNING', phase: 'PREPARING' } });
    expect(progress).toMatchObject({ state: 'DONE' });
    expect(progress.phase).toBeUndefined();
    expect(progress.rows).toBe(fragments.reduce((sum, { rows }) => sum + rows, 0));
    expect(progress.bytes).toBe(fragments.reduce((sum, { deflateBytes }) => sum + deflateBytes, 0));
    expect(progress.rows).toBeGreaterThan(80);
  });
});
