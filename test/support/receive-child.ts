import { flushCompileCache } from 'node:module';
import { buffer } from 'node:stream/consumers';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { createHandler } from '../../functions/api/receive-ticket.ts';
import type { HttpEvent } from '../../functions/http/http.ts';
import { listenOnLoopback } from '../../local/aws/loopback.ts';
import { FAKE_CREDENTIALS, REGION } from '../../local/aws/names.ts';
import { TABLES } from '../../local/environment.ts';
import { ticketWebhooks } from '../../modules/ticket-systems/signature.ts';
import { VENDORS } from '../../modules/ticket-systems/vendors.ts';
import { dynamoDeliveries } from '../../modules/tickets/adapters/dynamo-deliveries.ts';
import { silentLog } from './fakes.ts';

/**
 * The receiver of webhooks in a process of its own, which a test may kill. Tells its address to its parent.
 * Arguments: address of the tables. Environment: `SECRET` of the connection `desk`, a Zendesk.
 */
const [tablesUrl] = process.argv.slice(2) as [string];
const dynamo = new DynamoDBClient({ endpoint: tablesUrl, region: REGION, credentials: FAKE_CREDENTIALS });
const desk = ticketWebhooks(VENDORS.zendesk, VENDORS.zendesk.signature, async () => [process.env.SECRET!]);
const handler = createHandler({
  deliveries: dynamoDeliveries(dynamo, TABLES.requests),
  webhooksOf: (connectionId) => (connectionId === 'desk' ? desk : undefined),
  decoy: desk,
  clock: { now: () => new Date() },
  log: silentLog,
});
const server = await listenOnLoopback(async ({ headers, url = '' }, response) => {
  const body = (await buffer(response.req)).toString('base64');
  const pathParameters = { connectionId: url.split('/').at(-1)! };
  const event = { headers, body, isBase64Encoded: true, pathParameters } as unknown as HttpEvent;
  const { statusCode } = await handler(event, {} as never).catch(() => ({ statusCode: 401 }));
  response.writeHead(statusCode ?? 500).end();
});
process.send!(server.url);
flushCompileCache(); // it is killed, and the next one starts faster for it
