import { randomUUID } from 'node:crypto';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { insertItem } from '../../common/adapters/dynamo-insert.ts';
import {
  ABSENT,
  getItem,
  type Item,
  listItems,
  putItem,
  setting,
  type Table,
  tableOf,
  updateItem,
} from '../../common/adapters/dynamo-table.ts';
import type { Clock } from '../../common/ports.ts';
import type { Actor, AuditEntry, AuditFact } from '../audit/entry.ts';
import { digestOf, factOf, nextEntry } from '../audit/trail.ts';
import { RequestNotFoundError, WrongStateError } from '../errors.ts';
import type { RequestRecord } from '../record.ts';
import type { SourceProgress } from '../source.ts';
import { isFinal, meets, noteCondition, STATES, transitionCondition, type WriteCondition } from '../state-machine.ts';
import type { Patch, Requests } from '../store.ts';
import {
  ENTRY,
  entryKey,
  itemOf,
  keyOf,
  LISTED,
  META,
  outboxMark,
  type RequestTables,
  recordOf,
  withoutKeys,
} from './dynamo-request-items.ts';

const SOURCE = 'SOURCE#';
const finished = STATES.filter(isFinal);
/** Maximum tries of a write when other writers come first. */
const MAX_TRIES = 50;

/**
 * `REQ#<id>` with `META` and `SOURCE#<id>` for each Engine and the Portal; `EVENT#<seq>` in the table of audit entries. An entry goes
 * into the item of the Request, then to that table; if the writer dies before, the next one copies it. The same write marks what is to
 * be reported outside. @param by the actor in the audit trail
 */
export function dynamoRequests(client: DynamoDBClient, tables: RequestTables, clock: Clock, by: Actor): Requests {
  const [table, trail] = [tableOf(client, tables.requests), tableOf(client, tables.audit)];
  const entryOf = (record: RequestRecord, last: AuditEntry | undefined, fact: AuditFact): AuditEntry => {
    const { requestId, state, attempt } = record;
    return nextEntry(last, { ...fact, requestId, state, attempt, at: clock.now().toISOString(), by });
  };

  /**
   * Sets facts of a Request that meets the condition, in one write. By the id of the write, the next read shows whether it happened.
   * @param event default: derived from the facts @throws {WrongStateError} the Request does not meet the condition
   */
  const write = async (
    requestId: string,
    condition: WriteCondition,
    facts: Patch,
    event?: AuditFact,
  ): Promise<RequestRecord> => {
    const writeId = randomUUID();
    for (let tried = 1; ; tried += 1) {
      const { record, last } = await readStored(table, requestId);
      if (!meets(record, condition)) throw new WrongStateError(requestId, record.state);
      const after = { ...record, ...facts } as RequestRecord;
      const fact = event ?? factOf(record, after);
      const entry = fact && entryOf(after, last, fact);
      if (entry && last) await keep(trail, last);
      const updated = Object.keys(facts).length > 0 ? { ...facts, updatedAt: clock.now().toISOString() } : {};
      let failure: unknown;
      const written = await update(table, requestId, condition, { ...updated, writeId }, entry).catch((error) => {
        failure = error;
      });
      if (written) {
        if (entry) await keepSoon(trail, entry);
        return recordOf(written);
      }
      const found = await readStored(table, requestId).catch(() => undefined);
      if (found?.writeId === writeId) return found.record;
      if (failure) throw failure;
      if (tried === MAX_TRIES) throw new Error(`Others came first at each write to request ${requestId}`);
    }
  };
  const list = async (from: Table, requestId: string, sortKey: string) =>
    (await listItems(from, keyOf(requestId, '').pk, sortKey)).map(withoutKeys);

  return {
    by: (actor) => dynamoRequests(client, tables, clock, actor),
    get: async (requestId) => (await readStored(table, requestId)).record,
    async create(record) {
      const lastEntry = entryOf(record, undefined, factOf(undefined, record)!);
      const item = { ...itemOf(record), lastEntry, ...outboxMark(lastEntry) };
      if (!(await putItem(table, item, ABSENT))) throw new Error(`Request ${record.requestId} exists already`);
      await keepSoon(trail, lastEntry);
    },
    transition: (requestId, to, patch = {}, held = {}) =>
      write(requestId, transitionCondition(to, held), { ...patch, state: to }),
    async note(requestId, facts, held = {}) {
      await write(requestId, noteCondition(held), facts);
    },
    noteEnded: (requestId, facts, held = {}) => write(requestId, { states: finished, held }, facts),
    async addEvent(requestId, fact) {
      await write(requestId, { states: STATES, held: {} }, {}, fact);
    },
    async listEvents(requestId) {
      const { last } = await readStored(table, requestId);
      // Earlier versions kept entries beside the Request. A number that is in both tables counts as where nobody can change it.
      const both = await Promise.all([list(table, requestId, ENTRY), list(trail, requestId, ENTRY)]);
      const [old, kept] = both as unknown as [AuditEntry[], AuditEntry[]];
      const numbers = new Set(kept.map(({ seq }) => seq));
      const entries = [...old.filter(({ seq }) => !numbers.has(seq)), ...kept].sort((a, b) => a.seq - b.seq);
      const isCopied = last && entries.some((entry) => entry.seq === last.seq && digestOf(entry) === digestOf(last));
      // Two of one number are both shown: the chain is then broken, and whoever verifies it sees that.
      return !last || isCopied ? entries : [...entries, last];
    },
    async putProgress(requestId, progress) {
      await putItem(table, { ...keyOf(requestId, SOURCE + progress.sourceId), ...progress });
    },
    async listProgress(requestId) {
      const progress = (await list(table, requestId, SOURCE)) as unknown as SourceProgress[];
      return progress.sort(
        (a, b) => a.source.localeCompare(b.source) || a.name.localeCompare(b.name, 'en', { numeric: true }),
      );
    },
  };
}

