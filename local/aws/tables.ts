import { mkdir } from 'node:fs/promises';
import type { Server } from 'node:http';
import { createRequire } from 'node:module';
import {
  type AttributeValue,
  CreateTableCommand,
  DeleteTableCommand,
  DescribeTableCommand,
  DynamoDBClient,
  PutItemCommand,
  paginateScan,
  ResourceInUseException,
  waitUntilTableExists,
  waitUntilTableNotExists,
} from '@aws-sdk/client-dynamodb';
import type { RequestIndex } from '../../modules/requests/adapters/dynamo-indexes.ts';
import type { CallRecorder } from './call-recorder.ts';
import { takeInserts } from './insert-statements.ts';
import type { CallGuard } from './limits/call-guard.ts';
import { LaggingIndexes, shadowOf } from './limits/lagging-indexes.ts';
import { type LoopbackServer, serveOnLoopback } from './loopback.ts';
import { FAKE_CREDENTIALS, REGION } from './names.ts';
import type { StoreFaults } from './store-faults.ts';

interface DynaliteOptions {
  readonly path?: string;
  readonly createTableMs: number;
}
const require = createRequire(import.meta.url);
const dynalite = require('dynalite') as (options: DynaliteOptions) => Server;

/**
 * The library closes the iterator of a query with `return`, which the store calls `close`. Without it each query left one
 * open, with its memory and the files of the store as they were then.
 */
interface StoreIterator {
  return?: () => Promise<void>;
  close(): Promise<void>;
}
const store = createRequire(require.resolve('dynalite'))('abstract-level') as Record<
  string,
  { prototype: StoreIterator }
>;
for (const kind of ['AbstractKeyIterator', 'AbstractValueIterator']) {
  store[kind]!.prototype.return = function (this: StoreIterator) {
    return this.close();
  };
}

interface TablesOptions {
  /** By table. */
  readonly indexes?: Readonly<Record<string, readonly RequestIndex[]>>;
  readonly faults?: StoreFaults;
  readonly recorder?: CallRecorder | undefined;
  readonly guard?: CallGuard | undefined;
  /** Milliseconds after which an index shows a write. Only tables that are new can lag. */
  readonly indexLagMs?: number | undefined;
}

/**
 * DynamoDB with tables of string keys `pk` and `sk`.
 * @param folder of the LevelDB store, one process at a time; in memory when absent, which takes half the CPU time
 */
export async function startTables(
  folder: string | undefined,
  tables: readonly string[],
  { indexes = {}, faults, recorder, guard, indexLagMs }: TablesOptions = {},
): Promise<LoopbackServer & { readonly indexes?: LaggingIndexes }> {
  if (folder !== undefined) await mkdir(folder, { recursive: true, mode: 0o700 });
  const library = dynalite({ ...(folder !== undefined && { path: folder }), createTableMs: 0 });
  takeInserts(library);
  const lagging = indexLagMs === undefined ? undefined : new LaggingIndexes(Object.keys(indexes), indexLagMs);
  lagging?.breakInto(library);
  guard?.guard(library);
  faults?.breakInto(library);
  recorder?.listenTo(library);
  const server = await serveOnLoopback(library);
  const client = new DynamoDBClient({ endpoint: server.url, region: REGION, credentials: FAKE_CREDENTIALS });
  await Promise.all(tables.map((table) => openTable(client, table, indexes[table] ?? [])));
  if (lagging) {
    for (const [table, of] of Object.entries(indexes)) await openTable(client, shadowOf(table), of);
    lagging.open(server.url);
  }
  client.destroy();
  if (!lagging) return server;
  const stop = async () => {
    lagging.stop();
    await server.stop();
  };
  return { ...server, indexes: lagging, stop };
}

const WAIT = { maxWaitTime: 10, minDelay: 0.05, maxDelay: 0.2 };

/** Makes a table at first use. One of an older version, without the indexes, is made anew with the same items. */
async function openTable(client: DynamoDBClient, table: string, indexes: readonly RequestIndex[]): Promise<void> {
  try {
    return await createTable(client, table, indexes);
  } catch (error) {
    if (!(error instanceof ResourceInUseException)) throw error;
  }
  const { Table } = await client.send(new DescribeTableCommand({ TableName: table }));
  if ((Table?.GlobalSecondaryIndexes?.length ?? 0) === indexes.length) return;
  const items: Record<string, AttributeValue>[] = [];
  for await (const page of paginateScan({ client }, { TableName: table })) items.push(...(page.Items ?? []));
  await client.send(new DeleteTableCommand({ TableName: table }));
  await waitUntilTableNotExists({ client, ...WAIT }, { TableName: table });
  await createTable(client, table, indexes);
  for (const item of items) await client.send(new PutItemCommand({ TableName: table, Item: item }));
}

const keySchema = (partition: string, sort: string) => [
  { AttributeName: partition, KeyType: 'HASH' as const },
  { AttributeName: sort, KeyType: 'RANGE' as const },
];

async function createTable(client: DynamoDBClient, table: string, indexes: readonly RequestIndex[]): Promise<void> {
  const attributes = ['pk', 'sk', ...indexes.flatMap(({ partitionKey, sortKey }) => [partitionKey, sortKey])];
  await client.send(
    new CreateTableCommand({
      TableName: table,
      AttributeDefinitions: [...new Set(attributes)].map((name) => ({ AttributeName: name, AttributeType: 'S' })),
      KeySchema: keySchema('pk', 'sk'),
      BillingMode: 'PAY_PER_REQUEST',
      ...(indexes.length > 0 && {
        GlobalSecondaryIndexes: indexes.map(({ name, partitionKey, sortKey }) => ({
          IndexName: name,
          KeySchema: keySchema(partitionKey, sortKey),
          Projection: { ProjectionType: 'ALL' as const },
        })),
      }),
    }),
  );
  await waitUntilTableExists({ client, ...WAIT }, { TableName: table });
}
