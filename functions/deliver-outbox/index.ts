import { fresh } from '../http/parse.ts';
import { outlets } from '../wiring/channels.ts';
import { clock, log, outbox, requests } from '../wiring/dependencies.ts';
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
