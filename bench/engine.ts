import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { benchEnginePath } from './engine/path-report.ts';
import { benchEngineWall } from './engine/wall-report.ts';
import type { Report } from './harness.ts';

/** Rows from the Engines to fragments: what they cost beside the compression, and how long several Engines take. */
export async function benchEngine(): Promise<Record<string, Report>> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-engine-'));
  try {
    return { 'engine-path': await benchEnginePath(folder), 'engine-wall': await benchEngineWall(folder) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
