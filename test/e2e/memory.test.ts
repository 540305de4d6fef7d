import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { startLocalSystem } from '../../local/system.ts';
import type { Manifest } from '../../modules/archive/manifest.ts';
import { untar } from '../support/archive.ts';
import { gdpr } from '../support/command.ts';

/** Rows per Engine: 74 MB of CSV each, or a part of it. */
const ROWS = process.env.GDPR_TEST_DEEP === '1' ? 60_000 : 24_000;

it(`retrieves ${ROWS / 300} MB of rows with every function under 200 MB of memory (R22, docs/limits.md)`, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'gdpr-memory-'));
  const system = await startLocalSystem({ engines: 3, rows: ROWS, seed: 3 });
  try {
    const out = join(folder, 'x.tar.gz');
    const { code } = await gdpr(system, 'retrieve', '--user', system.users[0]!, '--out', out);
    const manifest = JSON.parse((await untar(await readFile(out)))['manifest.json']!) as Manifest;
    const megabytes = manifest.sources.reduce((sum, { bytes }) => sum + bytes, 0) / 1e6;
    const peaks = system.functionPeaks();
    console.log(`${megabytes.toFixed(0)} MB of rows; peak memory in MB: ${JSON.stringify(peaks)}`);

    expect(code).toBe(0);
    expect(megabytes).toBeGreaterThan(ROWS / 300);
    expect(Object.keys(peaks)).toContain('query-engine');
    expect(Math.max(...Object.values(peaks))).toBeLessThan(200);
  } finally {
    await system.stop();
    await rm(folder, { recursive: true, force: true });
  }
}, 180_000);
