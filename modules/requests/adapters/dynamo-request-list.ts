import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  DynamoDBDocumentClient,
  paginateQuery,
  QueryCommand,
  type QueryCommandInput,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import type { OpenRequests } from '../executions.ts';
import type { RequestRecord, RequestState } from '../record.ts';
import { isFinal, LIFECYCLE } from '../state-machine.ts';
import type { ListOptions, RequestList } from '../views/list-requests.ts';
import { REQUEST_INDEXES } from './dynamo-indexes.ts';
import { keyOf, LISTED, listedAtOf, META, OPEN, recordOf } from './dynamo-request-items.ts';

/** Maximum Requests read for one answer. With a selective filter, the answer is a short page and a cursor. */
const MAX_READ = 1000;
/** Requests read in one query with a filter: fewer queries, also for a short page. */
const FILTERED_AT_ONCE = 250;
const unfinished = (Object.keys(LIFECYCLE) as RequestState[]).filter((state) => !isFinal(state));

/** Lists of Requests from the indexes of the table. The newest writes may still be missing. */
export function dynamoRequestList(client: DynamoDBClient, table: string): RequestList {
  const documents = DynamoDBDocumentClient.from(client);
  return {
    async list(question) {
      const records: RequestRecord[] = [];
      let after = question.cursor;
      for (let read = 0; read < MAX_READ; ) {
        const {
          Items = [],
          ScannedCount = 0,
          LastEvaluatedKey,
        } = await documents.send(
          new QueryCommand({ TableName: table, ...queryFor(question, question.limit - records.length, after) }),
        );
        records.push(...Items.map(recordOf));
        read += ScannedCount;
        if (records.length > question.limit) {
          const shown = records.slice(0, question.limit);
          return { records: shown, next: listedAtOf(shown.at(-1)!) };
        }
        if (!LastEvaluatedKey) return { records };
        after = LastEvaluatedKey.listedAt as string;
        if (records.length === question.limit) break;
      }
      return { records, next: after! };
    },
    async countUnfinished(callerId, since) {
      const { name } = REQUEST_INDEXES.byCaller;
      let count = 0;
      let start: Record<string, unknown> | undefined;
      do {
        const page = await documents.send(
          new QueryCommand({
            TableName: table,
            IndexName: name,
            Select: 'COUNT',
            KeyConditionExpression: 'callerId = :caller AND listedAt >= :since',
            FilterExpression: `#state IN (${unfinished.map((_, i) => `:s${i}`).join(', ')})`,
            ExpressionAttributeNames: { '#state': 'state' },
            ExpressionAttributeValues: {
              ':caller': callerId,
              ':since': since,
              ...Object.fromEntries(unfinished.map((state, i) => [`:s${i}`, state])),
            },
            ...(start && { ExclusiveStartKey: start }),
          }),
        );
        count += page.Count ?? 0;
        start = page.LastEvaluatedKey;
      } while (start);
      return count;
    },
  };
}

function queryFor(
  { callerId, state, reference }: ListOptions,
  limit: number,
  after: string | undefined,
): Omit<QueryCommandInput, 'TableName'> {
  const { name, partitionKey } = callerId === undefined ? REQUEST_INDEXES.all : REQUEST_INDEXES.byCaller;
  const partition = callerId ?? LISTED;
  const filters = Object.entries({ state, reference }).filter(([, value]) => value !== undefined);
  return {
    IndexName: name,
    ScanIndexForward: false,
    Limit: filters.length > 0 ? FILTERED_AT_ONCE : limit,
    KeyConditionExpression: '#partition = :partition',
    ...(filters.length > 0 && { FilterExpression: filters.map(([field]) => `#${field} = :${field}`).join(' AND ') }),
    ExpressionAttributeNames: {
      '#partition': partitionKey,
      ...Object.fromEntries(filters.map(([field]) => [`#${field}`, field])),
    },
    ExpressionAttributeValues: {
      ':partition': partition,
      ...Object.fromEntries(filters.map(([field, value]) => [`:${field}`, value])),
    },
    ...(after && { ExclusiveStartKey: startBehind(after, partitionKey, partition) }),
  };
}

/** The whole key of a Request, from its place in the list. */
function startBehind(listedAt: string, partitionKey: string, partition: string): Record<string, string> {
  const [createdAt = '', requestId = ''] = listedAt.split('#');
  return {
    ...keyOf(requestId, META),
    listedAt: listedAtOf({ createdAt, requestId }),
    [partitionKey]: partition,
  };
}

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
