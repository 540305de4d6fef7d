import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { once } from './environment.ts';

export const dynamo = /* @__PURE__ */ once(() => new DynamoDBClient());
