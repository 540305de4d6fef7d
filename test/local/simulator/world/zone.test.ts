import { describe, expect, it } from 'vitest';
import { resolveTime } from '../../../../local/simulator/nxql/time.ts';
import { Zone } from '../../../../local/simulator/world/zone.ts';

const at = (text: string): number => Date.parse(text);

describe('Zone', () => {
  it('tells local time in summer, in winter and at odd offsets', () => {
    expect(new Zone('Europe/Zurich').text(at('2026-07-01T12:00:00Z'))).toBe('2026-07-01T14:00:00');
    expect(new Zone('America/New_York').text(at('2026-12-01T02:30:05Z'))).toBe('2026-11-30T21:30:05');
    expect(new Zone('Asia/Kolkata').text(at('2026-12-01T02:30:05Z'))).toBe('2026-12-01T08:00:05');
    expect(new Zone('UTC').text(at('2026-12-01T02:30:05Z'))).toBe('2026-12-01T02:30:05');
  });
});

describe('resolveTime', () => {
  const zurich = new Zone('Europe/Zurich');
  const now = at('2026-10-26T10:00:00Z');

  it.each([
    ['now', '2026-10-26T10:00:00Z'],
    ['now-90m', '2026-10-26T08:30:00Z'],
    ['now-7d', '2026-10-19T10:00:00Z'],
    ['now-1w+1h', '2026-10-19T11:00:00Z'],
    ['midnight', '2026-10-25T23:00:00Z'],
    ['midnight-6h', '2026-10-25T17:00:00Z'],
    ['midnight-1w', '2026-10-18T22:00:00Z'],
    ['now-30s', '2026-10-26T09:59:30Z'],
    ['2026-10-01T00:00:00', '2026-09-30T22:00:00Z'],
    ['2026-10-01', '2026-09-30T22:00:00Z'],
    ['2026-12-01 06:30', '2026-12-01T05:30:00Z'],
    ['2026-10-01T00:00:00Z', '2026-10-01T00:00:00Z'],
  ])('resolves %s', (text, expected) => {
    expect(resolveTime(text, now, zurich)).toBe(at(expected));
  });

  it('counts days from midnight by the calendar, across the end of summer time', () => {
    expect(resolveTime('midnight-1d', now, zurich)).toBe(at('2026-10-24T22:00:00Z'));
    expect(resolveTime('midnight-2d', now, zurich)).toBe(at('2026-10-23T22:00:00Z'));
  });

  it.each(['yesterday', 'now-7', 'now-7y', '2026-02-30', '2026-13-01', '2026-10-01T25:00:00', 'midnight -1d'])(
    'refuses %s',
    (text) => {
      expect(() => resolveTime(text, now, zurich)).toThrow(expect.objectContaining({ name: 'NxqlError' }));
    },
  );
});
