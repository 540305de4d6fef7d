import { callers, clock, log } from '../shared/dependencies.ts';
import { freshHttp } from '../shared/http.ts';
import { nexthink } from '../shared/nexthink.ts';
import { createHandler } from './handler.ts';

export const handler = freshHttp(log, async () => {
  const { portalApi, federation, callerLimits, callCounter } = await nexthink();
  return {
    handler: createHandler({ callers: callers(), portalApi, federation, callerLimits, callCounter, clock, log }),
  };
});
