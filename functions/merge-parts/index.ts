import { bundles, clock, environment, log, parts, requests } from '../shared/dependencies.ts';
import { createHandler } from './handler.ts';

export const handler = createHandler({
  requests: requests(),
  parts: parts(),
  bundles: bundles(),
  clock,
  log,
  bundleDays: environment().BUNDLE_DAYS,
});
