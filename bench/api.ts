import { benchColdStart } from './api/cold-start.ts';
import { benchLoad } from './api/load.ts';
import type { Results } from './report.ts';

/** What a function takes before its first call, and the HTTP API under many callers. */
export async function benchApi(results: Results): Promise<void> {
  await benchColdStart(results);
  await benchLoad(results);
}
