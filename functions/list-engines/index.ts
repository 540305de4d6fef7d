import { log, nexthink } from '../shared/dependencies.ts';
import { fresh } from '../shared/middleware.ts';
import { createHandler } from './handler.ts';

export const handler = fresh(async () => {
  const { portalApi, federation } = await nexthink();
  return { handler: createHandler({ portalApi, federation, log }) };
});
