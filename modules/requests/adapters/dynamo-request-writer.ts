import { randomUUID } from 'node:crypto';
import { ABSENT, getItem, putItem, type Table, updateItem } from '../../common/adapters/dynamo-table.ts';
import type { Clock } from '../../common/ports.ts';
import type { Actor, AuditEntry, AuditFact } from '../audit/entry.ts';
import { factOf } from '../audit/facts.ts';
import { nextEntry } from '../audit/trail.ts';
import { RequestNotFoundError, WrongStateError } from '../errors.ts';
import type { RequestRecord } from '../record.ts';
import { meets, type WriteCondition } from '../state-machine.ts';
import type { Patch } from '../store.ts';
import { entryKey, itemOf, keyOf, META, outboxMark, recordOf, UNANCHORED } from './dynamo-request-items.ts';

/** Maximum tries of a write when other writers come first. */
const MAX_TRIES = 50;

/** A Request with the newest entry of its audit trail. */
interface Stored {
  readonly record: RequestRecord;
  readonly last?: AuditEntry;
  /** Id of the last write. */
  readonly writeId?: string;
}

/**
 * Writes Requests together with their audit trail: a write puts its audit entry into the item of the Request. Then the
 * writer copies the entry to an item of its own; if it dies before, the next writer does. The same write marks a Request
 * with something to report outside.
 */
export class RequestWriter {
  readonly #table: Table;
  readonly #clock: Clock;
  readonly #by: Actor;

  constructor(table: Table, clock: Clock, by: Actor) {
    this.#table = table;
    this.#clock = clock;
    this.#by = by;
  }

  /** @throws {RequestNotFoundError} */
  async read(requestId: string): Promise<Stored> {
    const item = await getItem(this.#table, keyOf(requestId, META));
    if (!item) throw new RequestNotFoundError(requestId);
    const { lastEntry: last, writeId } = item as { lastEntry?: AuditEntry; writeId?: string };
    return { record: recordOf(item), ...(last && { last }), ...(writeId !== undefined && { writeId }) };
  }

  /** Writes a new Request. @throws the id exists already */
  async create(record: RequestRecord): Promise<void> {
    const lastEntry = this.#entry(record, undefined, factOf(undefined, record)!);
    const item = { ...itemOf(record), lastEntry, ...outboxMark(lastEntry) };
    if (!(await putItem(this.#table, item, ABSENT))) throw new Error(`Request ${record.requestId} exists already`);
    await this.#keepSoon(lastEntry);
  }

  /**
   * Sets facts of a Request if it meets the condition, in one write, so that no late worker comes between. A write has an
   * id: if its answer is lost, the next read shows whether it happened.
   * @param event the audit event; default: derived from the facts
   * @throws {WrongStateError} the Request does not meet the condition
   */
  async write(requestId: string, condition: WriteCondition, facts: Patch, event?: AuditFact): Promise<RequestRecord> {
    const writeId = randomUUID();
    for (let tried = 1; ; tried += 1) {
      const { record, last } = await this.read(requestId);
      if (!meets(record, condition)) throw new WrongStateError(requestId, record.state);
      const after = { ...record, ...facts } as RequestRecord;
      const fact = event ?? factOf(record, after);
      const entry = fact && this.#entry(after, last, fact);
      if (entry && last) await this.#keep(last);
      let failure: unknown;
      const written = await this.#update(requestId, condition, facts, entry, writeId).catch((error: unknown) => {
        failure = error;
      });
      if (written) {
        if (entry) await this.#keepSoon(entry);
        return recordOf(written);
      }
      const found = await this.read(requestId).catch(() => undefined);
      if (found?.writeId === writeId) return found.record;
      if (failure) throw failure;
      if (tried === MAX_TRIES) throw new Error(`Others came first at each write to request ${requestId}`);
    }
  }

  #entry(record: RequestRecord, last: AuditEntry | undefined, fact: AuditFact): AuditEntry {
    const { requestId, state, attempt } = record;
    return nextEntry(last, { ...fact, requestId, state, attempt, at: this.#clock.now().toISOString(), by: this.#by });
  }

  /** @returns nothing when the condition is no longer met, or another entry came first */
  #update(
    requestId: string,
    { states, held }: WriteCondition,
    facts: object,
    entry: AuditEntry | undefined,
    writeId: string,
  ) {
    const kept = Object.entries(held);
    const known = kept.flatMap(([, value], i) => (value === undefined ? [] : [[`:h${i}`, value]]));
    const changed = Object.keys(facts).length > 0 ? { ...facts, updatedAt: this.#clock.now().toISOString() } : {};
    const audited = entry && { lastEntry: entry, unanchored: UNANCHORED, ...outboxMark(entry) };
    const all = Object.entries({ ...changed, ...audited, writeId });
    const set = all.filter(([, value]) => value !== undefined);
    const removed = all.filter(([, value]) => value === undefined);
    const follows = entry && (entry.seq === 1 ? 'attribute_not_exists(#last)' : '#last.#seq = :seen');
    const removal = removed.length > 0 ? ` REMOVE ${removed.map((_, i) => `#r${i}`).join(', ')}` : '';
    const changes = `SET ${set.map((_, i) => `#f${i} = :f${i}`).join(', ')}${removal}`;
    return updateItem(this.#table, keyOf(requestId, META), changes, {
      condition: [
        `#state IN (${states.map((_, i) => `:s${i}`).join(', ')})`,
        ...kept.map(([, value], i) => (value === undefined ? `attribute_not_exists(#h${i})` : `#h${i} = :h${i}`)),
        ...(follows ? [follows] : []),
      ].join(' AND '),
      names: {
        '#state': 'state',
        ...(entry && { '#last': 'lastEntry' }),
        ...(entry && entry.seq > 1 && { '#seq': 'seq' }),
        ...Object.fromEntries(set.map(([name], i) => [`#f${i}`, name])),
        ...Object.fromEntries(removed.map(([name], i) => [`#r${i}`, name])),
        ...Object.fromEntries(kept.map(([name], i) => [`#h${i}`, name])),
      },
      values: {
        ...(entry && entry.seq > 1 && { ':seen': entry.seq - 1 }),
        ...Object.fromEntries(set.map(([, value], i) => [`:f${i}`, value])),
        ...Object.fromEntries(known),
        ...Object.fromEntries(states.map((state, i) => [`:s${i}`, state])),
      },
    });
  }

  /** Copies an entry to an item of its own. A repeat is harmless. */
  async #keep(entry: AuditEntry): Promise<void> {
    await putItem(this.#table, { ...entryKey(entry.requestId, entry.seq), ...entry }, ABSENT);
  }

  /** The same, but a failure is ignored: the entry is stored already, and the next write copies it. */
  #keepSoon(entry: AuditEntry): Promise<void> {
    return this.#keep(entry).catch(() => {});
  }
}
