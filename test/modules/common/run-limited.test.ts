import { describe, expect, it } from 'vitest';
import { runLimited } from '../../../modules/common/run-limited.ts';

describe('runLimited', () => {
  it('works on all items, with a maximum at a time', async () => {
    let [now, most] = [0, 0];
    const done: number[] = [];
    await runLimited([5, 4, 3, 2, 1, 0], 2, async (item, index) => {
      most = Math.max(most, ++now);
      await new Promise(setImmediate);
      now -= 1;
      done.push(item + index);
    });
    expect(done).toEqual([5, 5, 5, 5, 5, 5]);
    expect(most).toBe(2);
  });

  it('tells of a failure when nothing is under way any more, and begins nothing new', async () => {
    const begun: string[] = [];
    let slowHasEnded = false;
    const slow = Promise.withResolvers<void>();
    const all = runLimited(['fails', 'slow', 'never'], 2, async (item) => {
      begun.push(item);
      if (item === 'fails') throw new Error('the first');
      await slow.promise;
      slowHasEnded = true;
      throw new Error('a later one');
    });
    const outcome = all.then(
      () => 'no failure',
      (error: Error) => `${error.message}, slow has ended: ${slowHasEnded}`,
    );
    setImmediate(slow.resolve);
    expect(await outcome).toBe('the first, slow has ended: true');
    expect(begun).toEqual(['fails', 'slow']);
  });
});
