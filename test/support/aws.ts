import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { KMSClient } from '@aws-sdk/client-kms';
import { startKeysAndSecrets } from '../../local/aws/keys-and-secrets.ts';
import { FAKE_CREDENTIALS, REGION } from '../../local/aws/names.ts';
import { startTables } from '../../local/aws/tables.ts';
import { INDEXES, TABLES } from '../../local/environment.ts';

/** Tables and keys of one machine with the SDK clients that speak to them. */
export interface LocalAws {
  readonly dynamo: DynamoDBClient;
  /** Where the tables are. */
  readonly tablesUrl: string;
  readonly kms: KMSClient;
  stop(): Promise<void>;
}

export async function startLocalAws(): Promise<LocalAws> {
  const folder = await mkdtemp(join(tmpdir(), 'aws-'));
  const tables = await startTables(undefined, Object.values(TABLES), { indexes: INDEXES });
  const keys = await startKeysAndSecrets(join(folder, 'seal.key'), new Map());
  const access = { region: REGION, credentials: FAKE_CREDENTIALS };
  const dynamo = new DynamoDBClient({ ...access, endpoint: tables.url });
  const kms = new KMSClient({ ...access, endpoint: keys.url });
  return {
    dynamo,
    tablesUrl: tables.url,
    kms,
    async stop() {
      dynamo.destroy();
      kms.destroy();
      await Promise.all([tables.stop(), keys.stop()]);
      await rm(folder, { recursive: true });
    },
  };
}
