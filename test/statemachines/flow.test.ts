import { StateMachine } from 'aws-local-stepfunctions';
import { describe, expect, it } from 'vitest';
import { type Machine, readFilledAsl } from './asl.ts';

type Event = Readonly<Record<string, unknown>>;
type Answers = Readonly<Record<string, (event: Event, call: number) => unknown>>;

/** A failure under the name that Step Functions would see. */
const failure = (name: string) => Object.assign(new Error('text that must not travel'), { name });

/** Runs an ASL file with an answer per Task; a Task without one returns its Engines, or `{more: false}`. */
async function run(file: string, answers: Answers) {
  const calls: { task: string; event: Event }[] = [];
  const machine = new StateMachine(JSON.parse(readFilledAsl(file)));
  const tasks = [...readFilledAsl(file).matchAll(/"([^"]+)": \{\s*"Comment": "[^"]*",\s*"Type": "Task"/g)];
  const handlers = tasks.map(([, task]) => [
    task!,
    async (event: Event) => {
      calls.push({ task: task!, event });
      const same = calls.filter((call) => call.task === task && call.event.engineId === event.engineId).length;
      return answers[task!]?.(event, same) ?? event.engineIds ?? { more: false };
    },
  ]);
  const retryIntervalOverrides = Object.fromEntries(tasks.map(([, task]) => [task!, 0]));
  const execution = machine.run(
    { requestId: 'r1', attempt: 1 },
    {
      overrides: {
        taskResourceLocalHandlers: Object.fromEntries(handlers),
        retryIntervalOverrides,
        waitTimeOverrides: { 'Wait for Engine': 0 },
      },
    },
  );
  const error = await execution.result.then(
    () => undefined,
    (reason: Error) => reason.name,
  );
  return {
    error,
    calls: calls.map(({ task }) => task),
    events: (task: string) => calls.filter((call) => call.task === task).map(({ event }) => event),
  };
}

