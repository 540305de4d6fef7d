import { describe, expect, it } from 'vitest';
import { startSimulator } from '../../local/simulator/simulator.ts';
import { runEngines } from '../support/engine-run.ts';

const HOUR = 3_600_000;

/** Instants on which runs start; the Engines stand in Zurich, New York, UTC and Kolkata. */
const STARTS = {
  'on an ordinary day': '2026-11-23T15:30:00Z',
  'just before midnight in Zurich': '2026-11-23T22:59:30Z',
  'on the day that summer time ends in Zurich': '2026-10-25T00:30:00Z',
  'on the day that summer time ends in New York': '2026-11-01T05:30:00Z',
  'on the day that summer time begins in Zurich': '2026-03-29T00:30:00Z',
};

describe('a run that is cut before every query and continued', () => {
  it.each(Object.entries(STARTS))(
    'gives the same bytes as one that was not, %s (decision 5, decision 21)',
    async (_when, start) => {
      const begin = new Date(start);
      const simulator = await startSimulator({ engines: 4, rows: 400, seed: 11, now: begin });
      try {
        const subject = { kind: 'user', name: simulator.users[0]! } as const;
        const limits = { rowLimit: 25, confirmRows: 10 };
        const whole = await runEngines(simulator, { subject, now: () => begin, ...limits });

        let now = begin;
        let queries = 0;
        const cut = await runEngines(simulator, {
          subject,
          now: () => now,
          ...limits,
          mayStart: () => {
            if (queries++ % 2 === 1) return false;
            now = new Date(now.getTime() + HOUR / 2); // days pass while it runs
            simulator.setNow(now);
            return true;
          },
        });

        expect(cut.invocations).toBeGreaterThan(60);
        expect(now.getTime() - begin.getTime()).toBeGreaterThan(24 * HOUR);
        expect(Object.fromEntries(cut.csv)).toEqual(Object.fromEntries(whole.csv));
        expect([whole.missing, cut.missing]).toEqual([[], []]);
      } finally {
        await simulator.stop();
      }
    },
    120_000,
  );
});
