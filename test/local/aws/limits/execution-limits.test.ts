import { describe, expect, it } from 'vitest';
import { Execution, type ExecutionPorts } from '../../../../local/aws/executions/execution.ts';
import type { HistoryEvent } from '../../../../local/aws/executions/execution-history.ts';
import { parseMachine } from '../../../../local/aws/executions/state-machines.ts';

const TASKS = { WorkArn: { name: 'work' } };
const work = { Type: 'Task', Resource: '$' + '{WorkArn}' };
const definition = (more: object) =>
  JSON.stringify({
    StartAt: 'Both',
    States: {
      Both: {
        Type: 'Parallel',
        Branches: [
          {
            StartAt: 'Each',
            States: {
              Each: {
                Type: 'Map',
                ItemsPath: '$.items',
                ItemProcessor: {
                  ProcessorConfig: { Mode: 'INLINE' },
                  StartAt: 'Work',
                  States: { Work: { ...work, ...more, End: true } },
                },
                End: true,
              },
            },
          },
        ],
        Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Caught' }],
        End: true,
      },
      Caught: { Type: 'Pass', End: true },
    },
  });

/** Runs a Map over two items in a Parallel. */
async function run(maxEvents: number | undefined, invoke: ExecutionPorts['invoke'], more: object = {}) {
  const execution = Execution.create('both', 'r1-r1', JSON.stringify({ items: [1, 2] }));
  const events: HistoryEvent[] = [];
  const machine = parseMachine('both', definition(more), TASKS);
  await execution.run(machine, { maxEvents, invoke, onEvent: (_, event) => events.push(event), onEnd: () => {} });
  return { record: execution.record, last: events.at(-1)?.type };
}
const done: ExecutionPorts['invoke'] = async () => ({ ok: true, payload: 1 });

/** Execution 2, Parallel 4, Map 4, two iterations of 2 with a Task of 5 each. */
const EVENTS = 2 + 4 + 4 + 2 * (2 + 5);

describe('an execution with the limits of AWS (R22)', () => {
  it('counts its events as AWS writes them', async () => {
    expect((await run(undefined, done)).record).toMatchObject({ status: 'SUCCEEDED', eventsOnAws: EVENTS });
  });

  it('ends well when its success is the last event that fits, and fails one earlier, whatever catches errors', async () => {
    const cause = `The execution reached the maximum number of history events (${EVENTS - 1}).`;

    expect((await run(EVENTS, done)).record.status).toBe('SUCCEEDED');
    const { record, last } = await run(EVENTS - 1, done);
    expect(record).toMatchObject({ status: 'FAILED', error: 'States.Runtime', cause });
    expect(last).toBe('ExecutionFailed');
  });

  it('counts three events for each call, those that are retried too, and knows a throttled call by the name that AWS gives it', async () => {
    const answers = ['TooManyRequestsException', 'TooManyRequestsException'];
    const throttled: typeof done = async (...call) => {
      const errorType = answers.pop();
      return errorType === undefined ? done(...call) : { ok: false, error: { errorType, errorMessage: '', trace: [] } };
    };
    const Retry = [
      { ErrorEquals: ['Lambda.TooManyRequestsException'], IntervalSeconds: 1, BackoffRate: 1, MaxAttempts: 2 },
    ];

    expect((await run(undefined, throttled, { Retry })).record).toMatchObject({
      status: 'SUCCEEDED',
      eventsOnAws: EVENTS + 2 * 3,
    });
  }, 20_000);

  it('fails when a state holds more than 256 KiB: of a function, or put together; nothing catches it', async () => {
    const bytes =
      (count: number): typeof done =>
      async () => ({ ok: true, payload: 'x'.repeat(count) });
    const tooLarge = { status: 'FAILED', error: 'States.DataLimitExceeded' };

    expect((await run(25_000, bytes(262_143))).record).toMatchObject(tooLarge);
    expect((await run(25_000, bytes(131_000))).record.status).toBe('SUCCEEDED');
    expect((await run(25_000, bytes(131_100))).record).toMatchObject(tooLarge); // two of them, in the output of the Map
  });
});
