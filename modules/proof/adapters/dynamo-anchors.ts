import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, PutCommand, QueryCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { ifMet, isMet } from '../../common/adapters/conditional-write.ts';
import { REQUEST_INDEXES } from '../../requests/adapters/dynamo-indexes.ts';
import { keyOf, META, UNANCHORED, withoutKeys } from '../../requests/adapters/dynamo-request-items.ts';
import type { AuditEntry } from '../../requests/audit/entry.ts';
import { digestOf } from '../../requests/audit/trail.ts';
import type { Anchors, StampedAnchor } from '../audit-anchors.ts';

const PARTITION = 'ANCHORS';
const PREFIX = 'ANCHOR#';
/** Maximum anchors of a page; DynamoDB also ends a page at 1 MB. */
const PAGE = 100;

/** Anchors in the table of Requests, `ANCHOR#<time>`; trails that have grown are in a sparse index, by `unanchored`. */
export function dynamoAnchors(client: DynamoDBClient, table: string): Anchors {
  const documents = DynamoDBDocumentClient.from(client);
  const query = async (after: string, latestFirst: boolean) => {
    const { Items = [], LastEvaluatedKey } = await documents.send(
      new QueryCommand({
        TableName: table,
        ConsistentRead: true,
        KeyConditionExpression: 'pk = :pk AND sk > :after',
        ExpressionAttributeValues: { ':pk': PARTITION, ':after': PREFIX + after },
        ...(latestFirst ? { ScanIndexForward: false, Limit: 1 } : { Limit: PAGE }),
      }),
    );
    const anchors = Items.map(withoutKeys) as unknown as StampedAnchor[];
    return { anchors, hasMore: LastEvaluatedKey !== undefined };
  };
  return {
    async grown(max) {
      const { name, partitionKey } = REQUEST_INDEXES.unanchored;
      const heads = new Map<string, AuditEntry>();
      for (let start: Record<string, unknown> | undefined, more = true; more && heads.size < max; ) {
        const page = await documents.send(
          new QueryCommand({
            TableName: table,
            IndexName: name,
            Limit: max - heads.size,
            KeyConditionExpression: '#unanchored = :unanchored',
            ExpressionAttributeNames: { '#unanchored': partitionKey },
            ExpressionAttributeValues: { ':unanchored': UNANCHORED },
            ...(start && { ExclusiveStartKey: start }),
          }),
        );
        for (const { requestId, lastEntry } of page.Items ?? [])
          heads.set(requestId as string, lastEntry as AuditEntry);
        start = page.LastEvaluatedKey;
        more = start !== undefined;
      }
      return [...heads].map(([requestId, entry]) => ({ requestId, seq: entry.seq, head: digestOf(entry) }));
    },
    async noteAnchored({ requestId, seq }) {
      const update = new UpdateCommand({
        TableName: table,
        Key: keyOf(requestId, META),
        UpdateExpression: 'REMOVE #unanchored',
        ConditionExpression: '#last.#seq = :seq',
        ExpressionAttributeNames: {
          '#unanchored': REQUEST_INDEXES.unanchored.partitionKey,
          '#last': 'lastEntry',
          '#seq': 'seq',
        },
        ExpressionAttributeValues: { ':seq': seq },
      });
      await ifMet(documents.send(update));
    },
    last: async () => (await query('', true)).anchors[0],
    async put(anchor) {
      const Item = { pk: PARTITION, sk: PREFIX + anchor.at, ...anchor };
      const put = new PutCommand({ TableName: table, Item, ConditionExpression: 'attribute_not_exists(pk)' });
      return isMet(documents.send(put));
    },
    async list(after) {
      const { anchors, hasMore } = await query(after, false);
      return { anchors, ...(hasMore && { next: anchors.at(-1)!.at }) };
    },
  };
}
