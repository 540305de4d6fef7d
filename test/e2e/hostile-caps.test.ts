import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Battery, type Outcome } from '../support/battery.ts';

const DEEP = process.env.GDPR_TEST_DEEP === '1';

/** Rows that a cap keeps. In the deep run the longest answer has some 1,200, in the short one 120. */
const SIZES = [1000, 600, 300, 150, 100, 80, 60, 40, 25, 10];
/** Percent of an answer that is left out once; at least one row is. */
const PERCENTS = [1, 10, 33, 90];

let battery: Battery;
let subject: { readonly kind: 'user'; readonly name: string };
let subjects: readonly { readonly kind: 'user' | 'device'; readonly name: string }[];
let events = 0;

beforeAll(async () => {
  battery = await Battery.start({ rows: DEEP ? 8000 : 700, seed: 2 });
  subject = { kind: 'user', name: battery.simulator.users[0]! };
  const device = { kind: 'device', name: battery.simulator.devices[0]! } as const;
  events = (await battery.count(subject)).get('event')!;
  await battery.count(device);
  subjects = DEEP ? [subject, device] : [subject];
});
afterAll(() => battery.stop());

/** True when rows are missing and nothing says so. */
const isSilent = ({ state, missing, named }: Outcome): boolean =>
  missing.length > 0 && (state !== 'COMPLETED_WITH_ERRORS' || named.length === 0);

const told = (fault: string, { state, missing, added, named }: Outcome): string =>
  `${fault}: ${state}, ${missing.length} missing, ${added.length} added, ${[...new Set(named)].join(' ')}`;

describe('an Engine with a silent maximum of rows', () => {
  it.each([
    ['oldest', [60]],
    ['newest', [25]],
    ['random', [100]],
  ])(
    'is noticed when it keeps the %s ones: all rows are there, or the archive says that some are not (C6, R12)',
    async (which, few) => {
      const silent: string[] = [];
      const whole: string[] = [];
      for (const size of DEEP ? SIZES : few)
        for (const about of subjects)
          for (const aim of ['', '@event']) {
            const fault = `cap-${which}:${size}${aim}`;
            const outcome = await battery.run(fault, about);
            if (outcome.missing.length === 0) whole.push(`${about.kind} ${fault}`);
            if (isSilent(outcome) || outcome.added.length > 0) silent.push(told(`${about.kind} ${fault}`, outcome));
          }
      console.log(`cap-${which}: whole in ${whole.join(', ') || 'none'}`);
      expect(silent).toEqual([]);
    },
    3_600_000,
  );
});

describe('an answer that is short once', () => {
  const cases = () => {
    const all = Array.from({ length: events }, (_, query) => query + 1).flatMap((query) =>
      PERCENTS.map((percent) => [query, percent] as const),
    );
    return DEEP ? all : all.filter((_, number) => number % 19 === 0);
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

it('a limit of lists alone: says how often that is noticed, and adds nothing', async () => {
  const silent: string[] = [];
  for (const which of DEEP ? ['oldest', 'newest', 'random'] : ['random'])
    for (const size of DEEP ? SIZES : [10])
      for (const about of subjects) {
        const fault = `cap-${which}:${size}@list`;
        const outcome = await battery.run(fault, about);
        expect(outcome.added).toEqual([]);
        if (isSilent(outcome)) silent.push(told(`${about.kind} ${fault}`, outcome));
      }
  console.log(`limits of lists alone, not noticed: ${silent.join('; ') || 'none'}`);
}, 3_600_000);
