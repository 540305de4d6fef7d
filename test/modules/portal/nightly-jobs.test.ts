import { describe, expect, it } from 'vitest';
import { NightlyJobsError } from '../../../modules/portal/errors.ts';
import { freeFrom, refuseDuringNightlyJobs } from '../../../modules/portal/nightly-jobs.ts';

const jobs = [
  { from: '22:15', to: '23:15' },
  { from: '01:00', to: '03:45' },
];
const free = (at: string, zone = 'UTC', times = jobs) => freeFrom(new Date(at), { zone, jobs: times }).toISOString();

describe('freeFrom', () => {
  it.each([
    ['2026-03-10T12:00:30Z', '2026-03-10T12:00:30.000Z'],
    ['2026-03-10T21:59:59Z', '2026-03-10T21:59:59.000Z'],
    ['2026-03-10T22:00:00Z', '2026-03-10T23:15:00.000Z'], // it would still run when the job begins
    ['2026-03-10T22:40:31Z', '2026-03-10T23:15:00.000Z'],
    ['2026-03-10T23:15:00Z', '2026-03-10T23:15:00.000Z'],
    ['2026-03-11T00:50:00Z', '2026-03-11T03:45:00.000Z'],
  ])('at %s an anonymization can start from %s (issue 5, point 9)', (at, expected) => {
    expect(free(at)).toBe(expected);
  });

  it('follows the zone of the Portal, jobs over midnight and jobs that follow each other', () => {
    expect(free('2026-01-10T00:30:00Z', 'Europe/Zurich')).toBe('2026-01-10T02:45:00.000Z');
    expect(free('2026-01-10T23:50:00Z', 'UTC', [{ from: '23:00', to: '01:00' }])).toBe('2026-01-11T01:00:00.000Z');
    const close = [
      { from: '01:00', to: '02:00' },
      { from: '02:10', to: '03:00' },
    ];
    expect(free('2026-01-10T01:30:00Z', 'UTC', close)).toBe('2026-01-10T03:00:00.000Z');
  });

  it('does not lead into a job on the night when the clock goes back', () => {
    // 02:30 in Zurich comes twice on 25 October 2026; 03:45 is 02:45 UTC.
    expect(free('2026-10-25T00:30:00Z', 'Europe/Zurich')).toBe('2026-10-25T02:45:00.000Z');
  });
});

describe('refuseDuringNightlyJobs', () => {
  it('says when and after how many seconds to come back, and nothing where there are no jobs', () => {
    const now = new Date('2026-03-10T23:00:00Z');
    let refusal: unknown;
    try {
      refuseDuringNightlyJobs(now, { zone: 'UTC', jobs });
    } catch (error) {
      refusal = error;
    }

    expect(refusal).toBeInstanceOf(NightlyJobsError);
    expect(refusal).toMatchObject({ retryAfter: 900, message: expect.stringContaining('2026-03-10T23:15:00.000Z') });
    expect(() => refuseDuringNightlyJobs(now, { zone: 'UTC', jobs: [] })).not.toThrow();
  });
});
