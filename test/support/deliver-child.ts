import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { FAKE_CREDENTIALS, REGION } from '../../local/aws/names.ts';
import { TABLES } from '../../local/environment.ts';
import { dynamoOutbox } from '../../modules/notices/adapters/dynamo-outbox.ts';
import { ticketChannel } from '../../modules/notices/adapters/outbound.ts';
import { deliverNotices } from '../../modules/notices/deliver-notices.ts';
import { dynamoRequests } from '../../modules/requests/adapters/dynamo-requests.ts';
import { zendeskComments } from '../../modules/ticket-systems/zendesk/vendor.ts';
import { aFunction, silentLog } from './fakes.ts';
import { localRules } from './peer-rules.ts';

/**
 * One run of the delivery in a process of its own, which a test may kill.
 * Arguments: address of the tables, address of the ticketing system, what time it is.
 */
const [tablesUrl, ticketsUrl, now] = process.argv.slice(2) as [string, string, string];
const dynamo = new DynamoDBClient({ endpoint: tablesUrl, region: REGION, credentials: FAKE_CREDENTIALS });
const clock = { now: () => new Date(now) };
const tickets = {
  url: ticketsUrl,
  comments: zendeskComments,
  rules: localRules(),
  consoleUrl: undefined,
  authorization: async () => 'Basic Z2RwcjprZXk=',
};
await deliverNotices(
  {
    outbox: dynamoOutbox(dynamo, TABLES.requests),
    requests: dynamoRequests(dynamo, TABLES, clock, aFunction),
    channels: {
      everywhere: [],
      of: (target) => (target.kind === 'ticket' ? ticketChannel(tickets, target.key) : undefined),
      unsubscribe: async () => {},
    },
    clock,
    log: silentLog,
    random: Math.random,
  },
  new AbortController().signal,
);
dynamo.destroy();
