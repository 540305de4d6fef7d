import { join } from 'node:path';
import { setImmediate as tick } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { TASKS } from '../../functions/registry.ts';
import { Execution, type ExecutionPorts } from '../../local/aws/executions/execution.ts';
import { loadMachines } from '../../local/aws/executions/state-machines.ts';
import type { InvocationResult } from '../../local/aws/lambda-sandbox.ts';
import { inOwnOrder, minWaitSeconds, waitSecondsOf } from '../../modules/engines/leases.ts';
import { loginExpiry } from '../../modules/requests/cancellation.ts';
import { Draw } from '../chaos/draw.ts';
import { allStates, type Machine, type Retrier, readAsl } from './asl.ts';

const DEEP = process.env.GDPR_TEST_DEEP === '1';
/** What every execution must stay under (decision 5), and where AWS ends it. */
const [BUDGET, LIMIT] = [15_000, 25_000];
const HOUR_MS = 3_600_000;
/** Of the waits before a throttled call is tried again. */
const SEEDS = 20;

interface Story {
  readonly requests: number;
  readonly engines: number;
  /** How long an Engine is queried for one request, seconds. */
  readonly turnSeconds: (engine: number) => number;
  /** Executions of functions at once, of all requests. */
  readonly concurrency: number;
}

/** A request that looks again later than this loses its place in the queue of an Engine (modules/engines/adapters). */
const LATE_SECONDS = 60;

/** Functions that open the login, and prolong it. */
const OPEN_LOGIN = ['open-request', 'prepare-engines', 'query-engine'];

type Queue = {
  holder?: string | undefined;
  since: number;
  turn?: number;
  waiting: { holder: string; dueAt: number }[];
};

/**
 * The functions of a retrieval as far as time and turns are concerned: an Engine answers one request after the other, by the rules of
 * modules/engines/leases.ts, a function runs for 15 minutes at most, too many at once are refused as Lambda does, and a login
 * expires when none of its request's functions has run for too long.
 */
class Functions {
  readonly #story: Story;
  readonly #queues = new Map<string, Queue>();
  readonly #left = new Map<string, number>();
  readonly #logins = new Map<string, Date>();
  #busy = 0;
  throttled = 0;
  readonly missing: string[] = [];
  /** Engines whose turn has ended, by request. */
  readonly done = new Map<string, Set<string>>();

  constructor(story: Story) {
    this.#story = story;
  }

