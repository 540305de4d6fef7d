import { mkdir } from 'node:fs/promises';
import type { Server } from 'node:http';
import { createRequire } from 'node:module';
import {
  CreateTableCommand,
  DynamoDBClient,
  ResourceInUseException,
  waitUntilTableExists,
} from '@aws-sdk/client-dynamodb';
import { type LoopbackServer, serveOnLoopback } from './loopback.ts';
import { FAKE_CREDENTIALS, REGION } from './names.ts';

interface DynaliteOptions {
  readonly path: string;
  readonly createTableMs: number;
}
const dynalite = createRequire(import.meta.url)('dynalite') as (options: DynaliteOptions) => Server;

/**
 * DynamoDB with tables of string keys `pk` and `sk`, kept in a folder.
 * @param folder of the LevelDB store; one process at a time
 */
export async function startTables(folder: string, tables: readonly string[]): Promise<LoopbackServer> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const server = await serveOnLoopback(dynalite({ path: folder, createTableMs: 0 }));
  const client = new DynamoDBClient({ endpoint: server.url, region: REGION, credentials: FAKE_CREDENTIALS });
  await Promise.all(tables.map((table) => createTable(client, table)));
  client.destroy();
  return server;
}

async function createTable(client: DynamoDBClient, table: string): Promise<void> {
  const attributes = ['pk', 'sk'].map((AttributeName) => ({ AttributeName, AttributeType: 'S' as const }));
  const keys = [
    { AttributeName: 'pk', KeyType: 'HASH' as const },
    { AttributeName: 'sk', KeyType: 'RANGE' as const },
  ];
  try {
    await client.send(
      new CreateTableCommand({
        TableName: table,
        AttributeDefinitions: attributes,
        KeySchema: keys,
        BillingMode: 'PAY_PER_REQUEST',
      }),
    );
    await waitUntilTableExists({ client, maxWaitTime: 10, minDelay: 0.05, maxDelay: 0.2 }, { TableName: table });
  } catch (error) {
    if (!(error instanceof ResourceInUseException)) throw error;
  }
}
