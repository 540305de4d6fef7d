import { clock, log, outbox, requests } from '../shared/dependencies.ts';
import { fresh } from '../shared/middleware.ts';
import { outlets } from '../shared/outlets.ts';
import { createHandler } from './handler.ts';

export const handler = fresh(async () => ({
  handler: createHandler({
    outbox: outbox(),
    requests: requests(),
    outlets: await outlets(),
    clock,
    log,
    random: Math.random,
  }),
}));
