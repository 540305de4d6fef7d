import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { ABSENT, putItem, queryItems, queryPage, tableOf, updateItem } from '../../common/adapters/dynamo-table.ts';
import { REQUEST_INDEXES } from '../../requests/adapters/dynamo-indexes.ts';
import { keyOf, LISTED, META, withoutKeys } from '../../requests/adapters/dynamo-request-items.ts';
import type { AuditEntry } from '../../requests/audit/entry.ts';
import { digestOf } from '../../requests/audit/trail.ts';
import type { Anchors, StampedAnchor } from '../audit-anchors.ts';

const PARTITION = 'ANCHORS';
const PREFIX = 'ANCHOR#';
/** Maximum anchors of a page; DynamoDB also ends a page at 1 MB. */
const PAGE = 100;

/** Anchors in the table of Requests, `ANCHOR#<time>`; trails that have grown are in a sparse index, by `unanchored`. */
export function dynamoAnchors(client: DynamoDBClient, tableName: string): Anchors {
  const table = tableOf(client, tableName);
  const query = async (after: string, latestFirst: boolean) => {
    const { Items = [], LastEvaluatedKey } = await queryPage(table, {
      ConsistentRead: true,
      KeyConditionExpression: 'pk = :pk AND sk > :after',
      values: { pk: PARTITION, after: PREFIX + after },
      ...(latestFirst ? { ScanIndexForward: false, Limit: 1 } : { Limit: PAGE }),
    });
    const anchors = Items.map(withoutKeys) as unknown as StampedAnchor[];
    return { anchors, hasMore: LastEvaluatedKey !== undefined };
  };
  return {
    async grown(max) {
      const { name, partitionKey } = REQUEST_INDEXES.unanchored;
      const KeyConditionExpression = `#${partitionKey} = :listed`;
      const query = { IndexName: name, Limit: max, KeyConditionExpression, values: { listed: LISTED } };
      const heads = new Map<string, AuditEntry>();
      for await (const { requestId, lastEntry } of queryItems(table, query)) {
        heads.set(requestId as string, lastEntry as AuditEntry);
        if (heads.size === max) break;
      }
      return [...heads].map(([requestId, entry]) => ({ requestId, seq: entry.seq, head: digestOf(entry) }));
    },
    async noteAnchored({ requestId, seq }) {
      const terms = { condition: '#lastEntry.#seq = :seq', values: { seq } };
      await updateItem(table, keyOf(requestId, META), `REMOVE #${REQUEST_INDEXES.unanchored.partitionKey}`, terms);
    },
    last: async () => (await query('', true)).anchors[0],
    put: (anchor) => putItem(table, { pk: PARTITION, sk: PREFIX + anchor.at, ...anchor }, ABSENT),
    async list(after) {
      const { anchors, hasMore } = await query(after, false);
      return { anchors, ...(hasMore && { next: anchors.at(-1)!.at }) };
    },
  };
}
