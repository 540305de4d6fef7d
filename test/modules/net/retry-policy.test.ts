import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_TRIES, pauseBeforeTry, readRetryAfter } from '../../../modules/net/retry-policy.ts';

describe('pauseBeforeTry', () => {
  it('draws from the whole of a span that doubles', () => {
    expect([1, 2].map((tries) => pauseBeforeTry(tries, undefined, () => 0))).toEqual([0, 0]);
    expect([1, 2].map((tries) => pauseBeforeTry(tries, undefined, () => 0.999))).toEqual([499, 999]);
  });

  it('ends with the last try', () => {
    expect(pauseBeforeTry(MAX_TRIES, undefined, () => 0)).toBeUndefined();
  });

  it('never comes back before the Engine wants to be asked again, and not at all when that is far off', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: MAX_TRIES - 1 }),
        fc.nat(120_000),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        (tries, restMs, draw) => {
          const pause = pauseBeforeTry(tries, restMs, () => draw);
          if (restMs > 30_000) expect(pause).toBeUndefined();
          else expect(pause).toBeGreaterThanOrEqual(restMs);
        },
      ),
    );
  });
});

describe('readRetryAfter', () => {
  const now = new Date('2026-11-23T08:00:00Z');

  it.each([
    ['7', 7_000],
    [' 0 ', 0],
    ['Mon, 23 Nov 2026 08:01:00 GMT', 60_000],
    ['Mon, 23 Nov 2026 07:00:00 GMT', 0],
    ['soon', undefined],
    [undefined, undefined],
  ])('reads %s as %s ms', (value, milliseconds) => {
    expect(readRetryAfter(value, now)).toBe(milliseconds);
  });
});
