import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CreateBucketCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  PutBucketCorsCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { FAKE_CREDENTIALS, REGION } from '../../local/aws/names.ts';
import { startObjects } from '../../local/aws/objects.ts';

/** A store with one empty bucket. */
export interface TestStore {
  readonly url: string;
  readonly bucket: string;
  readonly s3: S3Client;
  /** Another client of the same store. */
  connect(): S3Client;
  /** Keys of all objects, and of all uploads that nobody has ended. */
  keys(): Promise<string[]>;
  uploads(): Promise<string[]>;
  stop(): Promise<void>;
}

/** The origin whose pages may read objects. */
export const INTRANET = 'https://intranet.example';

/** Another store, and its access key, which is its secret, too: test/conformance/run-radosgw.sh sets both. */
const { GDPR_S3_URL, GDPR_S3_KEY = '' } = process.env;

/** The store that `GDPR_S3_URL` names, such as radosgw; without it that of one machine. */
export const openStore = (): Promise<TestStore> => (GDPR_S3_URL ? remoteStore(GDPR_S3_URL) : localStore());

/** The store of one machine, in a folder that goes with it. */
export async function localStore(): Promise<TestStore> {
  const folder = await mkdtemp(join(tmpdir(), 'objects-'));
  const server = await startObjects(folder, 'nexthink-gdpr', { origins: [INTRANET] });
  const connect = () => clientAt(server.url);
  const store = storeOf(server.url, 'nexthink-gdpr', connect);
  const stop = async () => {
    store.s3.destroy();
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  };
  return { ...store, stop };
}

/** A client of a store: of the one that `GDPR_S3_URL` names, with its key. */
export const clientAt = (url: string): S3Client =>
  url === GDPR_S3_URL
    ? new S3Client({
        endpoint: url,
        region: 'us-east-1', // else a bucket is asked for in a region that other stores do not know
        credentials: { accessKeyId: GDPR_S3_KEY, secretAccessKey: GDPR_S3_KEY },
        forcePathStyle: true,
        requestChecksumCalculation: 'WHEN_REQUIRED',
      })
    : new S3Client({ endpoint: url, region: REGION, credentials: FAKE_CREDENTIALS });

/** A store that runs already, in a new bucket. */
async function remoteStore(url: string): Promise<TestStore> {
  const bucket = `gdpr-${randomUUID()}`;
  const connect = () => clientAt(url);
  const store = storeOf(url, bucket, connect);
  await store.s3.send(new CreateBucketCommand({ Bucket: bucket }));
  const rule = { AllowedOrigins: [INTRANET], AllowedMethods: ['GET', 'HEAD'], AllowedHeaders: ['*'] };
  await store.s3.send(new PutBucketCorsCommand({ Bucket: bucket, CORSConfiguration: { CORSRules: [rule] } }));
  return { ...store, stop: async () => store.s3.destroy() };
}

function storeOf(url: string, bucket: string, connect: () => S3Client): Omit<TestStore, 'stop'> {
  const s3 = connect();
  return {
    url,
    bucket,
    s3,
    connect,
    keys: async () => {
      const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: bucket }));
      return Contents.map(({ Key }) => Key!).sort();
    },
    uploads: async () => {
      const { Uploads = [] } = await s3.send(new ListMultipartUploadsCommand({ Bucket: bucket }));
      return Uploads.map(({ Key }) => Key!);
    },
  };
}
