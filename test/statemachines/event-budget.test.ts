import { describe, expect, it } from 'vitest';
import { minWaitSeconds } from '../../modules/engines/leases.ts';
import { allStates, type Machine, readAsl, type State } from './asl.ts';

/**
 * Events that AWS writes for a state that is entered once. A Task: entered, scheduled, started, succeeded, exited. A Map or Parallel:
 * entered, started, succeeded, exited. Source: Step Functions, HistoryEvent.
 */
const EVENTS: Readonly<Record<string, number>> = { Task: 5, Map: 4, Parallel: 4, Choice: 2, Wait: 2, Pass: 2, Fail: 1 };
/** Scheduled, started, failed. */
const EVENTS_OF_A_RETRY = 3;
/** Iteration started, succeeded. */
const EVENTS_OF_AN_ITERATION = 2;
/** Execution started, succeeded. */
const EVENTS_OF_AN_EXECUTION = 2;

/** An execution ends without a word at 25,000 events. What is kept free is for faults of Lambda itself, see the second test. */
const BUDGET = 15_000;
const HARD_LIMIT = 25_000;

const machine = JSON.parse(readAsl('retrieve.asl.json')) as Machine;
const states = new Map(allStates(machine));
const stateOf = (name: string): State => {
  const state = states.get(name);
  if (!state) throw new Error(`there is no state ${name}`);
  return state;
};
const nextOf = ({ Next, Default, Choices = [], Catch = [] }: State): (string | undefined)[] => [
  Next,
  Default,
  ...[...Choices, ...Catch].map((each) => each.Next),
];

/** Events of a walk through states; fails when the state machine has no such way. */
function eventsOf(...path: string[]): number {
  path.slice(1).forEach((name, at) => {
    if (!nextOf(stateOf(path[at]!)).includes(name)) throw new Error(`${path[at]} does not lead to ${name}`);
  });
  return path.reduce((sum, name) => sum + EVENTS[stateOf(name).Type]!, 0);
}

const OF_LAMBDA = ['Lambda.ServiceException', 'Lambda.TooManyRequestsException'];

/** Events of the retries of a Task. `ours`: those of Engines, stores and killed workers; `all`: those of Lambda itself, too. */
const retriesOf = (name: string, kinds: 'ours' | 'all'): number =>
  (stateOf(name).Retry ?? [])
    .filter(({ ErrorEquals }) => kinds === 'all' || !ErrorEquals.some((name) => OF_LAMBDA.includes(name)))
    .reduce((sum, { MaxAttempts }) => sum + EVENTS_OF_A_RETRY * MaxAttempts, 0);

type WaitRule = (engines: number, pauses: number) => number;

/**
 * Maximum number of pauses of one execution: its Map has so many slots for so long, every Engine is busy all the time (49 other
 * Requests take turns at it), and short pauses come first.
 */
function mostPauses(engines: number, wait: WaitRule): number {
  const slots = Math.min(engines, stateOf('Query Each Engine').MaxConcurrency!);
  let seconds = slots * machine.TimeoutSeconds!;
  let pauses = slots; // those that go on at the end
  for (let before = 0; ; before += 1) {
    const next = wait(engines, before);
    if (next < wait(engines, before - 1)) throw new Error('pauses must not shrink');
    const atAll = Math.min(engines, Math.floor(seconds / next));
    pauses += atAll;
    seconds -= atAll * next;
    if (atAll < engines) break;
  }
  return pauses;
}

/** Maximum events of an execution: pauses all the time, and every Task fails as often as it may before it succeeds or is noted. */
function worstCase(engines: number, wait: WaitRule, kinds: 'ours' | 'all' = 'ours'): number {
  const retries = (...names: string[]) => names.reduce((sum, name) => sum + retriesOf(name, kinds), 0);
  const once =
    EVENTS_OF_AN_EXECUTION +
    eventsOf('Open Request', 'Query Every Source', 'Merge Parts', 'More to Merge?', 'Close Request') +
    retries('Open Request', 'Merge Parts', 'Close Request') +
    eventsOf('Engines Requested?', 'Prepare Engines', 'Query Each Engine') +
    retries('Prepare Engines') +
    eventsOf('Portal Requested?', 'Query Portal', 'Note Missing Portal', 'Portal Done') +
    retries('Query Portal', 'Note Missing Portal');
  const perEngine =
    EVENTS_OF_AN_ITERATION +
    eventsOf('Query Engine', 'Note Missing Engine', 'Engine Done') +
    retries('Query Engine', 'Note Missing Engine');
  const perPause = eventsOf('Query Engine', 'More on This Engine?', 'Wait for Engine');
  return once + engines * perEngine + mostPauses(engines, wait) * perPause;
}

const FLEETS = Array.from({ length: 200 }, (_, at) => at + 1);

describe('the events of one execution in the worst case: 200 Engines, 50 Requests, 12 hours (decision 5)', () => {
  it(`stay under ${BUDGET}, for every number of Engines`, () => {
    const worst = FLEETS.map((engines) => worstCase(engines, minWaitSeconds));

    expect(Math.max(...worst)).toBeLessThan(BUDGET);
    expect(worst.at(-1)).toMatchInlineSnapshot(`14281`);
  });

  it(`stay under the hard limit of ${HARD_LIMIT} even if every Task fails in every way that is retried, faults of Lambda included`, () => {
    const worst = FLEETS.map((engines) => worstCase(engines, minWaitSeconds, 'all'));

    expect(Math.max(...worst)).toBeLessThan(HARD_LIMIT);
  });

  it.each([30, 60, 120])('would be over it with pauses of a constant %i s', (seconds) => {
    expect(worstCase(200, () => seconds)).toBeGreaterThan(BUDGET);
  });

  it('would be over it if the pauses began anew with each call, or did not grow with the number of Engines', () => {
    expect(worstCase(200, (engines) => minWaitSeconds(engines, 0))).toBeGreaterThan(BUDGET);
    expect(worstCase(200, (_engines, pauses) => minWaitSeconds(8, pauses))).toBeGreaterThan(BUDGET);
  });

  it('counts a way through the states that is there', () => {
    expect(() => eventsOf('Query Engine', 'Merge Parts')).toThrow('does not lead to');
    expect(eventsOf('Query Engine', 'More on This Engine?', 'Wait for Engine')).toBe(9);
  });
});
