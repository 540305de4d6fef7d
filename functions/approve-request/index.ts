import { callers, clock, lifeSettings, log, requests, vault } from '../shared/dependencies.ts';
import { freshHttp } from '../shared/http.ts';
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
