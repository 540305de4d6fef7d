import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Simulator, startSimulator } from '../../../../local/simulator/simulator.ts';
import { type EngineRun, runEngines } from '../../../support/engine-run.ts';

// One simulated Engine over TLS, asked as `Open Request` and `Query Engine` ask it.

const DEEP = process.env.GDPR_TEST_DEEP === '1';
/** Every fourth of them, the others for the next turns: over all turns, each one is drawn. */
const someOf = <T>(all: readonly T[], turn: number): T[] => all.filter((_, at) => DEEP || (at + turn) % 4 === 0);

let simulator: Simulator;
let honest: EngineRun;

beforeAll(async () => {
  simulator = await startSimulator({
    engines: 1,
    rows: DEEP ? 1200 : 450,
    seed: 5,
    now: new Date('2026-11-23T12:00:00Z'),
  });
  honest = await retrieve();
});
afterAll(() => simulator.stop());

async function retrieve(fault?: string, accounts?: readonly string[]): Promise<EngineRun> {
  const subject = { kind: 'user', name: simulator.users[0]!, ...(accounts && { accounts }) } as const;
  simulator.engines[0]!.setFault(fault);
  try {
    return await runEngines(simulator, { subject, now: () => new Date('2026-11-23T12:00:00Z') });
  } finally {
    simulator.engines[0]!.setFault(undefined);
  }
}

/** Rows of a run as texts, so that two runs can be compared whatever the order. */
const textsOf = (run: EngineRun) => {
  const known =
    texts.get(run) ??
    [...run.rows].flatMap(([table, rows]) => rows.map((row) => `${table} ${JSON.stringify(row)}`)).sort();
  texts.set(run, known);
  return known;
};
const texts = new WeakMap<EngineRun, string[]>();
const reasonsOf = (run: EngineRun) => [...new Set(run.missing.map(({ reason }) => reason))].sort();
const namesIn = (run: EngineRun) =>
  new Set([...run.rows.values()].flat().flatMap((row) => (row['user/name'] ? [row['user/name']] : [])));
const stateOf = (run: EngineRun) => run.progress.map(({ state, gaps = 0 }) => ({ state, gaps }));

describe('one wrong answer of an Engine', () => {
  it('is not there on an honest Engine', () => {
    expect(reasonsOf(honest)).toEqual([]);
    expect(honest.rows.get('executions')!.length).toBeGreaterThan(50);
  });

  const kinds = ['text', 'json', 'json-rows', 'header-other', 'empty', 'comma-rows', 'fewer-columns'];
  it.each(kinds)('of %s instead of data is queried once more, and nothing is lost (C2, C3)', async (kind) => {
    for (const at of someOf(['look-up#1', 'event#1', 'event#4', 'list#3'], kinds.indexOf(kind))) {
      const run = await retrieve(`${kind}@${at}`);
      expect([at, textsOf(run)]).toEqual([at, textsOf(honest)]);
      expect(reasonsOf(run)).toEqual([]);
    }
  });

  it.each(['text', 'json'])('of %s to each look-up names the Engine (C2)', async (kind) => {
    const run = await retrieve(`${kind}@look-up`);
    expect(textsOf(run)).toEqual([]);
    expect(run.progress).toMatchObject([{ state: 'FAILED', reason: 'EngineAnswerError' }]);
  });

  it.each(['header-alone', 'lacks-middle'])(
    'by %s to each query names the Engine, which may hold all (R12)',
    async (kind) => {
      const { progress } = await retrieve(kind);
      expect(progress).toMatchObject([{ state: 'FAILED', reason: 'EngineAnswerError' }]);
    },
  );

  it.each(['text', 'json'])(
    'of %s to each event query names each table, and no file has a foreign header (C3)',
    async (kind) => {
      const run = await retrieve(`${kind}@event`);
      expect(reasonsOf(run)).toEqual(['EngineAnswerError']);
      expect(run.rows.has('executions')).toBe(false);
      expect(run.missing.map(({ file }) => file)).toContain('engines/executions.csv');
      expect(run.rows.get('user')).toEqual(honest.rows.get('user'));
    },
  );
});

describe('rows of others (C5)', () => {
  it.each(['ids-change', 'ids-new'])(
    'never come when users get other ids in the middle, by %s: they are looked up anew, nothing is lost, and the Engine is named',
    async (kind) => {
      const run = await retrieve(`${kind}:3`);
      expect([...namesIn(run)]).toEqual([...namesIn(honest)]);
      expect(textsOf(run).length).toBe(textsOf(honest).length);
      expect(run.missing).toEqual([{ source: 'engine-1', file: 'engines/user.csv', reason: 'IDS_CHANGED' }]);
    },
  );

  it('come once more from an Engine that sends them under the right id: they are left out and named', async () => {
    const run = await retrieve('relabelled@event');
    expect([...namesIn(run)].filter((name) => name !== simulator.users[0])).toEqual([]);
    expect(reasonsOf(run)).toContain('FOREIGN_ROWS');
  });

  it.each(['foreign-rows@event#2', 'relabelled@event#2', 'other-subject@event#2'])(
    'come once, by %s',
    async (fault) => {
      const run = await retrieve(fault);
      expect(textsOf(run)).toEqual(textsOf(honest));
      expect(reasonsOf(run)).toEqual([]);
    },
  );
});