  readonly invoke: ExecutionPorts['invoke'] = async (name, event) => {
    if (this.#busy >= this.#story.concurrency) {
      this.throttled += 1;
      return { ok: false, error: { errorType: 'TooManyRequestsException', errorMessage: '', trace: [] } };
    }
    const { requestId } = event as { requestId: string };
    const opensLogin = OPEN_LOGIN.includes(name);
    if (opensLogin && this.#logins.get(requestId)! <= new Date())
      return { ok: false, error: { errorType: 'SealedItemGoneError', errorMessage: '', trace: [] } };
    if (opensLogin) this.keepLogin(requestId);
    this.#busy += 1;
    try {
      return { ok: true, payload: await this.#run(name, event as Record<string, string>) };
    } finally {
      this.#busy -= 1;
      if (name === 'query-engine') this.keepLogin(requestId);
    }
  };

  /** As sealed at the start, or as prolonged by a heartbeat. */
  keepLogin(requestId: string): void {
    this.#logins.set(requestId, loginExpiry(new Date()).until);
  }

  async #run(name: string, event: Record<string, string>): Promise<unknown> {
    const ids = Array.from({ length: this.#story.engines }, (_, at) => `e${at}`);
    const requestId = event.requestId!;
    if (name === 'open-request') return { engineIds: inOwnOrder(requestId, ids), portal: true };
    if (name === 'prepare-engines') return event.engineIds;
    if (name === 'query-engine') return await this.#query(requestId, event.engineId!, event.outcome as never);
    if (name === 'note-missing') this.missing.push(`${requestId} ${event.sourceId} ${event.error}`);
    await sleep(1);
    return { more: false };
  }

  async #query(requestId: string, engineId: string, outcome: { pauses?: number } = {}) {
    const { engines, turnSeconds } = this.#story;
    const queue = this.#queues.get(engineId) ?? { since: 0, waiting: [] };
    this.#queues.set(engineId, queue);
    const now = Date.now() / 1000;
    queue.waiting = queue.waiting.filter(({ dueAt }) => dueAt + LATE_SECONDS > now);
    const place = queue.waiting.findIndex(({ holder }) => holder === requestId);
    const ahead = place >= 0 ? place : queue.waiting.length;
    const pauses = outcome.pauses ?? 0;
    if (ahead > 0 || queue.holder !== undefined) {
      const held = queue.holder === undefined ? undefined : now - queue.since;
      const firstDue = Math.max(0, (queue.waiting[0]?.dueAt ?? now) - now);
      const view = { ahead, held, lastTurn: queue.turn, firstDue };
      const waitSeconds = waitSecondsOf(view, minWaitSeconds(engines, pauses));
      const entry = { holder: requestId, dueAt: now + waitSeconds };
      if (place < 0) queue.waiting.push(entry);
      else queue.waiting[place] = entry;
      return { more: true, waitSeconds, pauses: pauses + 1 };
    }
    if (place === 0) queue.waiting.shift();
    Object.assign(queue, { holder: requestId, since: now });
    const key = `${requestId} ${engineId}`;
    const left = this.#left.get(key) ?? turnSeconds(Number(engineId.slice(1)));
    const seconds = Math.min(left, 750); // then it commits, and is called again
    await sleep(seconds);
    Object.assign(queue, { holder: undefined, turn: seconds });
    this.#left.set(key, left - seconds);
    if (left > seconds) return { more: true, pauses };
    this.done.set(requestId, (this.done.get(requestId) ?? new Set()).add(engineId));
    return { more: false };
  }
}

const sleep = (seconds: number) => new Promise<void>((resolve) => setTimeout(resolve, seconds * 1000));

/** Runs executions of `retrieve.asl.json` in a time that moves on as soon as nobody has anything to do. */
async function play(story: Story) {
  const functions = new Functions(story);
  const machines = await loadMachines(join(import.meta.dirname, '../../statemachines'), TASKS);
  const machine = machines.find(({ name }) => name === 'retrieve')!;
  const executions: Execution[] = [];
  let running = story.requests;
  const ports: ExecutionPorts = {
    maxEvents: LIMIT,
    invoke: (name, event) => functions.invoke(name, event),
    onEvent: () => {},
    onEnd: () => {
      running -= 1;
    },
  };
  const began = Date.now();
  for (let at = 0; at < story.requests; at += 1) {
    const requestId = `request-${at}`;
    const execution = Execution.create('retrieve', requestId, JSON.stringify({ requestId, attempt: 1 }));
    executions.push(execution);
    setTimeout(() => {
      functions.keepLogin(requestId);
      void execution.run(machine, ports);
    }, at * 1000);
  }
  while (running > 0) {
    for (let ticks = 0; ticks < 4; ticks += 1) await tick();
    await vi.advanceTimersToNextTimerAsync();
  }
  const events = executions.map(({ record }) => record.eventsOnAws!);
  return {
    hours: (Date.now() - began) / HOUR_MS,
    events: Math.max(...events),
    states: [...new Set(executions.map(({ record: { status, error = '' } }) => `${status} ${error}`.trim()))],
    throttled: functions.throttled,
    missing: functions.missing,
    turns: [...functions.done.values()].reduce((sum, { size }) => sum + size, 0),
  };
}

describe('retrievals in moved time, with the events that AWS would write (R22, decision 5)', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] }));
  afterEach(() => {
    vi.useRealTimers();
    vi.restoreAllMocks();
  });

  /** One Engine in ten holds much. */
  const turnSeconds = (engine: number) => (engine % 10 === 0 ? 300 : 5);
  const many = DEEP ? { requests: 50, engines: 200 } : { requests: 6, engines: 12 };

  it(`${many.requests} at ${many.engines} Engines all end in time, with every turn, and under ${BUDGET} events each`, async () => {
    const { states, missing, turns, events, hours } = await play({ ...many, turnSeconds, concurrency: 1_000 });
    console.log(`${many.requests} x ${many.engines}: ${events} events at most, ${hours.toFixed(1)} h`);

    expect([states, missing, turns]).toEqual([['SUCCEEDED'], [], many.requests * many.engines]);
    expect(events).toBeLessThan(BUDGET);
    expect(hours).toBeLessThan(12);
  }, 1_800_000);

  it('lose no Engine where an account has 10 executions at once, and each turn takes minutes', async () => {
    const story = { requests: 3, engines: 12, turnSeconds: () => 300, concurrency: 10 };
    const told: number[][] = [];
    for (let seed = 0; seed < SEEDS; seed += 1) {
      const draw = new Draw(seed); // of the waits before the next try
      vi.spyOn(Math, 'random').mockImplementation(() => draw.next());
      const { states, missing, turns, events, throttled } = await play(story);
      told.push([throttled, events]);

      expect(throttled).toBeGreaterThan(10);
      expect([seed, states, missing, turns]).toEqual([seed, ['SUCCEEDED'], [], 36]);
      expect(events).toBeLessThan(BUDGET);
    }
    const [throttled, events] = [0, 1].map((at) => told.map((one) => one[at]!).sort((a, b) => a - b));
    console.log(
      `3 x 12 with 10 at once: ${throttled![0]} to ${throttled!.at(-1)} calls throttled, ${events!.at(-1)} events`,
    );
  }, 120_000);

  it('end the retries of a throttled task, in the mean, well before the login that it opens expires (decision 26)', () => {
    const life = loginExpiry(new Date(0)).until.getTime() / 1000;
    const states = new Map(allStates(JSON.parse(readAsl('retrieve.asl.json')) as Machine));
    for (const name of ['Open Request', 'Prepare Engines']) {
      const isThrottled = ({ ErrorEquals }: Retrier) => ErrorEquals.includes('Lambda.TooManyRequestsException');
      const retry = states.get(name)!.Retry!.find(isThrottled)!;
      const longest = (at: number) => Math.min(retry.MaxDelaySeconds, retry.IntervalSeconds * retry.BackoffRate ** at);
      const sum = Array.from({ length: retry.MaxAttempts }, (_, at) => longest(at)).reduce((one, other) => one + other);
      expect(retry.JitterStrategy).toBe('FULL'); // half of the longest wait, in the mean
      expect(sum / 2, name).toBeLessThan(0.75 * life);
    }
  });

  it('would be ended by AWS at the limit of events: no Catch goes on, and what runs is not waited for', async () => {
    const machine = (await loadMachines(join(import.meta.dirname, '../../statemachines'), TASKS)).at(-1)!;
    const execution = Execution.create('retrieve', 'r1', JSON.stringify({ requestId: 'r1', attempt: 1 }));
    const answers: Readonly<Record<string, unknown>> = {
      'open-request': { engineIds: ['e0'], portal: false },
      'prepare-engines': ['e0'],
      'query-engine': { more: true, waitSeconds: 1 },
    };
    const ended = new Promise<void>((onEnd) => {
      const invoke = async (name: string): Promise<InvocationResult> => ({ ok: true, payload: answers[name] });
      void execution.run(machine, { maxEvents: 500, invoke, onEvent: () => {}, onEnd: () => onEnd() });
    });
    let isOver = false;
    void ended.then(() => {
      isOver = true;
    });
    while (!isOver) {
      for (let ticks = 0; ticks < 4; ticks += 1) await tick();
      await vi.advanceTimersToNextTimerAsync();
    }

    expect(execution.record).toMatchObject({ status: 'FAILED', eventsOnAws: expect.any(Number) });
    expect(execution.record.cause).toContain('maximum number of history events (500)');
  });
});
