import { archives, callers, clock, log, parts, requests, vault } from '../wiring/dependencies.ts';
import { createHandler } from './handler.ts';

export const handler = createHandler({
  callers: callers(),
  requests: requests(),
  vault: vault(),
  parts: parts(),
  archives: archives(),
  clock,
  log,
});
