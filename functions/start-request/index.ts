import { clock, executions, log, newId, nexthink, requests, vault } from '../shared/dependencies.ts';
import { fresh } from '../shared/middleware.ts';
import { createHandler } from './handler.ts';

export const handler = fresh(async () => {
  const { limits: _limits, ...outside } = await nexthink();
  const stores = { requests: requests(), vault: vault(), executions: executions() };
  return { handler: createHandler({ ...outside, ...stores, clock, log, newId }), close: outside.engineApi.close };
});
