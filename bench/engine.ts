import { benchEnginePath } from './engine/path-report.ts';
import { benchEngineWall } from './engine/wall-report.ts';
import { inTemporaryFolder } from './harness.ts';
import type { Results } from './report.ts';

/** Rows from the Engines to fragments: what they cost beside the compression, and how long several Engines take. */
export function benchEngine(results: Results): Promise<void> {
  return inTemporaryFolder('engine', async (folder) => {
    await benchEnginePath(folder, results);
    await benchEngineWall(folder, results);
  });
}
