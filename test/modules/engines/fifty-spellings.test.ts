import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EXIT_CODES } from '../../../client/exit-codes.ts';
import { type Simulator, startSimulator } from '../../../local/simulator/simulator.ts';
import { findSubjects, type SubjectsView } from '../../../modules/engines/find-subjects.ts';
import { AmbiguousSubjectError } from '../../../modules/requests/errors.ts';
import type { RequestState } from '../../../modules/requests/record.ts';
import type { SubjectKind } from '../../../modules/requests/subject.ts';
import { apisOf, runEngines, visitPorts } from '../../support/engine-run.ts';

const NOW = new Date('2026-11-23T12:00:00Z');

/** Accounts as Engines store them; Kowal and Lee have namesakes in another domain. The first two are there for the simulator. */
const PEOPLE = {
  only: true,
  users: [
    { name: 'first@HOME', devices: ['ALL-1'] },
    { name: 'second@HOME', devices: ['ALL-1'] },
    { name: 'akowal@CORP', devices: ['PC-1'] },
    { name: 'akowal@LAB', devices: ['PC-2'] },
    { name: 'kim.lee@CORP', devices: ['PC-1'] },
    { name: 'kim.lee@lab.example', devices: ['PC-2'] },
    { name: 'jmeyer', fullName: 'Jana Meyer', devices: ['PC-1'] },
    { name: 'JDoe@FIELD', devices: ['PC-2'] },
    { name: "o'neil@CORP", devices: ['PC-1'] },
    { name: 'rené.favre@CORP', devices: ['PC-2'] },
  ],
  devices: [
    { name: 'ALL-1' },
    { name: 'PC-1', engines: [1] },
    { name: 'PC-2', engines: [2] },
    { name: 'PC-10', engines: [1] },
    { name: 'LT-7.corp.example', engines: [1, 2] },
  ],
};

/** `found`: retrieved by itself. `shown`: nothing is delivered, and the list shows it. */
type Expected = 'found' | 'shown';
const SPELLINGS: readonly (readonly [SubjectKind, string, Readonly<Record<string, Expected>>])[] = [
  [
    'user',
    'akowal@CORP',
    {
      'akowal@CORP': 'found',
      'AKOWAL@corp': 'found',
      'CORP\\akowal': 'found',
      'akowal@corp.example': 'found',
      AKowal: 'shown',
    },
  ],
  [
    'user',
    'akowal@LAB',
    {
      'akowal@LAB': 'found',
      'AKowal@Lab': 'found',
      'lab\\AKOWAL': 'found',
      'LAB.EXAMPLE\\akowal': 'found',
      akowal: 'shown',
    },
  ],
  [
    'user',
    'kim.lee@CORP',
    {
      'kim.lee@CORP': 'found',
      'Kim.Lee@corp': 'found',
      'Corp\\KIM.LEE': 'found',
      'kim.lee': 'shown',
      'kim.lee@DMZ': 'shown',
    },
  ],
  [
    'user',
    'kim.lee@lab.example',
    {
      'kim.lee@lab.example': 'found',
      'KIM.LEE@LAB.EXAMPLE': 'found',
      'lab\\kim.lee': 'found',
      'kim.lee@LAB': 'found',
      'KIM.LEE': 'shown',
    },
  ],
  [
    'user',
    'jmeyer',
    { jmeyer: 'found', JMEYER: 'found', JMeyer: 'found', 'CORP\\jmeyer': 'found', 'jmeyer@FIELD': 'shown' },
  ],
  [
    'user',
    'JDoe@FIELD',
    { 'JDoe@FIELD': 'found', 'field\\JDoe': 'found', JDoe: 'found', 'jdoe@field': 'found', jdoe: 'found' },
  ],
  [
    'user',
    "o'neil@CORP",
    {
      "o'neil@CORP": 'found',
      "O'NEIL@corp": 'found',
      "CORP\\o'neil": 'found',
      "o'neil": 'found',
      "o'neill@CORP": 'shown',
    },
  ],
  [
    'user',
    'rené.favre@CORP',
    {
      'rené.favre@CORP': 'found',
      'RENÉ.FAVRE@corp': 'found',
      'CORP\\René.Favre': 'found',
      'rene\u0301.favre': 'found',
      'rené.favres': 'shown',
    },
  ],
  [
    'device',
    'PC-1',
    { 'PC-1': 'found', 'pc-1': 'found', 'Pc-1': 'found', 'PC-1.corp.example': 'shown', 'PC-1x': 'shown' },
  ],
  [
    'device',
    'LT-7.corp.example',
    {
      'LT-7.corp.example': 'found',
      'lt-7': 'found',
      'LT-7.CORP.EXAMPLE': 'found',
      'CORP\\LT-7': 'found',
      'LT-7.lab.example': 'shown',
    },
  ],
];
const CASES = SPELLINGS.flatMap(([kind, account, spellings]) =>
  Object.entries(spellings).map(([typed, expected]) => [typed, kind, account, expected] as const),
);

describe('fifty spellings of ten accounts (R1, C1, C29a)', () => {
  let simulator: Simulator;
  let outside: ReturnType<typeof apisOf>;

  beforeAll(async () => {
    simulator = await startSimulator({ engines: 2, rows: 40, now: NOW, people: PEOPLE });
    outside = apisOf(simulator);
  });
  afterAll(async () => {
    await outside?.engineApi.close();
    await simulator?.stop();
  });

  /** What a retrieval delivers: names of its objects, and the exit code of the command line. */
  async function retrieved(kind: SubjectKind, name: string) {
    try {
      const run = await runEngines(simulator, { subject: { kind, name }, now: () => NOW, daysBack: 2 });
      const rows = [...(run.rows.get(kind) ?? [])];
      const names = new Set(rows.map((row) => row.name));
      const people = new Set([...run.rows.values()].flat().flatMap((row) => row[`${kind}/name`] ?? []));
      return { names: [...names], people: [...people], code: EXIT_CODES[run.state as RequestState] };
    } catch (error) {
      if (!(error instanceof AmbiguousSubjectError)) throw error;
      return { names: [], people: [], code: EXIT_CODES.FAILED };
    }
  }

  const shown = (kind: SubjectKind, name: string): Promise<SubjectsView> =>
    findSubjects(
      { subject: { kind, name }, login: simulator.login },
      { account: { whenUnproved: 'refuse' } },
      visitPorts(outside, () => NOW),
    );

  it('are fifty', () => {
    expect(CASES).toHaveLength(50);
  });

  it.each(CASES)('%s: %s %s is %s', async (typed, kind, account, expected) => {
    const { names, people, code } = await retrieved(kind, typed);
    const { accounts, nearNames } = await shown(kind, typed);

    const offered = [...accounts.map(({ name }) => name), ...nearNames];
    expect(offered).toContain(account);
    if (expected === 'found') {
      expect(names).toEqual([account]);
      expect(people.every((name) => name === account)).toBe(true);
      expect(accounts.filter(({ meant }) => meant)).toMatchObject([{ name: account }]);
      expect(code).toBe(0);
    } else {
      expect([...names, ...people]).toEqual([]);
      expect(code).toBeGreaterThan(0);
    }
  });
});
