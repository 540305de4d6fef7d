import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inChild, inTurn, median, ratios, spread } from '../../bench/harness.ts';

const aRun = (cpuSeconds: number) => ({ cpuSeconds, wallSeconds: 0, peakMb: 0 });

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bench-test-'));
});
afterAll(() => rm(folder, { recursive: true }));

describe('the harness', () => {
  it('takes medians and compares pairs', () => {
    expect([median([3, 1, 2]), median([4, 1, 2, 3])]).toEqual([2, 2.5]);
    expect(ratios([aRun(3), aRun(8)], [aRun(2), aRun(4)], 'cpuSeconds')).toEqual([1.5, 2]);
    expect(spread([1, 3, 2], 1)).toBe('2.0 (1.0 to 3.0)');
  });

  it('runs variants in turn', async () => {
    const order: string[] = [];
    const variant = (name: string) => async () => {
      order.push(name);
      return aRun(1);
    };

    const runs = await inTurn(2, { a: variant('a'), b: variant('b') });

    expect(order).toEqual(['a', 'b', 'a', 'b']);
    expect(runs.a).toHaveLength(2);
  });

  it('measures a program of its own, and fails when it fails', async () => {
    const file = join(folder, 'bytes');
    await writeFile(file, 'x'.repeat(1000));

    const run = await inChild('bench/rivals/deflate-alone.ts', file, 6, 3, 'plain');

    expect(run.rawBytes).toBe(3000);
    expect(run.peakMb).toBeGreaterThan(10);
    await expect(inChild('bench/rivals/deflate-alone.ts', join(folder, 'absent'), 6, 3, 'plain')).rejects.toThrow(
      'ended with 1',
    );
  });
});
