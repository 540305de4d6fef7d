import type { Server } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type AttributeValue,
  DeleteItemCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
} from '@aws-sdk/client-dynamodb';
import { FAKE_CREDENTIALS, REGION } from '../names.ts';
import { standBetween } from '../stand-between.ts';

type Key = Readonly<Record<'pk' | 'sk', AttributeValue>>;
interface Write {
  readonly TableName?: string;
  readonly Key?: Key;
  readonly Item?: Key;
}
interface Input extends Write {
  readonly IndexName?: string;
  readonly RequestItems?: Readonly<Record<string, readonly Readonly<Record<string, Write>>[]>>;
}

/** Where the indexes of a table are read from. */
export const shadowOf = (table: string): string => `${table}.indexes`;

/**
 * Lets the indexes of tables lag: queries of an index read a second table, to which each write comes later, as DynamoDB updates a
 * global secondary index. Between the two a query shows the item as it was, or not at all.
 */
export class LaggingIndexes {
  readonly #tables: ReadonlySet<string>;
  readonly #lagMs: number;
  #client: DynamoDBClient | undefined;
  readonly #stopped = new AbortController();
  /** By key: what is on its way, in order. */
  readonly #onTheirWay = new Map<string, Promise<void>>();
  #hurry = new AbortController();

  /** @param tables those that have indexes; each needs a shadow with the same ones */
  constructor(tables: readonly string[], lagMs: number) {
    this.#tables = new Set(tables);
    this.#lagMs = lagMs;
  }

  breakInto(server: Server): void {
    standBetween(server, (request, body, response, pass) => {
      const [, action] = String(request.headers['x-amz-target']).split('.');
      const input = JSON.parse(body.toString() || '{}') as Input;
      const isOfIndex = input.IndexName !== undefined && this.#tables.has(input.TableName ?? '');
      if (isOfIndex)
        return pass({ body: Buffer.from(JSON.stringify({ ...input, TableName: shadowOf(input.TableName!) })) });
      const writes = action === 'GetItem' || action === 'Query' ? [] : writesIn(input);
      response.once('close', () => {
        for (const [table, key] of writes) if (this.#tables.has(table)) this.#follow(table, key);
      });
      pass();
    });
  }

  /** @param url of the server, once it listens */
  open(url: string): void {
    this.#client = new DynamoDBClient({ endpoint: url, region: REGION, credentials: FAKE_CREDENTIALS });
  }

  /** Shows what was written so far without further waiting. */
  async catchUp(): Promise<void> {
    this.#hurry.abort();
    this.#hurry = new AbortController();
    await Promise.all(this.#onTheirWay.values());
  }

  stop(): void {
    this.#stopped.abort();
    this.#client?.destroy();
  }

  #follow(table: string, key: Key): void {
    const name = `${table} ${JSON.stringify(key)}`;
    const signal = AbortSignal.any([this.#hurry.signal, this.#stopped.signal]);
    const due = sleep(this.#lagMs, undefined, { signal, ref: false }).catch(() => {});
    const before = this.#onTheirWay.get(name);
    const copied = Promise.all([due, before]).then(() => this.#copy(table, key));
    const ended = copied
      .catch(() => {}) // the system is stopping
      .finally(() => {
        if (this.#onTheirWay.get(name) === ended) this.#onTheirWay.delete(name);
      });
    this.#onTheirWay.set(name, ended);
  }

  async #copy(table: string, Key: Key): Promise<void> {
    if (this.#stopped.signal.aborted) return;
    const { Item } = await this.#client!.send(new GetItemCommand({ TableName: table, Key, ConsistentRead: true }));
    const TableName = shadowOf(table);
    if (Item) await this.#client!.send(new PutItemCommand({ TableName, Item }));
    else await this.#client!.send(new DeleteItemCommand({ TableName, Key }));
  }
}

/** Table and key of each item that a call may change. */
function writesIn({ RequestItems = {}, ...input }: Input): [string, Key][] {
  const batched = Object.entries(RequestItems).flatMap(([TableName, requests]) =>
    requests.flatMap((request) => Object.values(request).map((write) => ({ ...write, TableName }))),
  );
  return [input, ...batched].flatMap(({ TableName, Key, Item }) => {
    const of = Key ?? Item;
    return TableName !== undefined && of ? [[TableName, { pk: of.pk, sk: of.sk }] as [string, Key]] : [];
  });
}
