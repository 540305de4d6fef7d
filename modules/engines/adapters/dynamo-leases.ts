import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { changeItem, getItem, type Item, listItems, tableOf, updateItem } from '../../common/adapters/dynamo-table.ts';
import type { Clock } from '../../common/ports.ts';
import { type Leases, waitSecondsOf } from '../leases.ts';

/** A holder without a heartbeat for this long counts as dead. */
const LEASE_SECONDS = 30;
/** A place in the queue is kept this long after its holder should have looked again. */
const LATE_MS = 60_000;
/** A worker is killed after 15 minutes: no turn takes longer. */
const MAX_TURN_SECONDS = 900;

/** Sort keys of the places in the queue of an Engine: the time of arrival comes first. */
const PLACE = 'WAIT#';

/** A place in the queue of an Engine. Milliseconds. */
type Place = { readonly sk: string; readonly holder: string; readonly dueAt: number };

/**
 * Leases in DynamoDB, one item `LEASE#<engineId>` per Engine. It is never removed, not even by TTL: its token must go on growing.
 * The clock of the next worker decides whether a lease has expired. Beside it there is an item for each Request that waits, in order
 * of arrival; the first one is next. One that does not come back loses its place.
 */
export function dynamoLeases(
  client: DynamoDBClient,
  tableName: string,
  { clock, seconds = LEASE_SECONDS }: { readonly clock: Clock; readonly seconds?: number },
): Leases {
  const table = tableOf(client, tableName);
  const keyOf = (engineId: string, sk = 'LEASE') => ({ pk: `LEASE#${engineId}`, sk });

  /** @returns false when the lease is no longer the one with this token */
  const change = (engineId: string, token: number, update: string, values: Item = {}) =>
    changeItem(table, keyOf(engineId), update, {
      condition: '#token = :token AND attribute_exists(#holder)',
      values: { token, ...values },
    });

  /** @returns the token; undefined while another worker holds the Engine */
  const take = async (engineId: string, holder: string, now: number): Promise<number | undefined> => {
    const update = 'SET #holder = :holder, #until = :until, #since = :now ADD #token :one';
    const taken = await updateItem(table, keyOf(engineId), update, {
      condition: 'attribute_not_exists(#holder) OR #until <= :now',
      values: { holder, until: now + seconds * 1000, now, one: 1 },
    });
    return taken?.token as number | undefined;
  };

  /** The places that still count, in order of arrival. */
  const queueOf = async (engineId: string, now: number): Promise<Place[]> => {
    const places = (await listItems(table, keyOf(engineId).pk, PLACE)) as unknown as Place[];
    return places.filter(({ dueAt }) => dueAt + LATE_MS > now);
  };

  /** Keeps a place until `dueAt`; 0 gives it up. */
  const keepPlace = async (engineId: string, sk: string, holder: string, dueAt: number): Promise<void> => {
    const expiresAt = Math.ceil(Math.max(dueAt + LATE_MS, clock.now().getTime()) / 1000);
    await updateItem(table, keyOf(engineId, sk), 'SET #holder = :holder, #dueAt = :dueAt, #expiresAt = :expiresAt', {
      values: { holder, dueAt, expiresAt },
    });
  };

  return {
    async acquire(engineId, holder, turn) {
      const now = clock.now().getTime();
      const queue = turn ? await queueOf(engineId, now) : [];
      const place = queue.findIndex((each) => each.holder === holder);
      const ahead = place >= 0 ? place : queue.length;
      const token = ahead === 0 ? await take(engineId, holder, now) : undefined;
      if (token !== undefined) {
        if (place === 0) await keepPlace(engineId, queue[0]!.sk, holder, 0);
        return { token, seconds };
      }
      if (!turn) return { waitSeconds: 1 };
      const lease = (await getItem(table, keyOf(engineId))) as LeaseItem | undefined;
      const isHeld = lease?.holder !== undefined && lease.until! > now;
      const waitSeconds = waitSecondsOf(
        {
          ahead,
          held: isHeld ? Math.round((now - lease.since!) / 1000) : undefined,
          lastTurn: lease?.turn === undefined ? undefined : Math.min(MAX_TURN_SECONDS, Math.ceil(lease.turn / 1000)),
          firstDue: ahead > 0 ? Math.max(0, (queue[0]!.dueAt - now) / 1000) : 0,
        },
        turn.atLeast,
      );
      const sk = queue[place]?.sk ?? `${PLACE}${new Date(now).toISOString()}#${holder}`;
      await keepPlace(engineId, sk, holder, now + waitSeconds * 1000);
      return { waitSeconds };
    },
    async leave(engineId, holder) {
      for (const place of await queueOf(engineId, clock.now().getTime()))
        if (place.holder === holder) await keepPlace(engineId, place.sk, holder, 0);
    },
    renew: (engineId, token) =>
      change(engineId, token, 'SET #until = :until', { until: clock.now().getTime() + seconds * 1000 }),
    async release(engineId, token, isTurn = false) {
      const removal = 'REMOVE #holder, #until';
      const now = clock.now().getTime();
      if (isTurn) await change(engineId, token, `SET #turn = :now - #since ${removal}`, { now });
      else await change(engineId, token, removal);
    },
  };
}

/** The item of a lease. Milliseconds. */
interface LeaseItem {
  readonly holder?: string;
  readonly until?: number;
  readonly since?: number;
  /** How long the last turn took. */
  readonly turn?: number;
}
