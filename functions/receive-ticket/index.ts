import { freshHttp } from '../http/http.ts';
import { clock, deliveries, log, settings } from '../wiring/dependencies.ts';
import { inboundWebhooks } from '../wiring/ticket-webhooks.ts';
import { createHandler } from './handler.ts';

export const handler = freshHttp(log, async () => ({
  handler: createHandler({ ...inboundWebhooks(await settings()), deliveries: deliveries(), clock, log }),
}));
