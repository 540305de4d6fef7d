import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, paginateQuery, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { OpenRequests } from '../executions.ts';
import { REQUEST_INDEXES } from './dynamo-indexes.ts';
import { keyOf, META, OPEN } from './dynamo-request-items.ts';

/** Requests with possible work left: those in a sparse index, by their attribute `open`. */
export function dynamoOpenRequests(client: DynamoDBClient, table: string): OpenRequests {
  const documents = DynamoDBDocumentClient.from(client);
  return {
    async *list() {
      const { name, partitionKey } = REQUEST_INDEXES.open;
      const query = {
        TableName: table,
        IndexName: name,
        KeyConditionExpression: '#open = :open',
        ExpressionAttributeNames: { '#open': partitionKey },
        ExpressionAttributeValues: { ':open': OPEN },
      };
      for await (const { Items = [] } of paginateQuery({ client: documents }, query)) {
        for (const { requestId } of Items) yield requestId as string;
      }
    },
    async remove(requestId) {
      await documents.send(
        new UpdateCommand({
          TableName: table,
          Key: keyOf(requestId, META),
          UpdateExpression: 'REMOVE #open',
          ConditionExpression: 'attribute_exists(pk)',
          ExpressionAttributeNames: { '#open': REQUEST_INDEXES.open.partitionKey },
        }),
      );
    },
  };
}
