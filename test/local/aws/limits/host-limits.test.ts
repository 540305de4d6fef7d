import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AWS_LIMITS } from '../../../../local/aws/limits/limits.ts';
import { aHost } from '../../fixtures/functions.ts';

describe('LambdaHost with the limits of AWS', () => {
  let started: Awaited<ReturnType<typeof aHost>>;
  beforeAll(async () => {
    started = await aHost({ limits: { ...AWS_LIMITS, concurrency: 2 } });
  });
  afterAll(async () => {
    await started.host.stop();
    await rm(started.folder, { recursive: true });
  });
  const invoke = (name: string, event: unknown, isEvent?: boolean) => started.host.invoke(name, event, isEvent);
  const errorOf = (result: Awaited<ReturnType<typeof invoke>>) => (result.ok ? 'done' : result.error.errorType);

  it('refuses a call that is one too many, and lets an event wait (R22)', async () => {
    const calls = [1, 2, 3].map(() => invoke('sleeper', { milliseconds: 300 }));
    const event = invoke('echo', {}, true);

    expect((await Promise.all(calls)).map(errorOf)).toEqual(['done', 'done', 'TooManyRequestsException']);
    expect(errorOf(await event)).toBe('done');
    expect(started.host.throttled()).toBe(1);
  });

  it('refuses an answer of more than 6 MB (R22)', async () => {
    const fits = await invoke('prober', { bytes: AWS_LIMITS.answerBytes });
    const tooLarge = await invoke('prober', { bytes: AWS_LIMITS.answerBytes + 1 });

    expect([errorOf(fits), errorOf(tooLarge)]).toEqual(['done', 'Function.ResponseSizeTooLarge']);
  });
});
