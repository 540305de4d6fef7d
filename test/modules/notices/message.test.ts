import { describe, expect, it } from 'vitest';
import { nextTry } from '../../../modules/notices/message.ts';

const since = '2026-11-23T08:00:00.000Z';
const after = (minutes: number) => new Date(Date.parse(since) + minutes * 60_000);
const minutesOf = (at: Date | undefined) => at && (at.getTime() - Date.parse(since)) / 60_000;
/** Minutes between the writing of a message and its next try. */
const next = (tries: number, minutes: number, random: number, retryAfter?: number) =>
  minutesOf(nextTry({ tries, since }, after(minutes), retryAfter, () => random));

describe('nextTry', () => {
  it('draws from a span that doubles up to two hours', () => {
    expect([next(1, 0, 0.5), next(2, 0, 0.5), next(3, 0, 0.5), next(30, 0, 0.5)]).toEqual([0.5, 1, 2, 60]);
    expect(next(5, 3, 0)).toBe(3);
  });

  it('waits as long as it is asked to, a day at most', () => {
    expect(next(1, 0, 0.5, 600)).toBe(10.5);
    expect(next(1, 0, 0.5, 10 ** 9)).toBe(24 * 60);
  });

  it('tries a last time a day after the message was written, and then no more', () => {
    expect(next(30, 23.5 * 60, 0.9)).toBe(24 * 60);
    expect(next(31, 24 * 60, 0)).toBeUndefined();
  });
});
