import { freshHttp } from '../http/http.ts';
import { callers, clock, lifecyclePolicy, log, requests } from '../wiring/dependencies.ts';
import { createHandler } from './handler.ts';

export const handler = freshHttp(log, async () => ({
  handler: createHandler(await lifecyclePolicy(), { callers: callers(), requests: requests(), clock, log }),
}));
