import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { benchEnginePath } from '../../bench/engine/path-report.ts';
import { type Replay, startReplay } from '../../bench/engine/replay.ts';
import { benchWholeWay } from '../../bench/merge/whole-way.ts';
import { Results } from '../../bench/report.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bench-test-'));
});
afterAll(() => rm(folder, { recursive: true }));

describe('startReplay', () => {
  let replay: Replay;
  const recorded = 'row\n'.repeat(50_000);
  beforeAll(async () => {
    await writeFile(join(folder, '0.tsv'), recorded);
    await writeFile(join(folder, 'answers.json'), JSON.stringify([{ path: join(folder, '0.tsv') }]));
    replay = await startReplay(folder);
  });
  afterAll(() => replay?.stop());

  const get = (path: string) => fetch(`http://127.0.0.1:${replay.port}${path}`);

  it('serves an answer whole, whatever the size of its chunks', async () => {
    for (const chunkKb of [1, 32, 1000]) expect(await (await get(`/0/${chunkKb}`)).text()).toBe(recorded);
  });

  it('refuses a size of chunks that would never end, and an answer that is not recorded', async () => {
    for (const path of ['/0/0', '/0/undefined', '/0//tmp/rows.csv', '/0', '/1/32']) {
      expect((await get(path)).status, path).toBe(400);
    }
    expect(await replay.peakMb()).toBeLessThanOrEqual(replay.maxMb);
  });
});

describe('the rows that path and rival are given', () => {
  it('are the same in bench engine', async () => {
    const results = new Results({ isQuick: true, folder, print: () => {}, printTable: () => {} });
    const steps = [{ level: 6, against: 6, rounds: 2, chunkKb: 2 }];

    await benchEnginePath(folder, results, { rows: 300, steps, times: 1 });

    const { table, bars } = JSON.parse(await readFile(join(folder, 'engine-path.quick.json'), 'utf8'));
    expect(table).toEqual([expect.objectContaining({ 'level (deflate)': '6 (6)', scale: '2x', 'chunks, KB': 2 })]);
    expect(table[0]['rows/s per core']).toBeGreaterThan(0);
    expect(bars.at(-1)).toMatchObject({ figure: 'process that serves the rows, peak MB', verdict: 'held' });
  });

  it('are the same on the whole way from sockets to the archive', async () => {
    const { table, bars } = await benchWholeWay(folder, { wayRows: 300, wayRounds: 2, times: 1 }, 0.1);

    expect(table).toHaveLength(1);
    expect(Number(table[0]!['path CPU s'])).toBeGreaterThan(0);
    expect(bars.at(-1)).toMatchObject({ figure: 'process that serves the rows, peak MB', verdict: 'held' });
  });
});
