import { fresh } from '../http/parse.ts';
import { bundleSettings, bundles, clock, environment, log, parts, requests } from '../wiring/dependencies.ts';
import { createHandler } from './handler.ts';

export const handler = fresh(async () => {
  const stores = { requests: requests(), parts: parts(), bundles: bundles() };
  const settings = await bundleSettings();
  return { handler: createHandler({ ...stores, clock, log, settings, bundleDays: environment().BUNDLE_DAYS }) };
});
