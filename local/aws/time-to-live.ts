import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DeleteCommand, DynamoDBDocumentClient, paginateScan } from '@aws-sdk/lib-dynamodb';
import { FAKE_CREDENTIALS, REGION } from './names.ts';

/** Items that expired earlier are left alone, as DynamoDB does. */
const MAX_PAST_SECONDS = 5 * 365 * 86_400;

/** What DynamoDB does by itself: removes items whose `expiresAt` (epoch seconds) is past, by five years at most. */
export async function removeExpired(url: string, tables: readonly string[], now = Date.now()): Promise<void> {
  const client = new DynamoDBClient({ endpoint: url, region: REGION, credentials: FAKE_CREDENTIALS });
  const documents = DynamoDBDocumentClient.from(client);
  const condition = {
    ExpressionAttributeNames: { '#end': 'expiresAt' },
    ExpressionAttributeValues: {
      ':now': Math.floor(now / 1000),
      ':past': Math.floor(now / 1000) - MAX_PAST_SECONDS,
    },
  };
  try {
    for (const TableName of tables) {
      const scan = { TableName, FilterExpression: '#end BETWEEN :past AND :now', ...condition };
      for await (const { Items = [] } of paginateScan({ client: documents }, scan)) {
        for (const { pk, sk } of Items) {
          // Checked again: it may have been written anew meanwhile.
          const item = { TableName, Key: { pk, sk }, ConditionExpression: '#end BETWEEN :past AND :now', ...condition };
          await documents.send(new DeleteCommand(item)).catch(() => {});
        }
      }
    }
  } finally {
    client.destroy();
  }
}
