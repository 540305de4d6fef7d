import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { ABSENT, changeItem, type Item, putItem, tableOf, updateItem } from '../../common/adapters/dynamo-table.ts';
import { REQUEST_INDEXES } from '../../requests/adapters/dynamo-indexes.ts';
import { DUE, dueItems } from '../../requests/adapters/dynamo-request-items.ts';
import type { ApprovedTicket, Deliveries, TicketDelivery, TicketStart } from '../deliveries.ts';

/** Longer than any vendor repeats a delivery, and longer than we try one. */
const DELIVERY_DAYS = 8;
/** After this time no webhook comes for an approval again. */
const TICKET_DAYS = 400;

/** `HOOK#<connection>#<delivery>` of each webhook, indexed while it is due; `TICKET#<connection>#<key>#<approval>` with its Request. */
export function dynamoDeliveries(client: DynamoDBClient, tableName: string): Deliveries {
  const table = tableOf(client, tableName);
  const keyOf = ({ connectionId, deliveryId }: Pick<TicketDelivery, 'connectionId' | 'deliveryId'>) => ({
    pk: `HOOK#${connectionId}#${deliveryId}`,
    sk: 'DELIVERY',
  });
  const until = (from: Date, days: number) => Math.floor(from.getTime() / 1000) + days * 86_400;

  const { change, items, claim, postpone } = dueItems<TicketDelivery>(table, REQUEST_INDEXES.hooks, keyOf);

  return {
    accept(delivery) {
      const expiresAt = until(new Date(delivery.receivedAt), DELIVERY_DAYS);
      const due = { tries: 0, hook: DUE, hookDue: delivery.receivedAt };
      return putItem(table, { ...keyOf(delivery), ...delivery, ...due, expiresAt }, ABSENT);
    },
    async *due(now) {
      for await (const item of items(now)) yield deliveryOf(item);
    },
    claim,
    postpone,
    async done(delivery, outcome) {
      await change(delivery, 'SET outcome = :outcome REMOVE hook, hookDue', { outcome });
    },
    async startOf(ticket, first, now, untilWhen) {
      const expression = 'SET #start = if_not_exists(#start, :first), takenUntil = :until, expiresAt = :expires';
      const item = await updateItem(table, ticketKey(ticket), expression, {
        condition: 'attribute_not_exists(pk) OR takenUntil < :now',
        values: {
          first: { ...first, starts: 1 },
          until: untilWhen.toISOString(),
          now: now.toISOString(),
          expires: until(now, TICKET_DAYS),
        },
      });
      return item?.start as TicketStart | undefined;
    },
    replaceRequest: (ticket, from, requestId) =>
      changeItem(table, ticketKey(ticket), 'SET #start = :to', {
        condition: '#start.requestId = :from',
        values: { from: from.requestId, to: { ...from, requestId, starts: from.starts + 1 } },
      }),
  };
}

const ticketKey = ({ connectionId, key, approvalId }: ApprovedTicket) => ({
  pk: `TICKET#${connectionId}#${key}#${approvalId}`,
  sk: 'REQUEST',
});

const deliveryOf = ({ connectionId, deliveryId, ticketKey, receivedAt, tries }: Item) =>
  ({ connectionId, deliveryId, ticketKey, receivedAt, tries }) as TicketDelivery;
