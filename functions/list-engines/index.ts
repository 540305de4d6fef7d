import { freshHttp } from '../http/http.ts';
import { callers, clock, log } from '../wiring/dependencies.ts';
import { nexthink } from '../wiring/nexthink.ts';
import { createHandler } from './handler.ts';

export const handler = freshHttp(log, async () => {
  const { outside } = await nexthink();
  return { handler: createHandler({ ...outside, callers: callers(), clock, log }) };
});
