import { callers, clock, lifeSettings, log, requests } from '../shared/dependencies.ts';
import { freshHttp } from '../shared/http.ts';
import { createHandler } from './handler.ts';

export const handler = freshHttp(log, async () => ({
  handler: createHandler({ callers: callers(), requests: requests(), clock, log, ...(await lifeSettings()) }),
}));
