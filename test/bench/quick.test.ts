import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { BENCHMARKS } from '../../bench/benchmarks.ts';
import { run } from '../support/command.ts';

const PROJECT = resolve(import.meta.dirname, '../..');
const DEEP = process.env.GDPR_TEST_DEEP === '1';

/** Each quick run takes minutes; the deep tests run all of them. */
const RUNS = DEEP ? Object.keys(BENCHMARKS) : [];

describe('npm run bench', () => {
  it('ends with 2 and names the benchmarks when it is given another name', async () => {
    const { code, stderr } = await run('node', ['bench/main.ts', 'marge', '--quick']);

    expect(code).toBe(2);
    expect(stderr).toBe(
      'There is no benchmark marge. Choose from api, console, engine, hostile, merge, portal, start, all.\n',
    );
  });

  it.each(RUNS)('%s --quick comes to its end and writes each of its tables', { timeout: 1_200_000 }, async (name) => {
    const began = Date.now();

    const { code, stdout, stderr } = await run('node', ['bench/main.ts', name, '--quick']);

    console.log(stdout);
    expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' });
    for (const table of BENCHMARKS[name]!.tables) {
      const result = JSON.parse(await readFile(join(PROJECT, 'bench/results', `${table}.quick.json`), 'utf8'));
      expect(result, table).toMatchObject({ isQuick: true, isComplete: true });
      expect(Date.parse(result.measuredAt), table).toBeGreaterThanOrEqual(began);
      expect(stdout, table).toContain(`${result.title} (quick)`);
    }
  });
});
