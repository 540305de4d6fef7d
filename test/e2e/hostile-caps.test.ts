import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Battery, type Outcome } from '../support/battery.ts';

const DEEP = process.env.GDPR_TEST_DEEP === '1';

/** Rows that a cap keeps. The longest answer has some 500. */
const SIZES = [400, 300, 200, 150, 100, 80, 60, 40, 20, 10];
/** Percent of an answer that is left out once; at least one row is. */
const PERCENTS = [1, 10, 33, 90];

let battery: Battery;
let subject: { readonly kind: 'user'; readonly name: string };
let events = 0;

beforeAll(async () => {
  battery = await Battery.start({ rows: 3000, seed: 2 });
  subject = { kind: 'user', name: battery.simulator.users[0]! };
  events = (await battery.count(subject)).get('event')!;
});
afterAll(() => battery.stop());

/** True when rows are missing and nothing says so. */
const isSilent = ({ state, missing, named }: Outcome): boolean =>
  missing.length > 0 && (state !== 'COMPLETED_WITH_ERRORS' || named.length === 0);

const told = (fault: string, { state, missing, added, named }: Outcome): string =>
  `${fault}: ${state}, ${missing.length} missing, ${added.length} added, ${[...new Set(named)].join(' ')}`;

describe('an Engine that returns so many rows at most, without a word', () => {
  const sizes = DEEP ? SIZES : [300, 60];

  it.each(['oldest', 'newest', 'random'])(
    'is noticed when it keeps the %s ones: all rows are there, or the archive says that some are not (R12)',
    async (which) => {
      const silent: string[] = [];
      const whole: number[] = [];
      for (const size of sizes) {
        const outcome = await battery.run(`cap-${which}:${size}@event`, subject);
        if (outcome.missing.length === 0) whole.push(size);
        if (isSilent(outcome) || outcome.added.length > 0) silent.push(told(`cap-${which}:${size}`, outcome));
      }
      console.log(`cap-${which}: of the sizes ${sizes.join(' ')}, whole at ${whole.join(' ') || 'none'}`);
      expect(silent).toEqual([]);
    },
    600_000,
  );
});

describe('an answer that is short once', () => {
  const cases = () => {
    const all = Array.from({ length: events }, (_, query) => query + 1).flatMap((query) =>
      PERCENTS.map((percent) => [query, percent] as const),
    );
    return DEEP ? all : all.filter((_, number) => number % 17 === 0);
  };

  it.each(['oldest', 'newest'])(
    'is noticed when it lacks its %s rows (R12)',
    async (which) => {
      const silent: string[] = [];
      for (const [query, percent] of cases()) {
        const fault = `lacks-${which}:${percent}@event#${query}`;
        const outcome = await battery.run(fault, subject);
        if (isSilent(outcome) || outcome.added.length > 0) silent.push(told(fault, outcome));
      }
      expect(silent).toEqual([]);
    },
    600_000,
  );

  it('that lacks rows in its middle: says how often that is noticed, and adds nothing', async () => {
    let unseen = 0;
    const given = cases();
    for (const [query, percent] of given) {
      const outcome = await battery.run(`lacks-middle:${percent}@event#${query}`, subject);
      expect(outcome.added).toEqual([]);
      if (isSilent(outcome)) unseen += 1;
    }
    console.log(`holes in the middle: ${given.length - unseen} of ${given.length} noticed`);
  }, 600_000);
});
