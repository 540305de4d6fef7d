import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type ChaosReport, runChaos } from './chaos.ts';
import { Draw } from './draw.ts';
import { buildWithout, GUARDS } from './guards.ts';

const IS_DEEP = process.env.GDPR_TEST_DEEP === '1';
const MINUTE = 60_000;

/** Few names, two kinds of fault: in `npm test` it costs as little as it can. */
const SMALL = { faults: { stores: 1, worker: 1 }, engines: 1, rows: 30, retrieved: 1, anonymized: 2, pauseMs: 700 };

/** What a failure shows: what is broken, how it came to that, and how to see it again. */
const told = ({ broken, events }: ChaosReport, seed: number, minutes: number): string =>
  [`npm run chaos -- --minutes ${minutes} --seed ${seed}`, ...broken, ...events].join('\n');

describe('everything random of a run', () => {
  it('comes from its seed, and each part has a sequence of its own', () => {
    const drawn = (seed: number) => {
      const draw = new Draw(seed);
      const part = draw.fork();
      return [draw.int(1000), draw.pick(['a', 'b', 'c']), part.uuid(), draw.weighted({ a: 1, b: 2 }), draw.next()];
    };
    expect(drawn(7)).toEqual(drawn(7));
    expect(drawn(7)).not.toEqual(drawn(8));
  });
});

describe('a guard that chaos is run without', () => {
  it.each(Object.entries(GUARDS))('stands in the code: %s', (_, changes) => {
    for (const { file, from } of changes) expect(readFileSync(file, 'utf8')).toContain(from);
  });
});

if (IS_DEEP) {
  describe('the whole system under random faults (R12, R16, R23, R24)', () => {
    it.each([1, 2, 3, 4, 5])(
      'breaks no promise in 20 minutes: seed %i',
      async (seed) => {
        const report = await runChaos({ seed, seconds: 20 * 60 });
        console.log(`chaos with seed ${seed}: ${JSON.stringify(report.figures)}`);
        expect(report.broken, told(report, seed, 20)).toEqual([]);
      },
      60 * MINUTE,
    );
  });

  describe('a build with one guard removed', () => {
    it.each(Object.keys(GUARDS))(
      'is caught within 5 minutes: %s',
      async (guard) => {
        const { bundles, remove } = await buildWithout(guard);
        try {
          const { broken } = await runChaos({ seed: 1, seconds: 60, bundles, endEarly: true });
          console.log(`without the guard, ${guard}: ${broken[0]}`);
          expect(broken).not.toEqual([]);
        } finally {
          await remove();
        }
      },
      20 * MINUTE,
    );
  });
} else {
  describe('the whole system while stores fail and functions are killed (R12, R16, R23, R24)', () => {
    it('breaks no promise in a few seconds', async () => {
      const report = await runChaos({ seed: 1, seconds: 12, ...SMALL });
      expect(report.broken, told(report, 1, 0.2)).toEqual([]);
      expect(report.figures.requests).toBeGreaterThan(3);
    }, 600_000);
  });
}
