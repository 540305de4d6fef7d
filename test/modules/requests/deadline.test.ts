import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addDays, dayAt } from '../../../modules/common/day-window.ts';
import {
  changeDeadline,
  type DeadlineRules,
  daysLeft,
  dueAtOf,
  dueWarning,
  startDeadline,
} from '../../../modules/requests/deadline.ts';

const rules: DeadlineRules = { zone: 'UTC', holidays: [] };
const dueOn = (receivedAt: string, more = {}, of = rules) =>
  dayAt(new Date(dueAtOf({ receivedAt, pauses: [], ...more }, of)), of.zone);

describe('dueAtOf', () => {
  it.each([
    ['the same day of the next month', '2026-03-05T10:00:00Z', '2026-04-06'], // 5 April 2026 is a Sunday
    ['the last day of a month that has no such day', '2027-08-31T10:00:00Z', '2027-09-30'],
    ['the last of February', '2027-01-31T10:00:00Z', '2027-03-01'], // 28 February 2027 is a Sunday
    ['29 February of a leap year', '2028-01-30T10:00:00Z', '2028-02-29'],
    ['Monday, when that is a Saturday', '2026-09-17T10:00:00Z', '2026-10-19'],
    ['the next year, from December on', '2026-12-04T10:00:00Z', '2027-01-04'],
  ])('is %s (GDPR Art. 12(3), Regulation 1182/71)', (_what, receivedAt, due) => {
    expect(dueOn(receivedAt)).toBe(due);
  });

  it('goes on over holidays and the weekend behind them', () => {
    const holidays = ['2026-12-24', '2026-12-25'];
    expect(dueOn('2026-11-24T10:00:00Z', {}, { zone: 'UTC', holidays })).toBe('2026-12-28');
  });

  it('counts days as the zone of the company does, to their last second', () => {
    const tokyo = { zone: 'Asia/Tokyo', holidays: [] };
    const term = { receivedAt: '2026-11-23T16:00:00Z', pauses: [] }; // the 24th there
    expect(dueAtOf(term, tokyo)).toBe('2026-12-24T14:59:59.000Z');
    expect(dueAtOf(term, rules)).toBe('2026-12-23T23:59:59.000Z');
  });

  it('is a working day no sooner than a month later, in any zone', () => {
    const zones = fc.constantFrom('UTC', 'Europe/Berlin', 'America/Santiago', 'Pacific/Kiritimati', 'Asia/Beirut');
    const instants = fc.date({ min: new Date('2024-01-01'), max: new Date('2033-01-01'), noInvalidDate: true });
    fc.assert(
      fc.property(instants, zones, (received, zone) => {
        const due = new Date(dueAtOf({ receivedAt: received.toISOString(), pauses: [] }, { zone, holidays: [] }));
        const day = dayAt(due, zone);
        expect([0, 6]).not.toContain(new Date(day).getUTCDay());
        expect(day >= addDays(dayAt(received, zone), 28)).toBe(true);
        expect(day <= addDays(dayAt(received, zone), 33)).toBe(true);
        expect(dayAt(new Date(due.getTime() + 1000), zone)).toBe(addDays(day, 1));
      }),
    );
  });
});

describe('changeDeadline', () => {
  const term = startDeadline('2026-11-02T09:00:00Z', rules); // due 2 December
  const on = (day: string) => new Date(`2026-${day}T12:00:00Z`);

  it('moves the end by the days the term has rested', () => {
    const paused = changeDeadline(term, { action: 'pause', reason: 'identity' }, on('11-05'), rules);
    const going = changeDeadline(paused, { action: 'resume' }, on('11-10'), rules);
    expect([term, paused, going].map(({ dueAt }) => dueAt.slice(0, 10))).toEqual([
      '2026-12-02',
      '2026-12-02',
      '2026-12-07',
    ]);
    expect(going.pauses).toEqual([
      { from: '2026-11-05T12:00:00.000Z', to: '2026-11-10T12:00:00.000Z', reason: 'identity' },
    ]);
  });

  it('adds up to two months, once, and only before the end', () => {
    const extend = { action: 'extend', reason: 'complexity' } as const;
    const longer = changeDeadline(term, extend, on('11-20'), rules);
    expect(longer.dueAt).toBe('2027-02-02T23:59:59.000Z');
    expect(changeDeadline(term, { ...extend, months: 1 }, on('11-20'), rules).dueAt.slice(0, 10)).toBe('2027-01-04');
    expect(() => changeDeadline(longer, extend, on('11-21'), rules)).toThrow('was extended before');
    expect(() => changeDeadline(term, extend, on('12-03'), rules)).toThrow('is over');
  });

  it('is neither paused twice nor resumed twice', () => {
    const pause = { action: 'pause', reason: 'scope' } as const;
    const paused = changeDeadline(term, pause, on('11-05'), rules);
    expect(() => changeDeadline(paused, pause, on('11-06'), rules)).toThrow('is paused already');
    expect(() => changeDeadline(term, { action: 'resume' }, on('11-06'), rules)).toThrow('is not paused');
  });
});

describe('daysLeft', () => {
  it.each([
    ['Europe/Berlin', '2026-06-01T08:00:00Z', '2026-06-10T22:00:00Z', 20], // the first second of the 11th there
    ['Europe/Berlin', '2026-06-01T08:00:00Z', '2026-06-11T21:59:59Z', 20],
    ['America/New_York', '2026-06-02T03:00:00Z', '2026-06-12T03:00:00Z', 20], // the evening of the 1st, and of the 11th
    ['Europe/Berlin', '2026-10-01T08:00:00Z', '2026-10-12T22:30:00Z', 20], // over the change of the clocks, to 2 November
    ['UTC', '2026-06-01T08:00:00Z', '2026-07-03T08:00:00Z', -2],
  ])('counts days of %s, from a day on which the person asked (R31)', (zone, receivedAt, now, left) => {
    expect(daysLeft(startDeadline(receivedAt, { zone, holidays: [] }), new Date(now))).toBe(left);
  });
});

describe('dueWarning', () => {
  const term = startDeadline('2026-11-02T09:00:00Z', rules);
  const told = (day: string, warned: string[] = [], of = term) => {
    const warning = dueWarning({ ...of, warned }, new Date(`2026-${day}T12:00:00Z`), [7, 2]);
    return warning && [warning.kind, warning.days];
  };

  it('tells each once, the most urgent first of those that come together', () => {
    expect(told('11-24')).toBeUndefined();
    expect(told('11-25')).toEqual(['due', 7]);
    expect(told('12-01')).toEqual(['due', 1]);
    expect(told('12-03')).toEqual(['overdue', -1]);
    expect(told('12-03', ['overdue-0@2026-12-02T23:59:59.000Z'])).toBeUndefined();
  });

  it('is silent while the deadline is paused', () => {
    const paused = changeDeadline(term, { action: 'pause', reason: 'scope' }, new Date('2026-11-05'), rules);
    expect(told('12-20', [], paused)).toBeUndefined();
    expect(daysLeft(paused, new Date('2026-12-20'))).toBe(27); // as on 5 November
  });
});
