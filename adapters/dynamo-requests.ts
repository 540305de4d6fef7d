import { ConditionalCheckFailedException, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, GetCommand, PutCommand, QueryCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { RequestNotFoundError, WrongStateError } from '../core/errors.ts';
import { isFinal, LIFECYCLE, statesBefore } from '../core/lifecycle.ts';
import type { RequestRecord, RequestState, SourceProgress } from '../core/model.ts';
import type { Clock, Requests } from '../core/ports.ts';
import { itemOf, keyOf, META, recordOf } from './request-items.ts';

const SOURCE = 'SOURCE#';
const states = Object.keys(LIFECYCLE) as RequestState[];
const unfinished = states.filter((state) => !isFinal(state));
const finished = states.filter(isFinal);

/** Requests in DynamoDB: `REQ#<id>` with `META` and one `SOURCE#<id>` for each Engine and the Portal (design section 3). */
export function dynamoRequests(client: DynamoDBClient, table: string, clock: Clock): Requests {
  const documents = DynamoDBDocumentClient.from(client, { marshallOptions: { removeUndefinedValues: true } });

  const get = async (requestId: string): Promise<RequestRecord> => {
    const found = await documents.send(
      new GetCommand({ TableName: table, Key: keyOf(requestId, META), ConsistentRead: true }),
    );
    if (!found.Item) throw new RequestNotFoundError(requestId);
    return recordOf(found.Item);
  };

  /** Sets attributes of META while its state is one of `states`; one write, so that no late worker slips between. */
  const set = async (requestId: string, states: readonly RequestState[], facts: Partial<RequestRecord>) => {
    const entries = Object.entries({ ...facts, updatedAt: clock.now().toISOString() });
    try {
      const { Attributes } = await documents.send(
        new UpdateCommand({
          TableName: table,
          Key: keyOf(requestId, META),
          UpdateExpression: `SET ${entries.map((_, i) => `#f${i} = :f${i}`).join(', ')}`,
          ConditionExpression: `#state IN (${states.map((_, i) => `:s${i}`).join(', ')})`,
          ExpressionAttributeNames: Object.fromEntries([
            ['#state', 'state'],
            ...entries.map(([name], i) => [`#f${i}`, name]),
          ]),
          ExpressionAttributeValues: Object.fromEntries([
            ...entries.map(([, value], i) => [`:f${i}`, value]),
            ...states.map((state, i) => [`:s${i}`, state]),
          ]),
          ReturnValues: 'ALL_NEW',
        }),
      );
      return recordOf(Attributes!);
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
      throw new WrongStateError(requestId, (await get(requestId)).state);
    }
  };

  return {
    get,
    async create(record) {
      await documents.send(
        new PutCommand({
          TableName: table,
          Item: itemOf(record),
          ConditionExpression: 'attribute_not_exists(pk)',
        }),
      );
    },
    transition: (requestId, to, patch = {}) => set(requestId, statesBefore(to), { ...patch, state: to }),
    async note(requestId, facts) {
      await set(requestId, unfinished, facts);
    },
    markDestroyed: (requestId, destroyedAt) => set(requestId, finished, { destroyedAt }),
    async putProgress(requestId, progress) {
      await documents.send(
        new PutCommand({ TableName: table, Item: { ...keyOf(requestId, SOURCE + progress.sourceId), ...progress } }),
      );
    },
    async listProgress(requestId) {
      const items: SourceProgress[] = [];
      let start: Record<string, unknown> | undefined;
      do {
        const page = await documents.send(
          new QueryCommand({
            TableName: table,
            ConsistentRead: true,
            KeyConditionExpression: 'pk = :pk AND begins_with(sk, :sk)',
            ExpressionAttributeValues: { ':pk': `REQ#${requestId}`, ':sk': SOURCE },
            ...(start && { ExclusiveStartKey: start }),
          }),
        );
        for (const { pk: _pk, sk: _sk, ...progress } of page.Items ?? []) items.push(progress as SourceProgress);
        start = page.LastEvaluatedKey;
      } while (start);
      return items.sort(
        (a, b) => a.source.localeCompare(b.source) || a.name.localeCompare(b.name, 'en', { numeric: true }),
      );
    },
  };
}
