import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { CallCounter } from '../caller-limits.ts';

/** Items `RATE#<caller>` / minute beside the Requests; DynamoDB removes them some time after their minute. */
export function dynamoCallCounter(client: DynamoDBClient, table: string): CallCounter {
  const documents = DynamoDBDocumentClient.from(client);
  return {
    async add(callerId, minute) {
      const { Attributes } = await documents.send(
        new UpdateCommand({
          TableName: table,
          Key: { pk: `RATE#${callerId}`, sk: String(minute) },
          UpdateExpression: 'SET expiresAt = :until ADD calls :one',
          ExpressionAttributeValues: { ':one': 1, ':until': (minute + 5) * 60 },
          ReturnValues: 'UPDATED_NEW',
        }),
      );
      return Attributes!.calls as number;
    },
  };
}
