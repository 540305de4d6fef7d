import { callers, log, nexthink } from '../shared/dependencies.ts';
import { freshHttp } from '../shared/http.ts';
import { createHandler } from './handler.ts';

export const handler = freshHttp(log, async () => {
  const { portalApi, federation } = await nexthink();
  return { handler: createHandler({ callers: callers(), portalApi, federation, log }) };
});
