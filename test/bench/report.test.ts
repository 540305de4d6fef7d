import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { atLeast, atMost, type Line, type Report, Results } from '../../bench/report.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bench-test-'));
});
afterAll(() => rm(folder, { recursive: true }));

const aReport = (table: readonly Line[]): Report => ({
  title: 'A against B',
  table,
  bars: [atMost('ratio', [1, 2, 3], 1.5)],
  needsFullSize: true,
  notes: ['B is older.'],
  data: {},
});

function setup(isQuick: boolean) {
  const printed: unknown[] = [];
  const print = (output: unknown) => void printed.push(output);
  const results = new Results({ isQuick, folder, print, printTable: print });
  const written = async (file: string) => JSON.parse(await readFile(join(folder, file), 'utf8'));
  return { results, printed, written };
}

describe('Results', () => {
  it('writes the lines measured so far, so that a failure later loses nothing', async () => {
    const { results, printed, written } = setup(false);

    results.progress('merge', aReport([{ scale: '1x' }]));

    expect(await written('merge.json')).toMatchObject({ isComplete: false, isQuick: false, table: [{ scale: '1x' }] });
    expect(printed).toEqual(['merge, line 1: scale: 1x']);
  });

  it('prints a table with its bars and verdicts, and writes it at once', async () => {
    const { results, printed, written } = setup(false);
    const table = [{ scale: '1x' }, { scale: '2x' }];

    results.publish('merge', aReport(table));

    const bar = { figure: 'ratio', reached: '2.00 (1.00 to 3.00)', bar: '<= 1.5', verdict: 'missed' };
    expect(await written('merge.json')).toMatchObject({ isComplete: true, table, bars: [bar] });
    expect(printed).toContainEqual(table);
    expect(printed).toContainEqual([bar]);
    expect(printed.at(-1)).toBe('B is older.');
    expect(printed.join('\n')).not.toContain('uick');
  });

  it('says that a run was quick, and leaves the figures of a full one alone', async () => {
    const full = setup(false);
    full.results.publish('wall', aReport([{ scale: 'full' }]));
    const quick = setup(true);

    quick.results.publish('wall', aReport([{ scale: 'small' }]));

    expect(quick.printed).toContain('\nA against B (quick)');
    expect(quick.printed).toContainEqual([expect.objectContaining({ verdict: 'missed at this size' })]);
    expect(await quick.written('wall.quick.json')).toMatchObject({ isQuick: true, table: [{ scale: 'small' }] });
    expect(await full.written('wall.json')).toMatchObject({ isQuick: false, table: [{ scale: 'full' }] });
  });
});

describe('atMost and atLeast', () => {
  it('judge the median, and let a figure reach its bar', () => {
    expect(atMost('a', [1, 1.5, 9], 1.5)).toMatchObject({ verdict: 'held' });
    expect(atMost('a', 1.51, 1.5)).toEqual({ figure: 'a', reached: '1.51', bar: '<= 1.5', verdict: 'missed' });
    expect(atLeast('b', [1, 6, 9], 6)).toMatchObject({ bar: '>= 6', verdict: 'held' });
    expect(atLeast('b', 5.9, 6, 1)).toMatchObject({ reached: '5.9', verdict: 'missed' });
  });
});
