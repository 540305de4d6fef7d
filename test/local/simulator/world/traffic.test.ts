import { describe, expect, it } from 'vitest';
import { startSimulator } from '../../../../local/simulator/simulator.ts';
import { ask, readTsv } from '../support.ts';

describe('a running Engine', () => {
  it('keeps which queries came, when, and how many at a time', async () => {
    const quiet = await startSimulator({ engines: 1, rows: 0, delayMs: 100 });
    try {
      const began = Date.now();
      const query = '(select (id) (from user))';
      await Promise.all([ask(quiet, { query, platform: ['mac_os'] }), ask(quiet, { query, format: 'json' })]);
      await ask(quiet, { query: 'nonsense' });
      await ask(quiet, { query, login: { username: 'nobody', password: 'x' } });

      const { log, queries, answered, refusedLogins, busiest, running } = quiet.engines[0]!.traffic;
      expect({ queries, answered, refusedLogins, busiest, running }).toEqual({
        queries: 3,
        answered: 2,
        refusedLogins: 1,
        busiest: 2,
        running: 0,
      });
      expect(log.map(({ statement, status }) => [statement, status])).toEqual([
        [query, 200],
        [query, 200],
        ['nonsense', 400],
      ]);
      expect(new Set(log.map(({ platforms, format }) => `${platforms} ${format}`))).toEqual(
        new Set(['mac_os csv', ' json', ' csv']),
      );
      for (const { startedAt, endedAt } of log) {
        expect(startedAt).toBeGreaterThanOrEqual(began);
        expect(endedAt! - startedAt).toBeGreaterThanOrEqual(95);
      }
    } finally {
      await quiet.stop();
    }
  });

  it('moves over midnight and over a change of the clocks when told to', async () => {
    const moving = await startSimulator({ engines: 1, rows: 20_000, now: new Date('2026-10-25T22:30:00Z') });
    try {
      const count = async (between: string) => {
        const { body } = await ask(moving, {
          query: `(select (id) (from execution (between ${between})) (limit 99999))`,
        });
        return readTsv(body).length;
      };
      const [long, today] = [await count('midnight-1d midnight'), await count('midnight now')];
      moving.setNow(new Date('2026-10-25T23:30:00Z'));

      expect(await count('midnight-2d midnight-1d')).toBe(long);
      expect(await count('midnight-1d midnight')).toBe(today);
      expect(await count('midnight now')).toBeLessThan(today);
    } finally {
      await moving.stop();
    }
  });
});
