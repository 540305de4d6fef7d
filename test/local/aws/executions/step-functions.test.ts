import { existsSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  DescribeExecutionCommand,
  type DescribeExecutionCommandOutput,
  GetExecutionHistoryCommand,
  SFNClient,
  StartExecutionCommand,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadMachines, parseMachine } from '../../../../local/aws/executions/state-machines.ts';
import { StepFunctions } from '../../../../local/aws/executions/step-functions.ts';
import { FAKE_CREDENTIALS, REGION, stateMachineArn } from '../../../../local/aws/names.ts';
import { aHost } from '../../fixtures/functions.ts';

const TASKS = {
  UnluckyArn: { name: 'unlucky' },
  CrasherArn: { name: 'crasher' },
  SleeperArn: { name: 'sleeper' },
};

describe('StepFunctions', () => {
  let started: Awaited<ReturnType<typeof aHost>>;
  let service: StepFunctions;
  let sfn: SFNClient;
  const serve = async () => {
    service = new StepFunctions({
      machines: await loadMachines(join(import.meta.dirname, '../../fixtures'), TASKS),
      invoke: (name, event) => started.host.invoke(name, event),
      closer: 'closer',
      journalFile: join(started.folder, 'executions.jsonl'),
    });
    sfn = new SFNClient({ endpoint: await service.listen(), region: REGION, credentials: FAKE_CREDENTIALS });
  };
  const start = async (machine: string, name: string, input: unknown) => {
    const command = { stateMachineArn: stateMachineArn(machine), name, input: JSON.stringify(input) };
    return (await sfn.send(new StartExecutionCommand(command))).executionArn!;
  };
  const endOf = async (executionArn: string): Promise<DescribeExecutionCommandOutput> => {
    const execution = await sfn.send(new DescribeExecutionCommand({ executionArn }));
    if (execution.status !== 'RUNNING') return execution;
    await sleep(30);
    return await endOf(executionArn);
  };
  /** The events that the closing function was told of for one execution, once there is one. */
  const closedAs = async (name: string): Promise<string[]> => {
    const text = existsSync(started.closedFile) ? await readFile(started.closedFile, 'utf8') : '';
    const events = text
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line));
    const told = events.filter(({ detail }) => detail.name === name);
    if (told.length > 0) return told.map(({ detail }) => detail.status);
    await sleep(30);
    return await closedAs(name);
  };
  const files = (count: number) => Array.from({ length: count }, (_, i) => join(started.folder, `linger-${i}`));

  beforeAll(async () => {
    started = await aHost();
    await serve();
  });
  afterAll(async () => {
    await service.stop();
    await started.host.stop();
    await rm(started.folder, { recursive: true });
  });

  it('runs Map, Parallel, Choice and Wait, retries by name, and catches by name what Lambda reports (R22, decision 1)', async () => {
    const items = [
      { key: 'lucky', times: 0 },
      { key: 'second try', times: 1 },
      { key: 'never', times: 9 },
    ];

    const execution = await endOf(await start('walk', 'r1-r1', { items }));

    expect(execution.error).toBeUndefined();
    expect(execution.status).toBe('SUCCEEDED');
    expect(JSON.parse(execution.output!)).toEqual([['at once', 'late', 'EngineUnavailableError'], 'survived']);
  }, 20_000);

  it('tells the history with inputs, outputs and errors of functions, in order (R24)', async () => {
    const executionArn = await start('fall', 'r2-r1', { key: 'fall', times: 9 });
    await endOf(executionArn);

    const { events } = await sfn.send(new GetExecutionHistoryCommand({ executionArn }));

    expect(events!.map(({ type }) => type)).toEqual([
      'ExecutionStarted',
      'TaskStateEntered',
      'LambdaFunctionScheduled',
      'LambdaFunctionFailed',
      'TaskStateFailed',
      'ExecutionFailed',
    ]);
    expect(events![2]!.lambdaFunctionScheduledEventDetails!.input).toBe('{"key":"fall","times":9}');
    expect(events![3]!.lambdaFunctionFailedEventDetails!.error).toBe('EngineUnavailableError');
    expect(JSON.parse(events![5]!.executionFailedEventDetails!.cause!)).toMatchObject({
      errorType: 'EngineUnavailableError',
      errorMessage: 'no answer',
    });
    expect(JSON.stringify(service.history())).toContain('r2-r1');
  });

  it('has a failed execution closed (decision 25)', async () => {
    const execution = await endOf(await start('fall', 'r3-r1', { key: 'fall 3', times: 9 }));

    expect(execution).toMatchObject({ status: 'FAILED', error: 'EngineUnavailableError' });
    expect(await closedAs('r3-r1')).toEqual(['FAILED']);
  });

  it('stops an execution, starts none of its queued items, and has it closed once (R7, decision 25)', async () => {
    const [first, second, third] = files(3);
    const executionArn = await start('linger', 'r4-r1', { files: [first, second, third] });
    while (!existsSync(first!)) await sleep(10);

    await sfn.send(new StopExecutionCommand({ executionArn, error: 'Cancelled' }));
    const execution = await endOf(executionArn);
    await sfn.send(new StopExecutionCommand({ executionArn }));

    expect(execution).toMatchObject({ status: 'ABORTED', error: 'Cancelled' });
    expect(await closedAs('r4-r1')).toEqual(['ABORTED']);
    await sleep(1500);
    expect(existsSync(second!) || existsSync(third!)).toBe(false);
    expect(await closedAs('r4-r1')).toEqual(['ABORTED']);
  });

  it('ends an execution that outlives the timeout of its machine (decision 26)', async () => {
    const execution = await endOf(await start('linger', 'r5-r1', { files: files(9).slice(4) }));

    expect(execution.status).toBe('TIMED_OUT');
    expect(await closedAs('r5-r1')).toEqual(['TIMED_OUT']);
  }, 10_000);

  it('starts a name once: the same again is harmless while it runs, anything else is refused', async () => {
    const input = { files: [join(started.folder, 'once')] };

    const [one, other] = [await start('linger', 'r6-r1', input), await start('linger', 'r6-r1', input)];

    expect(other).toBe(one);
    await expect(start('linger', 'r6-r1', {})).rejects.toMatchObject({ name: 'ExecutionAlreadyExists' });
    await endOf(one);
    await expect(start('linger', 'r6-r1', input)).rejects.toMatchObject({ name: 'ExecutionAlreadyExists' });
  });

  it('names what does not exist', async () => {
    const none = { executionArn: `${stateMachineArn('linger')}:none` };

    await expect(sfn.send(new DescribeExecutionCommand(none))).rejects.toMatchObject({ name: 'ExecutionDoesNotExist' });
    await expect(sfn.send(new StopExecutionCommand(none))).rejects.toMatchObject({ name: 'ExecutionDoesNotExist' });
    await expect(start('nothing', 'r7-r1', {})).rejects.toMatchObject({ name: 'StateMachineDoesNotExist' });
  });

  it('closes after a restart what was running when the system died (decision 25)', async () => {
    const executionArn = await start('linger', 'r8-r1', { files: [join(started.folder, 'lost')] });
    await service.stop();
    await serve();

    service.abortLost();

    expect(await endOf(executionArn)).toMatchObject({ status: 'ABORTED', error: 'SystemRestarted' });
    expect(await closedAs('r8-r1')).toEqual(['ABORTED']);
    expect(await endOf(executionArn.replace('r8-r1', 'r6-r1'))).toMatchObject({ status: 'SUCCEEDED' });
    await expect(start('linger', 'r6-r1', {})).rejects.toMatchObject({ name: 'ExecutionAlreadyExists' });
  });

  it('writes nothing more once it is stopped, whatever still ends', async () => {
    const journal = join(started.folder, 'executions.jsonl');
    const done = join(started.folder, 'ends late');
    await start('linger', 'r14-r1', { files: [done] });
    await service.stop();
    const before = await readFile(journal, 'utf8');
    await expect.poll(() => existsSync(done)).toBe(true);
    await sleep(1500);

    expect(await readFile(journal, 'utf8')).toBe(before);
    await serve();
    service.abortLost();
    expect(await closedAs('r14-r1')).toEqual(['ABORTED']);
  });

  it('forgets the oldest executions that have ended when its journal has grown too long, and none that runs', async () => {
    const journal = join(started.folder, 'executions.jsonl');
    const arns = [];
    for (const name of ['r9-r1', 'r10-r1', 'r12-r1', 'r13-r1']) {
      arns.push(await start('fall', name, { key: name, times: 9, filler: 'x'.repeat(20_000) }));
      await endOf(arns.at(-1)!);
    }
    const running = await start('linger', 'r11-r1', { files: [join(started.folder, 'goes on')] });
    const { length } = await readFile(journal, 'utf8');
    service.forgetOld(length);
    expect((await readFile(journal, 'utf8')).length).toBeGreaterThanOrEqual(length);

    service.forgetOld(length - 1);
    await service.stop();
    await serve();

    expect((await readFile(journal, 'utf8')).length).toBeLessThan(0.6 * length);
    await expect(endOf(arns[0]!)).rejects.toMatchObject({ name: 'ExecutionDoesNotExist' });
    expect(await endOf(arns[3]!)).toMatchObject({ status: 'FAILED' });
    service.abortLost();
    expect(await endOf(running)).toMatchObject({ status: 'ABORTED' });
  });
});

describe('parseMachine', () => {
  const placeholder = (name: string) => `$\{${name}}`;
  const machine = (resource: string) =>
    JSON.stringify({ StartAt: 'A', States: { A: { Type: 'Task', Resource: resource, End: true } } });

  it('finds the function of each Task and refuses a Task without one', () => {
    const good = parseMachine('m', machine(placeholder('UnluckyArn')), TASKS);

    expect([...good.functionByState]).toEqual([['A', 'unlucky']]);
    expect(() => parseMachine('m', machine(placeholder('OtherArn')), TASKS)).toThrow('no function for');
    expect(() => parseMachine('m', machine('arn:aws:states:::sqs:sendMessage'), TASKS)).toThrow('names no function');
  });
});
