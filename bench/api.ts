import { benchColdStart } from './api/cold-start.ts';
import { benchLoad } from './api/load.ts';
import type { Report } from './harness.ts';

/** The HTTP API under many callers, and what a function takes before its first call. */
export const benchApi = async (): Promise<Record<string, Report>> => ({
  'api-cold-start': await benchColdStart(),
  'api-load': await benchLoad(),
});
