import middy from '@middy/core';
import { type ReceiveTicketPorts, receiveTicket } from '../../modules/tickets/receive-ticket.ts';
import { bytesOf, freshHttp, type HttpEvent, type HttpResult } from '../http/http.ts';
import { settings } from '../wiring/documents.ts';
import { clock, fresh, log } from '../wiring/environment.ts';
import { deliveries } from '../wiring/tables.ts';
import { inboundWebhooks } from '../wiring/ticket-access.ts';

/** Maximum body of a webhook, bytes. Source: docs/tickets.md. */
const MAX_BODY_BYTES = 256 * 1024;

/** `POST /v1/webhooks/{connectionId}`: 202 when the webhook is accepted, 200 when it was accepted before. */
export const createHandler = (ports: ReceiveTicketPorts) =>
  middy<HttpEvent, HttpResult>().handler(async (event) => {
    const call = { headers: event.headers, body: bytesOf(event, MAX_BODY_BYTES) };
    const isNew = await receiveTicket(event.pathParameters?.connectionId ?? '', call, ports);
    return { statusCode: isNew ? 202 : 200, headers: { 'cache-control': 'no-store' } };
  });

export const handler = freshHttp(
  log,
  fresh(async () => createHandler({ ...inboundWebhooks(await settings()), deliveries: deliveries(), clock, log })),
);