describe('retrieve.asl.json', () => {
  const opened = (engineIds: string[], portal: boolean) => ({ 'Open Request': () => ({ engineIds, portal }) });

  it('asks each Engine and the Portal, merges, closes (R22)', async () => {
    const { error, events } = await run('retrieve.asl.json', opened(['e1', 'e2'], true));

    expect(error).toBeUndefined();
    expect(events('Query Engine')).toEqual([
      { requestId: 'r1', attempt: 1, engineId: 'e1', outcome: {} },
      { requestId: 'r1', attempt: 1, engineId: 'e2', outcome: {} },
    ]);
    for (const task of ['Query Portal', 'Close Request']) {
      expect(events(task)).toEqual([{ requestId: 'r1', attempt: 1 }]);
    }
    expect(events('Merge Parts')).toEqual([{ requestId: 'r1', attempt: 1, mayReturnMore: true }]);
  });

  it('begins with the Portal while the Engines are prepared, and asks no Engine that refused the login (R4)', async () => {
    const { calls, events } = await run('retrieve.asl.json', {
      ...opened(['e1', 'e2'], true),
      'Prepare Engines': async () => {
        await new Promise((resolve) => setTimeout(resolve, 50));
        return ['e2'];
      },
    });

    expect(events('Prepare Engines')).toEqual([{ requestId: 'r1', attempt: 1, engineIds: ['e1', 'e2'] }]);
    expect(events('Query Engine')).toMatchObject([{ engineId: 'e2' }]);
    expect(calls.indexOf('Query Portal')).toBeLessThan(calls.indexOf('Query Engine'));
  });

  it('asks the Engines unprepared when the preparation fails, but none after a refused login (R4, R12)', async () => {
    const failing = (name: string) => ({
      ...opened(['e1'], true),
      'Prepare Engines': () => {
        throw failure(name);
      },
    });
    const odd = await run('retrieve.asl.json', failing('StorageUnavailableError'));
    const refused = await run('retrieve.asl.json', failing('EngineAuthError'));

    expect(odd.error).toBeUndefined();
    expect(odd.events('Query Engine')).toMatchObject([{ engineId: 'e1' }]);
    expect(refused.events('Query Engine')).toEqual([]);
    expect(refused.events('Close Request Failed')).toEqual([{ requestId: 'r1', attempt: 1, error: 'EngineAuthError' }]);
  });

  it('queries no source whose box was not ticked (R2)', async () => {
    const { error, events } = await run('retrieve.asl.json', opened([], false));

    expect(error).toBeUndefined();
    expect([...events('Query Engine'), ...events('Query Portal')]).toEqual([]);
    expect(events('Close Request')).toHaveLength(1);
  });

  it('calls an Engine again while there is more, at once or after a wait (decision 5)', async () => {
    const resting = { more: true, waitSeconds: 30, rests: 1 };
    const { events } = await run('retrieve.asl.json', {
      ...opened(['e1'], false),
      'Query Engine': (_event, call) => [{ more: true }, resting, { more: false }][call - 1],
    });

    expect(events('Query Engine')).toHaveLength(3);
    expect(events('Query Engine')[2]).toEqual({ requestId: 'r1', attempt: 1, engineId: 'e1', outcome: resting });
  });

  it('retries an Engine that did not answer, then notes it and goes on (R12)', async () => {
    const { error, events } = await run('retrieve.asl.json', {
      ...opened(['e1', 'e2'], false),
      'Query Engine': ({ engineId }) => {
        if (engineId === 'e1') throw failure('EngineUnavailableError');
        return { more: false };
      },
    });

    expect(error).toBeUndefined();
    expect(events('Query Engine').filter(({ engineId }) => engineId === 'e1')).toHaveLength(3);
    expect(events('Note Missing Engine')).toEqual([
      { requestId: 'r1', attempt: 1, sourceId: 'e1', error: 'EngineUnavailableError' },
    ]);
    expect(events('Merge Parts')).toHaveLength(1);
  });

  it('does not ask again after a refused login: accounts lock (R4)', async () => {
    const { events } = await run('retrieve.asl.json', {
      ...opened(['e1'], false),
      'Query Engine': () => {
        throw failure('EngineAuthError');
      },
    });

    expect(events('Query Engine')).toHaveLength(1);
    expect(events('Note Missing Engine')).toHaveLength(1);
  });

  it('notes a Portal that could not be read (R12)', async () => {
    const { error, events } = await run('retrieve.asl.json', {
      ...opened([], true),
      'Query Portal': () => {
        throw failure('PortalDatabaseError');
      },
    });

    expect(error).toBeUndefined();
    expect(events('Note Missing Portal')).toEqual([
      { requestId: 'r1', attempt: 1, sourceId: 'portal', error: 'PortalDatabaseError' },
    ]);
  });

  it.each(['Open Request', 'Merge Parts'])('closes the Request and fails when %s fails', async (task) => {
    const { error, events } = await run('retrieve.asl.json', {
      ...opened(['e1'], false),
      [task]: () => {
        throw failure('LoginRefusedError');
      },
    });

    expect(error).toBeDefined();
    expect(events('Close Request Failed')).toEqual([{ requestId: 'r1', attempt: 1, error: 'LoginRefusedError' }]);
    expect(events('Close Request')).toEqual([]);
  });

  it.each(['Runtime.ExitError', 'Sandbox.Timedout', 'Lambda.Unknown', 'States.Timeout'])(
    'calls a worker again that was killed (%s); killed again and again, its source is missing and the rest is merged (C47)',
    async (name) => {
      const { error, events } = await run('retrieve.asl.json', {
        ...opened(['e1', 'e2'], true),
        'Query Engine': ({ engineId }) => {
          if (engineId === 'e1') throw failure(name);
          return { more: false };
        },
        'Query Portal': () => {
          throw failure(name);
        },
      });

      expect(error).toBeUndefined();
      expect(events('Query Engine')).toHaveLength(4);
      expect(events('Query Portal')).toHaveLength(3);
      expect(events('Note Missing Engine')).toEqual([{ requestId: 'r1', attempt: 1, sourceId: 'e1', error: name }]);
      expect(events('Note Missing Portal')).toEqual([{ requestId: 'r1', attempt: 1, sourceId: 'portal', error: name }]);
      expect(events('Merge Parts')).toHaveLength(1);
      expect(events('Close Request')).toHaveLength(1);
    },
  );

  it('merges what was retrieved although a gap could not be noted (C47)', async () => {
    const fail = (name: string) => () => {
      throw failure(name);
    };
    const { error, events } = await run('retrieve.asl.json', {
      ...opened(['e1'], true),
      'Query Engine': fail('EngineTlsError'),
      'Query Portal': fail('PortalDatabaseError'),
      'Note Missing Engine': fail('Runtime.ExitError'),
      'Note Missing Portal': fail('WrongStateError'),
    });

    expect(error).toBeUndefined();
    expect(events('Merge Parts')).toHaveLength(1);
    expect(events('Close Request')).toHaveLength(1);
    expect(events('Close Request Failed')).toEqual([]);
  });

  it('merges what was retrieved whatever else fails while the sources are queried (C47)', () => {
    const { States } = JSON.parse(readFilledAsl('retrieve.asl.json')) as Machine;

    const [refused, caught] = States['Query Every Source']!.Catch!;
    expect(refused).toMatchObject({ ErrorEquals: ['EngineAuthError', 'AmbiguousSubjectError'] });
    expect(caught).toMatchObject({ ErrorEquals: ['States.ALL'], Next: 'Merge Parts' });
  });

  it('calls a merge again while there is more, so it may take longer than a function may run (decision 7)', async () => {
    const { error, events } = await run('retrieve.asl.json', {
      ...opened(['e1'], false),
      'Merge Parts': (_event, call) => ({ more: call < 5 }),
    });

    expect(error).toBeUndefined();
    expect(events('Merge Parts')).toHaveLength(5);
    expect(events('Close Request')).toHaveLength(1);
  });

  it('calls a merge again that was killed ten times (decision 7)', async () => {
    const { error, events } = await run('retrieve.asl.json', {
      ...opened(['e1'], false),
      'Merge Parts': (_event, call) => {
        if (call <= 10) throw failure('Runtime.ExitError');
      },
    });

    expect(error).toBeUndefined();
    expect(events('Merge Parts')).toHaveLength(11);
  });
});

