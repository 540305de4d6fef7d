import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, PutCommand, paginateQuery, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { ifMet, isMet } from '../../common/adapters/conditional-write.ts';
import { REQUEST_INDEXES } from '../../requests/adapters/dynamo-indexes.ts';
import { DUE, dueItems } from '../../requests/adapters/dynamo-request-items.ts';
import type { ApprovedTicket, Deliveries, TicketDelivery, TicketStart } from '../deliveries.ts';

/** Longer than any vendor repeats a delivery, and longer than we try one. */
const DELIVERY_DAYS = 8;
/** After this time no webhook comes for an approval again. */
const TICKET_DAYS = 400;

/**
 * In the table of Requests: `HOOK#<connection>#<delivery>` for each accepted webhook, in a sparse index while it is due, and
 * `TICKET#<connection>#<key>#<approval>` with its Request. All have `expiresAt` in epoch seconds.
 */
export function dynamoDeliveries(client: DynamoDBClient, table: string): Deliveries {
  const documents = DynamoDBDocumentClient.from(client);
  const keyOf = ({ connectionId, deliveryId }: Pick<TicketDelivery, 'connectionId' | 'deliveryId'>) => ({
    pk: `HOOK#${connectionId}#${deliveryId}`,
    sk: 'DELIVERY',
  });
  const until = (from: Date, days: number) => Math.floor(from.getTime() / 1000) + days * 86_400;

  /** Changes a delivery if it is as it was read. @returns false when it has changed */
  const change = (delivery: TicketDelivery, UpdateExpression: string, values: Record<string, unknown>) => {
    const update = new UpdateCommand({
      TableName: table,
      Key: keyOf(delivery),
      UpdateExpression,
      ConditionExpression: 'tries = :seen AND attribute_exists(hook)',
      ExpressionAttributeValues: { ':seen': delivery.tries, ...values },
    });
    return isMet(documents.send(update));
  };

  return {
    async accept(delivery) {
      const { receivedAt } = delivery;
      const Item = {
        ...keyOf(delivery),
        ...delivery,
        tries: 0,
        hook: DUE,
        hookDue: receivedAt,
        expiresAt: until(new Date(receivedAt), DELIVERY_DAYS),
      };
      const ConditionExpression = 'attribute_not_exists(pk)';
      return isMet(documents.send(new PutCommand({ TableName: table, Item, ConditionExpression })));
    },
    async *due(now) {
      const query = dueItems(table, REQUEST_INDEXES.hooks, now);
      for await (const { Items = [] } of paginateQuery({ client: documents }, query)) yield* Items.map(deliveryOf);
    },
    claim: (delivery, until) =>
      change(delivery, 'SET hookDue = :until, tries = tries + :one', { ':until': until.toISOString(), ':one': 1 }),
    async postpone(delivery, until) {
      await change(delivery, 'SET hookDue = :until', { ':until': until.toISOString() });
    },
    async done(delivery, outcome) {
      await change(delivery, 'SET outcome = :outcome REMOVE hook, hookDue', { ':outcome': outcome });
    },
    async startOf(ticket, first, now, untilWhen) {
      const update = new UpdateCommand({
        TableName: table,
        Key: ticketKey(ticket),
        UpdateExpression: 'SET #start = if_not_exists(#start, :first), takenUntil = :until, expiresAt = :expires',
        ExpressionAttributeNames: { '#start': 'start' },
        ConditionExpression: 'attribute_not_exists(pk) OR takenUntil < :now',
        ExpressionAttributeValues: {
          ':first': { ...first, starts: 1 },
          ':until': untilWhen.toISOString(),
          ':now': now.toISOString(),
          ':expires': until(now, TICKET_DAYS),
        },
        ReturnValues: 'ALL_NEW',
      });
      return (await ifMet(documents.send(update)))?.Attributes?.start as TicketStart | undefined;
    },
    async replaceRequest(ticket, from, requestId) {
      const update = new UpdateCommand({
        TableName: table,
        Key: ticketKey(ticket),
        UpdateExpression: 'SET #start = :to',
        ConditionExpression: '#start.requestId = :from',
        ExpressionAttributeNames: { '#start': 'start' },
        ExpressionAttributeValues: { ':from': from.requestId, ':to': { ...from, requestId, starts: from.starts + 1 } },
      });
      return isMet(documents.send(update));
    },
  };
}

const ticketKey = ({ connectionId, key, approvalId }: ApprovedTicket) => ({
  pk: `TICKET#${connectionId}#${key}#${approvalId}`,
  sk: 'REQUEST',
});

const deliveryOf = ({ connectionId, deliveryId, ticketKey, receivedAt, tries }: Record<string, unknown>) =>
  ({ connectionId, deliveryId, ticketKey, receivedAt, tries }) as TicketDelivery;
