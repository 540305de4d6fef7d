import { readFile, rm } from 'node:fs/promises';
import { afterEach, describe, expect, it } from 'vitest';
import type { InvocationResult } from '../../../local/aws/lambda-sandbox.ts';
import { aHost, FIXTURE_FUNCTIONS } from '../fixtures/functions.ts';

const payloadOf = (result: InvocationResult): Record<string, unknown> => {
  if (!result.ok) throw new Error(result.error.errorType);
  return result.payload as Record<string, unknown>;
};
const errorOf = (result: InvocationResult) => (result.ok ? undefined : result.error);

const isRunning = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

describe('LambdaHost', () => {
  let started: Awaited<ReturnType<typeof aHost>>;
  const start = async (options?: Parameters<typeof aHost>[0]) => {
    started = await aHost(options);
    return started.host;
  };
  afterEach(async () => {
    await started.host.stop();
    await rm(started.folder, { recursive: true });
  });

  it('hands over event, context and the environment of the function alone (R26)', async () => {
    const host = await start();

    const payload = payloadOf(await host.invoke('echo', { requestId: 'r1' }));

    expect(payload).toMatchObject({ event: { requestId: 'r1' }, functionName: 'echo', greeting: 'hello' });
    expect(payload.remaining).toBeGreaterThan(4000);
    expect(payload.remaining).toBeLessThanOrEqual(5000);
    expect(payload.heapArgument).toBe('--max-old-space-size=230');
    const environment = payload.environment as string[];
    expect(environment.filter((name) => !/^(AWS_|NODE_CHANNEL_)/.test(name))).toEqual([
      'CLOSED_FILE',
      'GREETING',
      'PATH',
      'TZ',
    ]);
  });

  it('keeps a process warm and starts another only for a concurrent invocation', async () => {
    const host = await start();

    const first = payloadOf(await host.invoke('echo', 1));
    const second = payloadOf(await host.invoke('echo', 2));
    const together = await Promise.all([
      host.invoke('sleeper', { milliseconds: 200 }),
      host.invoke('sleeper', { milliseconds: 200 }),
    ]);

    expect(second).toMatchObject({ pid: first.pid, calls: 2 });
    expect(new Set(together.map((result) => payloadOf(result).pid)).size).toBe(2);
    expect(host.processes()).toBe(3);
  });

  it('reports a thrown error under its name, also from a minified bundle (decision 1)', async () => {
    const host = await start();

    const error = errorOf(await host.invoke('unlucky', { key: 'a', times: 1 }));

    expect(error).toMatchObject({ errorType: 'EngineUnavailableError', errorMessage: 'no answer' });
    expect(payloadOf(await host.invoke('unlucky', { key: 'a', times: 1 }))).toEqual({ calls: 2 });
  });

  it('kills a function at its timeout and starts afresh', async () => {
    const host = await start();
    const { pid } = payloadOf(await host.invoke('sleeper', { milliseconds: 1 }));

    const error = errorOf(await host.invoke('sleeper', { milliseconds: 60_000 }));
    const next = payloadOf(await host.invoke('sleeper', { milliseconds: 1 }));

    expect(error).toMatchObject({ errorType: 'Sandbox.Timedout', errorMessage: 'Task timed out after 2.00 seconds' });
    expect(next.pid).not.toBe(pid);
    expect(isRunning(pid as number)).toBe(false);
  });

  it('tells a crash, a function that cannot start, and one that is not there', async () => {
    const host = await start();

    const crash = await Promise.all([host.invoke('crasher', {}), host.invoke('crasher', {})]);
    const broken = [await host.invoke('broken', {}), await host.invoke('broken', {})];
    const missing = await host.invoke('nobody', {});

    expect(crash.map((result) => errorOf(result)?.errorType)).toEqual(['Runtime.ExitError', 'Runtime.ExitError']);
    expect(broken.map((result) => errorOf(result)?.errorType)).toEqual(['RangeError', 'RangeError']);
    expect(errorOf(missing)?.errorType).toBe('ResourceNotFoundException');
    expect(host.processes()).toBe(0);
  });

  it('never runs more processes than allowed; the rest waits, and an idle process makes room', async () => {
    const host = await start({ maxProcesses: 2 });
    await host.invoke('echo', 1);
    let highest = 0;
    const watch = setInterval(() => {
      highest = Math.max(highest, host.processes());
    }, 5);

    const results = await Promise.all(Array.from({ length: 5 }, () => host.invoke('sleeper', { milliseconds: 50 })));

    clearInterval(watch);
    expect(results.every(({ ok }) => ok)).toBe(true);
    expect(highest).toBe(2);
  });

  it('ends a process that nobody calls any more, and keeps the one that is called (C48)', async () => {
    const host = await start({ idleSeconds: 2 });
    const both = await Promise.all([1, 2].map(() => host.invoke('echo', {})));
    const pids = both.map((result) => payloadOf(result).pid as number);

    await expect
      .poll(
        async () => {
          await host.invoke('echo', {});
          return [host.processes(), pids.filter(isRunning).length];
        },
        { interval: 200 },
      )
      .toEqual([1, 1]);
    await expect.poll(() => [host.processes(), pids.filter(isRunning).length]).toEqual([0, 0]);
  });

  it('lets a short function through while long ones fill their share, so that a cancel gets out (R7)', async () => {
    const functions = FIXTURE_FUNCTIONS.map((spec) =>
      spec.name === 'sleeper' ? { ...spec, timeoutSeconds: 61 } : spec,
    );
    const host = await start({ maxProcesses: 3, functions });
    const long = [host.invoke('sleeper', { milliseconds: 60_000 }), host.invoke('sleeper', { milliseconds: 60_000 })];

    const short = await host.invoke('echo', {});

    expect(short.ok).toBe(true);
    await host.stop();
    expect((await Promise.all(long)).map((result) => result.ok)).toEqual([false, false]);
  });

  it('appends the output of all functions to one log and knows their peak memory', async () => {
    const host = await start();
    const { pid } = payloadOf(await host.invoke('echo', {}));
    await host.invoke('unlucky', { key: 'b', times: 1 });

    const log = await readFile(started.logFile, 'utf8');

    expect(log).toContain(`echo ${pid}\n`);
    expect(log).toContain('"errorType":"EngineUnavailableError"');
    expect(Object.keys(host.peaks())).toEqual(['echo', 'unlucky']);
    expect(host.peaks().echo).toBeGreaterThan(20);
    expect(host.peaks().echo).toBeLessThan(150);
  });

  it('leaves no process behind', async () => {
    const host = await start();
    const { pid } = payloadOf(await host.invoke('echo', {}));
    const running = host.invoke('sleeper', { milliseconds: 60_000 });

    await host.stop();

    expect(errorOf(await running)?.errorType).toBe('Runtime.ExitError');
    expect(isRunning(pid as number)).toBe(false);
    expect((await host.invoke('echo', {})).ok).toBe(false);
  });
});