describe('anonymize.asl.json (R18)', () => {
  it('anonymizes, cleans up, verifies, closes', async () => {
    const { error, events } = await run('anonymize.asl.json', {});

    expect(error).toBeUndefined();
    for (const task of ['Open Request', 'Anonymize Portal', 'Maintain Portal', 'Verify Portal', 'Close Request']) {
      expect(events(task)).toEqual([{ requestId: 'r1', attempt: 1 }]);
    }
  });

  it('fails when the name is found again after the commit, without a second run (R15)', async () => {
    const { error, events } = await run('anonymize.asl.json', {
      'Verify Portal': () => {
        throw failure('ResidueFoundError');
      },
    });

    expect(error).toBeDefined();
    expect(events('Anonymize Portal')).toHaveLength(1);
    expect(events('Close Request Failed')).toEqual([{ requestId: 'r1', attempt: 1, error: 'ResidueFoundError' }]);
    expect(events('Close Request')).toEqual([]);
  });

  it.each(['Runtime.ExitError', 'Sandbox.Timedout'])(
    'calls the function once more after %s, then gives up (R16)',
    async (name) => {
      const die = () => {
        throw failure(name);
      };
      const once = await run('anonymize.asl.json', { 'Anonymize Portal': die });
      const twice = await run('anonymize.asl.json', { 'Anonymize Portal': die, 'Anonymize Portal Again': die });

      expect(once.error).toBeUndefined();
      expect(once.events('Verify Portal')).toHaveLength(1);
      expect(twice.events('Anonymize Portal Again')).toHaveLength(1);
      expect(twice.events('Close Request Failed')).toEqual([{ requestId: 'r1', attempt: 1, error: name }]);
    },
  );

  it('is not what a rehearsal runs: that ends before any commit (R18)', async () => {
    const { error, events } = await run('rehearse.asl.json', {});
    const killed = await run('rehearse.asl.json', {
      'Rehearse Portal': () => {
        throw failure('Sandbox.Timedout');
      },
    });

    expect(error).toBeUndefined();
    for (const task of ['Open Request', 'Rehearse Portal', 'Close Request']) {
      expect(events(task)).toEqual([{ requestId: 'r1', attempt: 1 }]);
    }
    expect(killed.events('Rehearse Portal')).toHaveLength(1);
    expect(killed.events('Close Request Failed')).toEqual([{ requestId: 'r1', attempt: 1, error: 'Sandbox.Timedout' }]);
  });

  it('verifies although nobody could clean up (R17)', async () => {
    const { error, events } = await run('anonymize.asl.json', {
      'Maintain Portal': () => {
        throw failure('PortalDatabaseUnavailableError');
      },
    });

    expect(error).toBeUndefined();
    expect(events('Verify Portal')).toEqual([{ requestId: 'r1', attempt: 1 }]);
  });
});
