import { changeItem, type Item, type Key, queryItems, type Table } from '../../common/adapters/dynamo-table.ts';
import { fieldsOf } from '../../common/shapes.ts';
import { type AuditEntry, eventOf } from '../audit/entry.ts';
import { RequestRecord } from '../record.ts';
import type { REQUEST_INDEXES } from './dynamo-indexes.ts';

/** The only partition of the indexes `outbox` and `hooks`. */
export const DUE = 'DUE';

/** What is due, by a sparse index. What was read is changed only as long as nobody else has tried it since. */
export function dueItems<Read extends { readonly tries: number }>(
  table: Table,
  { name, partitionKey, sortKey }: (typeof REQUEST_INDEXES)['outbox' | 'hooks'],
  keyOf: (read: Read) => Key,
) {
  /** @returns false when it has changed */
  const change = (read: Read, expression: string, given: Item): Promise<boolean> => {
    const condition = `tries = :seen AND attribute_exists(${partitionKey})`;
    return changeItem(table, keyOf(read), expression, { condition, values: { seen: read.tries, ...given } });
  };
  return {
    change,
    items: (now: Date) =>
      queryItems(table, {
        IndexName: name,
        KeyConditionExpression: `#${partitionKey} = :due AND #${sortKey} <= :now`,
        values: { due: DUE, now: now.toISOString() },
      }),
    claim: (read: Read, until: Date) =>
      change(read, `SET ${sortKey} = :until, tries = tries + :one`, { until: until.toISOString(), one: 1 }),
    async postpone(read: Read, until: Date): Promise<void> {
      await change(read, `SET ${sortKey} = :until`, { until: until.toISOString() });
    },
  };
}

/** Marks a Request whose new audit entry is to be reported outside. Belongs in the write of that entry. */
export const outboxMark = (entry: AuditEntry): Record<string, unknown> =>
  eventOf(entry) ? { outbox: DUE, outboxDue: entry.at, untoldSeq: entry.seq } : {};

/** Names of the table of Requests, and of the one of audit entries, to which items are only added. */
export type RequestTables = Readonly<Record<'requests' | 'audit', string>>;

/** Sort key of the item that is the Request itself. */
export const META = 'META';
/** The only partition of the indexes of all Requests, of the open and of the unanchored ones: at most some hundreds a day. */
export const LISTED = 'REQUEST';

export const keyOf = (requestId: string, sk: string) => ({ pk: `REQ#${requestId}`, sk });

export const ENTRY = 'EVENT#';

export const entryKey = (requestId: string, seq: number) => keyOf(requestId, ENTRY + String(seq).padStart(8, '0'));

export function withoutKeys({ pk: _pk, sk: _sk, ...facts }: Record<string, unknown>): Record<string, unknown> {
  return facts;
}

/** Place of a Request in the lists: by time, then by id. */
export const listedAtOf = ({ createdAt, requestId }: Pick<RequestRecord, 'createdAt' | 'requestId'>): string =>
  `${createdAt}#${requestId}`;

/** A Request as an item, with the attributes of the indexes. */
export const itemOf = (record: RequestRecord): Record<string, unknown> => ({
  ...keyOf(record.requestId, META),
  ...record,
  listed: LISTED,
  open: LISTED,
  unanchored: LISTED,
  listedAt: listedAtOf(record),
});

/** The Request that is in an item, without the attributes of the indexes, of the outbox and of the last write. */
export const recordOf = (item: Item): RequestRecord => fieldsOf(RequestRecord, item);
