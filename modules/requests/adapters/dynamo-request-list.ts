import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { queryItems, queryPage, tableOf, updateItem } from '../../common/adapters/dynamo-table.ts';
import { RequestNotFoundError } from '../errors.ts';
import type { OpenRequests } from '../executions.ts';
import type { RequestRecord } from '../record.ts';
import { UNFINISHED } from '../state-machine.ts';
import type { ListOptions, RequestList } from '../views/get-request.ts';
import { REQUEST_INDEXES } from './dynamo-indexes.ts';
import { keyOf, LISTED, listedAtOf, META, recordOf } from './dynamo-request-items.ts';

/** Maximum Requests read for one answer. With a selective filter, the answer is a short page and a cursor. */
const MAX_READ = 1000;
/** Requests read in one query with a filter: fewer queries, also for a short page. */
const FILTERED_AT_ONCE = 250;

/** Lists of Requests from the indexes of the table. The newest writes may still be missing. */
export function dynamoRequestList(client: DynamoDBClient, tableName: string): RequestList {
  const table = tableOf(client, tableName);
  return {
    async list(question) {
      const records: RequestRecord[] = [];
      let after = question.cursor;
      for (let read = 0; read < MAX_READ; ) {
        const query = queryFor(question, question.limit - records.length, after);
        const { Items = [], ScannedCount = 0, LastEvaluatedKey } = await queryPage(table, query);
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
      const states = Object.fromEntries(UNFINISHED.map((state) => [`in_${state}`, state]));
      const items = queryItems(table, {
        IndexName: REQUEST_INDEXES.byCaller.name,
        ProjectionExpression: 'requestId',
        KeyConditionExpression: 'callerId = :caller AND listedAt >= :since',
        FilterExpression: `#state IN (:${Object.keys(states).join(', :')})`,
        values: { caller: callerId, since, ...states },
      });
      return (await Array.fromAsync(items)).length;
    },
  };
}

function queryFor({ callerId, reference, states, isOpen, dueUntil }: ListOptions, limit: number, after?: string) {
  const [{ name, partitionKey }, partition] =
    reference !== undefined
      ? [REQUEST_INDEXES.byReference, reference]
      : callerId !== undefined
        ? [REQUEST_INDEXES.byCaller, callerId]
        : [REQUEST_INDEXES.all, LISTED];
  const named = Object.fromEntries((states ?? []).map((state) => [`in_${state}`, state]));
  const isOwn = reference !== undefined && callerId !== undefined;
  const filters = [
    states && `#state IN (:${Object.keys(named).join(', :')})`,
    isOwn && 'callerId = :callerId',
    isOpen && 'attribute_not_exists(handover)',
    dueUntil && 'deadline.dueAt <= :dueUntil',
  ].filter((filter) => typeof filter === 'string');
  return {
    IndexName: name,
    ScanIndexForward: false,
    Limit: filters.length > 0 ? FILTERED_AT_ONCE : limit,
    KeyConditionExpression: `#${partitionKey} = :partition`,
    FilterExpression: filters.length > 0 ? filters.join(' AND ') : undefined,
    values: { partition, ...named, ...(isOwn && { callerId }), ...(dueUntil && { dueUntil }) },
    ...(after && { ExclusiveStartKey: startBehind(after, partitionKey, partition) }),
  };
}

function startBehind(listedAt: string, partitionKey: string, partition: string): Record<string, string> {
  const [createdAt = '', requestId = ''] = listedAt.split('#');
  return { ...keyOf(requestId, META), listedAt: listedAtOf({ createdAt, requestId }), [partitionKey]: partition };
}

/** Requests with possible work left: those in a sparse index, by their attribute `open`. */
export function dynamoOpenRequests(client: DynamoDBClient, tableName: string): OpenRequests {
  const table = tableOf(client, tableName);
  const { name, partitionKey } = REQUEST_INDEXES.open;
  return {
    async *list() {
      const KeyConditionExpression = `#${partitionKey} = :listed`;
      const query = { IndexName: name, KeyConditionExpression, values: { listed: LISTED } };
      for await (const { requestId } of queryItems(table, query)) yield requestId as string;
    },
    async remove(requestId) {
      const terms = { condition: 'attribute_exists(pk)' };
      if (!(await updateItem(table, keyOf(requestId, META), `REMOVE #${partitionKey}`, terms)))
        throw new RequestNotFoundError(requestId);
    },
  };
}
