import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { QueryKind } from '../../local/simulator/servers/query-kinds.ts';
import { drawSwitches } from '../../local/simulator/servers/switches.ts';
import { Battery, type Outcome, placesOf } from '../support/battery.ts';

const DEEP = process.env.GDPR_TEST_DEEP === '1';

/** Answers that show of themselves that they are wrong. */
const KINDS = [
  ...['text', 'text-table', 'json', 'json-rows', 'xml-rows', 'comma-rows', 'empty', 'blank', 'html', 'header-other'],
  ...[
    'other-query',
    'other-subject',
    'relabelled',
    'foreign-rows',
    'fewer-columns',
    'shuffled-columns',
    'extra-columns',
    'rows-twice',
  ],
  ...['short-record', 'long-record', 'cut-record', 'gzip', 'gzip-silent', 'latin1', 'latin1-silent', 'utf16'],
  ...['utf16-silent', 'type-page', 'type-binary', 'type-none', 'refused', 'refused-table', 'not-found', 'redirect'],
  ...['no-content', 'partial', 'reset', 'truncate', 'options-none', 'options-other', 'options-cut'],
];

const QUERIES = ['event', 'look-up', 'list', 'header', 'dynamic'] as const satisfies QueryKind[];

type Subject = Parameters<Battery['run']>[1];

/** Runs at the same time; each has Engines of its own, with the same world. */
const LANES = 4;
let lanes: readonly Battery[];
const subjects: { readonly subject: Subject; readonly counts: ReadonlyMap<QueryKind, number> }[] = [];
const ends = new Map<string, number>();

beforeAll(async () => {
  lanes = await Promise.all(Array.from({ length: LANES }, () => Battery.start()));
  const [battery] = lanes as [Battery];
  const { users, devices } = battery.simulator;
  const both: readonly Subject[] = [
    { kind: 'user', name: users[0]! },
    { kind: 'device', name: devices[0]! },
  ];
  for (const subject of both) subjects.push({ subject, counts: await battery.count(subject) });
});
afterAll(async () => {
  await Promise.all(lanes.map((lane) => lane.stop()));
  console.log(`hostile battery: ${[...ends].map(([state, count]) => `${count} ${state}`).join(', ')}`);
});

/** What is wrong with an outcome; nothing when the archive is whole, or says that it is not. */
function wrongIn({ state, missing, added, named }: Outcome): string | undefined {
  const such = (rows: readonly string[]) => `${rows.length} rows, such as ${rows[0]!.slice(0, 300)}`;
  if (added.length > 0) return `${state} with ${such(added)} of nobody or somebody else`;
  if (missing.length === 0) return undefined;
  if (state === 'COMPLETED' || state === 'NOTHING_FOUND') return `${state} without ${such(missing)}`;
  return named.length === 0 ? `${state}, and no reason is given` : undefined;
}

/** Aims of a kind of answer: the first, the middle and the last query of each kind, and all of them. */
function aimsOf(counts: ReadonlyMap<QueryKind, number>): string[] {
  return QUERIES.flatMap((query) => {
    const count = counts.get(query) ?? 0;
    return count === 0 ? [] : [...placesOf(count).map((place) => `@${query}#${place}`), `@${query}`];
  });
}

/** Runs each case on a lane. @returns what is wrong */
async function wrongOf<Case>(cases: readonly Case[], run: (lane: Battery, one: Case) => Promise<Outcome>) {
  const left = [...cases];
  const found: string[] = [];
  await Promise.all(
    lanes.map(async (lane) => {
      for (let next = left.shift(); next !== undefined; next = left.shift()) {
        const outcome = await run(lane, next);
        ends.set(outcome.state, (ends.get(outcome.state) ?? 0) + 1);
        const wrong = wrongIn(outcome);
        if (wrong !== undefined) found.push(`${JSON.stringify(next)}: ${wrong}`);
      }
    }),
  );
  return found;
}

interface FaultCase {
  readonly subject: Subject;
  readonly fault: string;
}
const underFault = (lane: Battery, { subject, fault }: FaultCase) => lane.run(fault, subject);

describe('an Engine that answers wrongly', () => {
  it.each(KINDS.map((kind, number) => [kind, number] as const))(
    '%s: the archive is whole, or says that it is not, and holds nobody else (R9, R12)',
    async (kind, number) => {
      const cases = subjects.flatMap(({ subject, counts }, which) => {
        const aims = aimsOf(counts);
        if (DEEP) return aims.map((aim) => ({ subject, fault: kind + aim }));
        return number % 2 === which ? [{ subject, fault: kind + aims[(7 * number) % aims.length]! }] : [];
      });
      expect(await wrongOf(cases, underFault)).toEqual([]);
    },
    600_000,
  );
});

describe('a list that is short once', () => {
  it.each(['header-alone', 'lacks-oldest:1', 'lacks-newest:40', 'lacks-middle:60'])(
    '%s: is queried again, or named (R12)',
    async (kind) => {
      const cases = subjects.flatMap(({ subject, counts }, which) => {
        const places = Array.from({ length: counts.get('list')! }, (_, at) => at + 1);
        const some = DEEP ? places : places.filter((place) => (place + which + kind.length) % 13 === 0);
        return some.map((place) => ({ subject, fault: `${kind}@list#${place}` }));
      });
      expect(await wrongOf(cases, underFault)).toEqual([]);
    },
    600_000,
  );
});

describe('an Engine whose users, and devices, have other ids from some query on, as after a restore', () => {
  it.each(['ids-change', 'ids-new'])(
    '%s: no row of somebody else is written, none is missing in a COMPLETED run, in one call or in several (C5)',
    async (kind) => {
      const cases = subjects.flatMap(({ subject, counts }) => {
        const all = [...counts.values()].reduce((sum, count) => sum + count, 0);
        const places = Array.from({ length: all }, (_, at) => at + 1).filter((at) => DEEP || at % 37 === 3);
        return places.flatMap((at) => [0, 3].map((perCall) => ({ subject, fault: `${kind}#${at}-`, perCall })));
      });
      const wrong = await wrongOf(cases, async (lane, { subject, fault, perCall }) => {
        let queries = 0;
        const mayStart = perCall > 0 ? () => queries++ % (perCall + 1) < perCall : () => true;
        return lane.run(fault, subject, { mayStart });
      });
      expect(wrong).toEqual([]);
    },
    600_000,
  );
});

describe('an honest Engine, whatever its spelling', () => {
  it.each(Array.from({ length: DEEP ? 20 : 2 }, (_, seed) => seed))(
    'is whole and COMPLETED, seed %i (R12)',
    async (seed) => {
      const { cap: _, ...switches } = drawSwitches(seed);
      const honest = await Battery.start({ seed, ...switches });
      try {
        const { users, devices } = honest.simulator;
        const [user, device] = [users[seed % 5]!, devices[seed % 4]!];
        for (const subject of [{ kind: 'user', name: user } as const, { kind: 'device', name: device } as const]) {
          const { state, missing, added, named } = await honest.run(undefined, subject);
          expect([state, missing, added, named], `${subject.kind} ${subject.name}`).toEqual(['COMPLETED', [], [], []]);
        }
      } finally {
        await honest.stop();
      }
    },
  );
});
