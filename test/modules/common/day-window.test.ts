import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  addDays,
  type DayWindow,
  dayAt,
  dayOf,
  daysBetween,
  halve,
  isDay,
  wholeSpan,
} from '../../../modules/common/day-window.ts';
import { betweenOn } from '../../../modules/engines/nxql.ts';

describe('halve', () => {
  it('covers a span down to single days, each day once', () => {
    const leaves = (window: DayWindow): DayWindow[] => halve(window)?.flatMap(leaves) ?? [window];
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 800 }), (back) => {
        const span = wholeSpan('2026-03-01', back);
        const days = leaves(span).map(({ from }) => from);
        expect(days).toEqual(Array.from({ length: back + 1 }, (_, i) => addDays(span.from, i)));
      }),
      { numRuns: 30 },
    );
  });
});

describe('isDay', () => {
  it('knows the days of the calendar from what only looks like one', () => {
    for (const day of ['0001-01-01', '2024-02-29', '2026-11-24', '9999-12-31']) expect(isDay(day), day).toBe(true);
    for (const text of ['2026-02-29', '2026-13-01', '2026-11-24T', '12026-01-01', '2026-11-2', 'infinity', '']) {
      expect(isDay(text), text).toBe(false);
    }
    expect([dayOf('2026-11-24T10:00:00'), dayOf('2026-99-99T10:00:00'), dayOf('soon')]).toEqual([
      '2026-11-24',
      undefined,
      undefined,
    ]);
  });
});

describe('betweenOn', () => {
  it('counts midnights back from the day of asking', () => {
    const window = { from: '2026-11-20', to: '2026-11-23' };
    expect(betweenOn('2026-11-23', window)).toEqual({ from: 'midnight-3d', to: 'midnight' });
    expect(betweenOn('2026-11-24', window)).toEqual({ from: 'midnight-4d', to: 'midnight-1d' });
  });

  it('ends at now on the last day itself', () => {
    expect(betweenOn('2026-11-23', wholeSpan('2026-11-23', 2))).toEqual({ from: 'midnight-2d', to: 'now' });
  });
});

describe('dayAt', () => {
  it('gives the date in the zone of the Engine', () => {
    const instant = new Date('2026-11-23T23:30:00Z');
    expect(dayAt(instant, 'Europe/Zurich')).toBe('2026-11-24');
    expect(dayAt(instant, 'America/New_York')).toBe('2026-11-23');
    expect(dayAt(instant, 'no such zone')).toBe('2026-11-23');
  });
});

describe('daysBetween', () => {
  it('crosses a change to summer time', () => {
    expect(daysBetween('2026-03-28', '2026-03-30')).toBe(2);
  });
});

describe('dayOf', () => {
  it('knows ISO stamps and no others', () => {
    expect(dayOf('2026-11-23T10:00:00')).toBe('2026-11-23');
    expect(dayOf('23.11.2026 10:00')).toBeUndefined();
  });
});
