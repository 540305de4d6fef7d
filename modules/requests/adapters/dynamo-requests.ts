import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { listItems, putItem, tableOf } from '../../common/adapters/dynamo-table.ts';
import type { Clock } from '../../common/ports.ts';
import type { Actor, AuditEntry } from '../audit/entry.ts';
import type { SourceProgress } from '../source.ts';
import { isFinal, noteCondition, STATES, transitionCondition } from '../state-machine.ts';
import type { Requests } from '../store.ts';
import { ENTRY, keyOf, withoutKeys } from './dynamo-request-items.ts';
import { readStored, requestWriter } from './dynamo-request-writer.ts';

const SOURCE = 'SOURCE#';
const finished = STATES.filter(isFinal);

/** `REQ#<id>` with `META`, `SOURCE#<id>` for each Engine and the Portal, and `EVENT#<seq>`. @param by the actor in the audit trail */
export function dynamoRequests(client: DynamoDBClient, tableName: string, clock: Clock, by: Actor): Requests {
  const table = tableOf(client, tableName);
  const writer = requestWriter(table, clock, by);

  const list = async (requestId: string, sortKey: string) =>
    (await listItems(table, keyOf(requestId, '').pk, sortKey)).map(withoutKeys);

  return {
    by: (actor) => dynamoRequests(client, tableName, clock, actor),
    get: async (requestId) => (await readStored(table, requestId)).record,
    create: (record) => writer.create(record),
    transition: (requestId, to, patch = {}, held = {}) =>
      writer.write(requestId, transitionCondition(to, held), { ...patch, state: to }),
    async note(requestId, facts, held = {}) {
      await writer.write(requestId, noteCondition(held), facts);
    },
    noteEnded: (requestId, facts, held = {}) => writer.write(requestId, { states: finished, held }, facts),
    async addEvent(requestId, fact) {
      await writer.write(requestId, { states: STATES, held: {} }, {}, fact);
    },
    async listEvents(requestId) {
      const { last } = await readStored(table, requestId);
      const entries = (await list(requestId, ENTRY)) as unknown as AuditEntry[];
      return last && last.seq > entries.length ? [...entries, last] : entries;
    },
    async putProgress(requestId, progress) {
      await putItem(table, { ...keyOf(requestId, SOURCE + progress.sourceId), ...progress });
    },
    async listProgress(requestId) {
      const progress = (await list(requestId, SOURCE)) as unknown as SourceProgress[];
      return progress.sort(
        (a, b) => a.source.localeCompare(b.source) || a.name.localeCompare(b.name, 'en', { numeric: true }),
      );
    },
  };
}
