import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { getItem, putItem, tableOf } from '../../common/adapters/dynamo-table.ts';
import type { LastRedirection, RedirectionView } from '../redirection.ts';

/** The last measurement of redirection, in one item beside the Requests. It names Engines and nobody else. */
export function dynamoRedirection(client: DynamoDBClient, tableName: string): LastRedirection {
  const table = tableOf(client, tableName);
  const key = { pk: 'REDIRECTION', sk: 'LATEST' };
  return {
    async put(view) {
      await putItem(table, { ...key, view });
    },
    read: async () => (await getItem(table, key))?.view as RedirectionView | undefined,
  };
}
