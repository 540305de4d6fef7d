import { describe, expect, it } from 'vitest';
import { type FunctionSpec, TASKS } from '../../functions/registry.ts';
import { errorFiles } from '../support/error-classes.ts';
import { ASL_FILES, allStates, type Machine, placeholderOf, readAsl, type State } from './asl.ts';

const TRANSIENT_LAMBDA_ERRORS = [
  'Lambda.ServiceException',
  'Lambda.SdkClientException',
  'Lambda.AWSLambdaException',
  'Lambda.TooManyRequestsException',
];

/** A worker that was killed. It goes on from what is committed, so another call is safe. */
const KILLED = ['Runtime.ExitError', 'Sandbox.Timedout', 'Lambda.Unknown', 'States.Timeout'];
const RESUMABLE = ['Query Engine', 'Query Portal', 'Merge Parts'];

/** Everything that may travel through an execution (decision 20, R24); `engineIds`, `portal`, `more`, `waitSeconds` sit below. */
const FIELDS = [
  'requestId',
  'attempt',
  'engineId',
  'engineIds',
  'sourceId',
  'error',
  'opened',
  'outcome',
  'failure',
  'merged',
  'mayReturnMore',
];

/** Names of the error classes whose instances say that they may be retried. */
const retryableNames = (await errorFiles())
  .flatMap(({ errors }) => errors)
  .filter(({ retryable }) => retryable)
  .map(({ name }) => name);

const machines = ASL_FILES.map((file) => ({ file, machine: JSON.parse(readAsl(file)) as Machine }));
const states = machines.flatMap(({ machine }) => allStates(machine));
const tasks = states.filter(([, state]) => state.Type === 'Task');
const specs: Readonly<Record<string, FunctionSpec>> = TASKS;

/** Fields that a state hands on or writes: keys of templates, first steps of result paths. */
const fieldsOf = (state: State): string[] => [
  ...Object.keys({ ...state.Parameters, ...state.ItemSelector }).map((key) => key.replace(/\.\$$/, '')),
  ...(state.ResultPath ? [state.ResultPath.split('.')[1]!] : []),
];

describe('retryable error classes', () => {
  it('are found by instantiation, so that the next test can fail', () => {
    expect(retryableNames).toContain('EngineUnavailableError');
    expect(retryableNames).not.toContain('EngineAuthError');
  });
});

describe.each(tasks)('Task %s', (name, state) => {
  it('stands for a function of functions/registry.ts', () => {
    expect(Object.keys(TASKS)).toContain(placeholderOf(state));
  });

  it('times out 20 s after its function would, so that no late worker overlaps a retry (decision 20)', () => {
    expect(state.TimeoutSeconds).toBe(specs[placeholderOf(state)!]!.timeoutSeconds + 20);
  });

  it('retries only our retryable errors, the transient ones of Lambda, and a kill where another call goes on (R12, C47)', () => {
    const names = (state.Retry ?? []).flatMap(({ ErrorEquals }) => ErrorEquals);
    const allowed = [...retryableNames, ...TRANSIENT_LAMBDA_ERRORS, ...(RESUMABLE.includes(name) ? KILLED : [])];

    expect(names.filter((each) => !allowed.includes(each))).toEqual([]);
  });

  it('says what its function gets, and where the result goes', () => {
    expect(state.Parameters).toMatchObject({ 'requestId.$': '$.requestId', 'attempt.$': '$.attempt' });
    expect(state).toHaveProperty('ResultPath');
  });
});

describe('state machines', () => {
  it('use every function of functions/registry.ts', () => {
    const used = new Set(tasks.map(([, state]) => placeholderOf(state)));

    expect([...used].sort()).toEqual(Object.keys(TASKS).sort());
  });

  it('carry ids, flags and names of errors only (R24)', () => {
    const carried = new Set(states.flatMap(([, state]) => fieldsOf(state)));

    expect([...carried].filter((field) => !FIELDS.includes(field))).toEqual([]);
  });

  it.each(machines)('$file ends with the longest life of a login, 12 h (decision 26)', ({ machine }) => {
    expect(machine.TimeoutSeconds).toBe(43_200);
  });
});