/** A Request with the newest entry of its audit trail and the id of its last write. @throws {RequestNotFoundError} */
async function readStored(table: Table, requestId: string) {
  const item = await getItem(table, keyOf(requestId, META));
  if (!item) throw new RequestNotFoundError(requestId);
  const { lastEntry: last, writeId } = item as { lastEntry?: AuditEntry; writeId?: string };
  return { record: recordOf(item), last, writeId };
}

/** @returns nothing when the condition is no longer met, or another entry came first */
function update(
  table: Table,
  requestId: string,
  { states, held }: WriteCondition,
  facts: object,
  entry: AuditEntry | undefined,
): Promise<Item | undefined> {
  const audited = entry && { lastEntry: entry, unanchored: LISTED, ...outboxMark(entry) };
  const all = Object.entries({ ...facts, ...audited });
  const set = Object.fromEntries(all.filter(([, value]) => value !== undefined));
  const removed = all.filter(([, value]) => value === undefined).map(([name]) => `#${name}`);
  const removal = removed.length > 0 ? ` REMOVE ${removed.join(', ')}` : '';
  const isNext = entry && (entry.seq === 1 ? 'attribute_not_exists(#lastEntry)' : '#lastEntry.#seq = :seen');
  const kept = Object.entries(held).map(([name, value]) =>
    value === undefined ? `attribute_not_exists(#${name})` : `#${name} = :held_${name}`,
  );
  const known = Object.entries(held).filter(([, value]) => value !== undefined);
  return updateItem(table, keyOf(requestId, META), setting(set) + removal, {
    condition: [`#state IN (:in_${states.join(', :in_')})`, ...kept, ...(isNext ? [isNext] : [])].join(' AND '),
    values: {
      ...set,
      ...(entry && entry.seq > 1 && { seen: entry.seq - 1 }),
      ...Object.fromEntries(known.map(([name, value]) => [`held_${name}`, value])),
      ...Object.fromEntries(states.map((state) => [`in_${state}`, state])),
    },
  });
}

/** Copies an entry to an item of its own. A repeat is harmless. */
async function keep(trail: Table, entry: AuditEntry): Promise<void> {
  await insertItem(trail, { ...entryKey(entry.requestId, entry.seq), ...entry });
}

/** The same, but a failure is ignored: the entry is stored already, and the next write copies it. */
const keepSoon = (trail: Table, entry: AuditEntry): Promise<void> => keep(trail, entry).catch(() => {});
