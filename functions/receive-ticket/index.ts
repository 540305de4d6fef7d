import { clock, deliveries, log, settings } from '../shared/dependencies.ts';
import { freshHttp } from '../shared/http.ts';
import { inboundWebhooks } from '../shared/ticket-webhooks.ts';
import { createHandler } from './handler.ts';

export const handler = freshHttp(log, async () => ({
  handler: createHandler({ ...inboundWebhooks(await settings()), deliveries: deliveries(), clock, log }),
}));
