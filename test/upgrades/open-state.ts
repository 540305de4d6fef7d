import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { KMSClient } from '@aws-sdk/client-kms';
import { S3Client } from '@aws-sdk/client-s3';
import { startKeysAndSecrets } from '../../local/aws/keys-and-secrets.ts';
import { FAKE_CREDENTIALS, REGION } from '../../local/aws/names.ts';
import { startObjects } from '../../local/aws/objects.ts';
import { startTables } from '../../local/aws/tables.ts';
import { BUCKET, INDEXES, TABLES } from '../../local/environment.ts';
import type { Simulator } from '../../local/simulator/simulator.ts';
import { s3ArchiveReader, s3ArchiveStore } from '../../modules/archive/adapters/s3-archive-store.ts';
import { s3PartStore } from '../../modules/archive/adapters/s3-part-store.ts';
import type { Clock } from '../../modules/common/ports.ts';
import { dynamoLeases } from '../../modules/engines/adapters/dynamo-leases.ts';
import { engineWebApi } from '../../modules/engines/adapters/engine-web-api.ts';
import { listEnginesApi } from '../../modules/engines/adapters/list-engines-api.ts';
import { s3Headers } from '../../modules/engines/adapters/s3-headers.ts';
import { dynamoAnchors } from '../../modules/proof/adapters/dynamo-anchors.ts';
import { dynamoRequestList } from '../../modules/requests/adapters/dynamo-request-list.ts';
import { dynamoRequests } from '../../modules/requests/adapters/dynamo-requests.ts';
import { kmsVault } from '../../modules/requests/adapters/kms-vault.ts';
import { silentLog } from '../support/fakes.ts';
import { loadTables, unpack } from './stored-state.ts';

/** Where the stand-ins of a system are. */
export interface Endpoints {
  readonly objects: string;
  readonly tables: string;
  readonly keys: string;
}

/** The stores of the present code on what is behind these endpoints. @param clock by which they judge what has expired */
export function storesAt({ objects, tables, keys }: Endpoints, clock: Clock) {
  const access = { region: REGION, credentials: FAKE_CREDENTIALS };
  const dynamo = new DynamoDBClient({ ...access, endpoint: tables });
  const s3 = new S3Client({ ...access, endpoint: objects, forcePathStyle: true });
  const kms = new KMSClient({ ...access, endpoint: keys });
  return {
    dynamo,
    s3,
    kms,
    requests: dynamoRequests(dynamo, TABLES, clock, { id: 'test', role: 'system' }),
    requestList: dynamoRequestList(dynamo, TABLES.requests),
    headers: s3Headers(s3, BUCKET, clock),
    leases: dynamoLeases(dynamo, TABLES.requests, { clock }),
    anchors: dynamoAnchors(dynamo, TABLES.requests),
    vault: kmsVault(kms, dynamo, { table: TABLES.sealed, keyId: 'seal', clock }),
    parts: s3PartStore(s3, BUCKET),
    archives: s3ArchiveStore(s3, BUCKET),
    archiveReader: s3ArchiveReader(s3, BUCKET),
    clock,
    log: silentLog,
    close() {
      for (const client of [dynamo, s3, kms]) client.destroy();
    },
  };
}
export type Stores = ReturnType<typeof storesAt>;

/** What of a recording is not there any more. */
export interface Lost {
  /** Tables. */
  readonly tables?: readonly string[];
  /** The bucket. */
  readonly objects?: true;
  /** Files below `secrets/`; a new key is made in the place of each. */
  readonly keys?: readonly string[];
}

/** Starts the stand-ins on a copy of a recording. @param dataDir an empty folder @param clock of the stores */
export async function openState(folder: string, dataDir: string, clock: Clock, lost: Lost = {}) {
  await unpack(folder, dataDir);
  if (lost.objects) await rm(join(dataDir, 'objects'), { recursive: true });
  for (const file of lost.keys ?? []) await rm(join(dataDir, 'secrets', file));
  const [tables, objects, keys] = await Promise.all([
    startTables(join(dataDir, 'tables'), Object.values(TABLES), { indexes: INDEXES }),
    startObjects(join(dataDir, 'objects'), BUCKET),
    startKeysAndSecrets(join(dataDir, 'secrets/seal.key'), new Map()),
  ]);
  const stores = storesAt({ tables: tables.url, objects: objects.url, keys: keys.url }, clock);
  await loadTables(folder, stores.dynamo, lost.tables);
  return {
    ...stores,
    async stop() {
      stores.close();
      await Promise.all([tables.stop(), objects.stop(), keys.stop()]);
    },
  };
}

/** What speaks to the simulated Engines and the List Engines API, with the limits that a system has by default. */
export function nexthinkOf(simulator: Simulator) {
  const trust = { mode: 'ca', pem: simulator.caPem } as const;
  const outside = { allowLoopback: true, now: () => new Date(), log: silentLog };
  const ports = new Map(simulator.engines.map(({ name, port }) => [name, port]));
  const engineApi = engineWebApi({
    ...outside,
    addressOf: ({ name, address }) => ({ host: address, port: ports.get(name)!, trust, answerBytes: 1e9 }),
    timeoutSeconds: 30,
    idleSeconds: 10,
    marker: { statuses: [403], words: ['licen'] },
    pause: async () => {},
    random: () => 0,
  });
  const portalApi = listEnginesApi({ ...outside, url: simulator.portal.url, trust, auth: { mode: 'basic' } });
  const limits = { daysBack: 400, rowLimit: 10_000, confirmRows: 50, deflateLevel: 6 };
  return { engineApi, portalApi, limits };
}
