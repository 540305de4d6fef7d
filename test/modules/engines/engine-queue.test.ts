import { describe, expect, it } from 'vitest';
import { inOwnOrder, MAX_WAIT_SECONDS, minWaitSeconds, waitSecondsOf } from '../../../modules/engines/leases.ts';

const ids = (count: number): string[] => Array.from({ length: count }, (_, at) => `e${at}`);

describe('minWaitSeconds', () => {
  it('grows with each pause and with the number of Engines, up to ten minutes', () => {
    const first = (engines: number) => [0, 1, 2, 3, 4].map((pauses) => minWaitSeconds(engines, pauses));
    expect(first(1)).toEqual([1, 1, 1, 1, 1]);
    expect(first(8)).toEqual([4, 4, 4, 5, 5]);
    expect(first(200)).toEqual([80, 160, 320, 600, 600]);
    expect(minWaitSeconds(8, 30)).toBe(56);
    expect(minWaitSeconds(1, 1e9)).toBe(MAX_WAIT_SECONDS);
  });
});

describe('waitSecondsOf', () => {
  it.each([
    ['the rest of a turn that takes as long as the last one', { ahead: 0, held: 5, lastTurn: 20 }, 15],
    ['as long as it has taken so far, when it takes longer', { ahead: 0, held: 25, lastTurn: 20 }, 25],
    ['as long as it has taken so far, when no turn is known', { ahead: 0, held: 12 }, 12],
    ['a turn more for each that came before', { ahead: 2, held: 5, lastTurn: 20 }, 15 + 2 * 21],
    ['until the first has come and gone, while nobody holds it', { ahead: 1, firstDue: 30, lastTurn: 20 }, 51],
    ['at least what it must', { ahead: 0, held: 0, lastTurn: 0 }, 3],
    ['ten minutes at most', { ahead: 49, held: 5, lastTurn: 900 }, 600],
  ])('waits %s', (_what, view, seconds) => {
    expect(waitSecondsOf(view, 3)).toBe(seconds);
  });
});

describe('inOwnOrder', () => {
  it('is another order for each Request, the same in each try, and loses no Engine', () => {
    const orders = Array.from({ length: 50 }, (_, at) => inOwnOrder(`r${at}`, ids(200)));

    expect(inOwnOrder('r7', ids(200).reverse())).toEqual(orders[7]);
    for (const order of orders) expect(order.toSorted()).toEqual(ids(200).sort());
    expect(new Set(orders.map((order) => order.slice(0, 8).join())).size).toBe(50);
    expect(new Set(orders.map(([first]) => first)).size).toBeGreaterThan(35);
  });
});

/** Requests that query the same Engines, one turn after the other, as leases and waits let them. Seconds. */
function simulate(requests: number, engines: number, turnSeconds: (engine: string) => number, own: boolean) {
  const now = { at: 0 };
  const due: { at: number; run: () => void }[] = [];
  const later = (seconds: number, run: () => void) => due.push({ at: now.at + seconds, run });
  const leases = new Map<
    string,
    { holder?: string | undefined; since: number; turn?: number; queue: { holder: string; dueAt: number }[] }
  >();
  const paused = Array<number>(requests).fill(0);
  let work = 0;
  const visit = (request: number, engine: string, pauses: number, done: () => void): void => {
    const lease = leases.get(engine) ?? { since: 0, queue: [] };
    leases.set(engine, lease);
    const holder = String(request);
    const place = lease.queue.findIndex((each) => each.holder === holder);
    const ahead = place >= 0 ? place : lease.queue.length;
    if (ahead === 0 && lease.holder === undefined) {
      if (place === 0) lease.queue.shift();
      lease.holder = holder;
      lease.since = now.at;
      const seconds = turnSeconds(engine);
      work += seconds;
      return void later(seconds, () => {
        lease.holder = undefined;
        lease.turn = seconds;
        done();
      });
    }
    const held = lease.holder === undefined ? undefined : now.at - lease.since;
    const firstDue = Math.max(0, (lease.queue[0]?.dueAt ?? now.at) - now.at);
    const seconds = waitSecondsOf({ ahead, held, lastTurn: lease.turn, firstDue }, minWaitSeconds(engines, pauses));
    if (place < 0) lease.queue.push({ holder, dueAt: now.at + seconds });
    else lease.queue[place] = { holder, dueAt: now.at + seconds };
    paused[request]! += 1;
    later(seconds, () => visit(request, engine, pauses + 1, done));
  };
  const ended: number[] = [];
  for (let request = 0; request < requests; request += 1) {
    const left = own ? inOwnOrder(`request-${request}`, ids(engines)) : ids(engines);
    let open = engines;
    const next = (): void => {
      const engine = left.shift();
      if (engine !== undefined) visit(request, engine, 0, () => (--open === 0 ? void ended.push(now.at) : next()));
    };
    later(request, () => {
      for (let slot = 0; slot < 8; slot += 1) next();
    });
  }
  while (due.length > 0) {
    due.sort((a, b) => b.at - a.at);
    const { at, run } = due.pop()!;
    now.at = at;
    run();
  }
  return {
    pauses: Math.max(...paused),
    hours: Math.max(...ended) / 3600,
    busy: work / engines / Math.max(...ended),
    ended: ended.length,
  };
}

describe('Requests that wait for each other (decision 5)', () => {
  it('50 at 200 Engines, of which 20 hold much: all end within the 12 h of an execution, and pause seldom', () => {
    const { ended, hours, pauses } = simulate(
      50,
      200,
      (engine) => (Number(engine.slice(1)) % 10 === 0 ? 300 : 5),
      true,
    );

    expect([ended, hours < 12, pauses < 500]).toEqual([50, true, true]);
  });

  it.each([5, 300])(
    '50 at 8 Engines with turns of %i s: an Engine is seldom idle while others wait for it',
    (seconds) => {
      const { ended, busy } = simulate(50, 8, () => seconds, true);

      expect([ended, busy > 0.6]).toEqual([50, true]);
    },
  );
});
