import { bundleReader, clock, log, requests } from '../shared/dependencies.ts';
import { createHandler } from './handler.ts';

export const handler = createHandler({ requests: requests(), bundles: bundleReader(), clock, log });