describe('rows that come twice (C13)', () => {
  it('are kept once, which is noted and is no gap', async () => {
    const run = await retrieve('rows-twice');
    expect(textsOf(run)).toEqual(textsOf(honest));
    expect(reasonsOf(run)).toEqual(['DOUBLED_ROWS']);
    expect(stateOf(run)).toEqual([{ state: 'DONE', gaps: 0 }]);
  });
});

/** Rows of the honest run that a run lacks, and rows that it has besides. */
const lostOf = (run: EngineRun) => {
  const [had, all] = [new Set(textsOf(run)), textsOf(honest)];
  return { lost: all.filter((row) => !had.has(row)).length, more: textsOf(run).length - had.size };
};

describe('answers are confirmed from both ends (R12)', () => {
  it.each(['newest', 'oldest', 'random'])(
    'a cap that keeps the %s rows is found, and every row comes (C6)',
    async (kept) => {
      for (const rows of DEEP ? [100, 40] : [40]) {
        const run = await retrieve(`cap-${kept}:${rows}`);
        expect([rows, lostOf(run)]).toEqual([rows, { lost: 0, more: 0 }]);
        expect(reasonsOf(run)).toEqual([]);
      }
    },
  );

  it.each(['newest', 'oldest', 'random'])(
    'a cap that keeps the %s 3 rows loses nothing silently (C6)',
    async (kept) => {
      const run = await retrieve(`cap-${kept}:3`);
      expect(lostOf(run)).toMatchObject({ more: 0 });
      expect(reasonsOf(run)).toContain('ROW_LIMIT');
    },
  );

  it('an Engine that always leaves the oldest rows of two objects out is named for each (C7)', async () => {
    const gapsOf = async (...accounts: string[]) =>
      (await retrieve('lacks-oldest@event', accounts)).missing.filter(
        ({ file, reason }) => file === 'engines/connections.csv' && reason === 'INCONSISTENT',
      ).length;
    const [one, other] = simulator.users as [string, string];
    const ofEach = [await gapsOf(one), await gapsOf(other)] as const;
    expect(Math.min(...ofEach)).toBeGreaterThan(0);
    expect(await gapsOf(one, other)).toBe(ofEach[0] + ofEach[1]);
  });

  const shortages = ['lacks-oldest', 'lacks-newest', 'lacks-middle', 'header-alone', 'cap-oldest:1'];
  it.each(shortages)('an answer that is short once, by %s, is queried again (C7)', async (fault) => {
    for (const at of someOf([1, 2, 3, 6, 12], shortages.indexOf(fault))) {
      const run = await retrieve(`${fault}@event#${at}`);
      expect([at, lostOf(run)]).toEqual([at, { lost: 0, more: 0 }]);
      expect(reasonsOf(run)).toEqual([]);
    }
  });

  it('an Engine that always leaves the oldest rows out is named (C7)', async () => {
    expect(reasonsOf(await retrieve('lacks-oldest@event'))).toContain('INCONSISTENT');
  });
});

describe('an answer in another encoding (C12)', () => {
  it.each(['latin1', 'utf16'])('in %s, as it says, is converted and noted', async (charset) => {
    const run = await retrieve(charset);
    expect(textsOf(run).length).toBe(textsOf(honest).length);
    expect([...run.csv.values()].join('')).not.toContain('\uFFFD');
    expect(reasonsOf(run)).toEqual(['RECODED']);
    expect(stateOf(run)).toEqual([{ state: 'DONE', gaps: 0 }]);
  });

  it('in Latin-1 without saying so, or under another name, is converted and noted', async () => {
    const run = await retrieve('latin1-silent');
    expect(textsOf(run)).toEqual(textsOf(await retrieve('latin1')));
    expect([...run.csv.values()].join('')).not.toContain('\uFFFD');
    expect(reasonsOf(run)).toEqual(['RECODED']);
  });

  it.each(['gzip', 'gzip-silent', 'utf16-silent'])('by %s, that nobody agreed, is named', async (fault) => {
    expect(reasonsOf(await retrieve(`${fault}@event`))).toEqual(['EngineAnswerError']);
    expect(textsOf(await retrieve(`${fault}@event#3`))).toEqual(textsOf(honest));
  });
});
