import { freshHttp } from '../http/http.ts';
import { callers, clock, lifeSettings, log, requests } from '../wiring/dependencies.ts';
import { createHandler } from './handler.ts';

export const handler = freshHttp(log, async () => ({
  handler: createHandler({ callers: callers(), requests: requests(), clock, log, ...(await lifeSettings()) }),
}));
