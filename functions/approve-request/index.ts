import { freshHttp } from '../http/http.ts';
import { callers, clock, lifeSettings, log, requests, vault } from '../wiring/dependencies.ts';
import { createHandler } from './handler.ts';

export const handler = freshHttp(log, async () => ({
  handler: createHandler({
    callers: callers(),
    requests: requests(),
    vault: vault(),
    clock,
    log,
    ...(await lifeSettings()),
  }),
}));
