import { archiveReader, callers, clock, log, requests } from '../wiring/dependencies.ts';
import { createHandler } from './handler.ts';

export const handler = createHandler({
  callers: callers(),
  requests: requests(),
  archives: archiveReader(),
  clock,
  log,
});
