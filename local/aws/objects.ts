import { mkdir } from 'node:fs/promises';
import { type BuildAppOptions, buildApp } from 'fauxqs';
import type { CallRecorder } from './call-recorder.ts';
import type { CallGuard } from './limits/call-guard.ts';
import { type LoopbackServer, serveOnLoopback } from './loopback.ts';
import { guardObjects } from './s3-guard.ts';
import type { StoreFaults } from './store-faults.ts';

type Stores = NonNullable<BuildAppOptions['stores']>;

interface ObjectsOptions {
  /** Whose pages may read objects (CORS). */
  readonly origins?: readonly string[];
  readonly faults?: StoreFaults;
  readonly recorder?: CallRecorder | undefined;
  readonly guard?: CallGuard | undefined;
}

/**
 * S3 with one bucket, objects as files.
 * Put together from the library's own pieces: its ready-made server listens on every interface of the machine.
 * @param folder where the objects live
 */
export async function startObjects(
  folder: string,
  bucket: string,
  { origins = [], faults, recorder, guard }: ObjectsOptions = {},
): Promise<LoopbackServer> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const { S3Store, SqsStore, SnsStore, FileS3Persistence } = await pieces();
  const store = new S3Store();
  const files = new FileS3Persistence(folder);
  files.loadS3(store);
  store.persistence = files;
  store.createBucket(bucket);
  const app = buildApp({
    logger: false,
    stores: { s3Store: store, sqsStore: new SqsStore(), snsStore: new SnsStore() },
  });
  guardObjects(app, store, origins);
  await app.ready();
  guard?.guard(app.server);
  faults?.breakInto(app.server);
  recorder?.listenTo(app.server);
  const server = await serveOnLoopback(app.server);
  const stop = async () => {
    await server.stop();
    await app.close();
  };
  return { ...server, stop };
}

interface Pieces {
  readonly S3Store: new () => Stores['s3Store'];
  readonly SqsStore: new () => Stores['sqsStore'];
  readonly SnsStore: new () => Stores['snsStore'];
  readonly FileS3Persistence: new (
    folder: string,
  ) => NonNullable<Stores['s3Store']['persistence']> & { loadS3(store: Stores['s3Store']): void };
}

/** The package names them in types alone, so they are taken from its files; its version is pinned. */
async function pieces(): Promise<Pieces> {
  const root = import.meta.resolve('fauxqs');
  const load = async (file: string): Promise<object> => (await import(new URL(file, root).href)) as object;
  const files = ['s3/s3Store.js', 's3/fileS3Persistence.js', 'sqs/sqsStore.js', 'sns/snsStore.js'];
  return Object.assign({}, ...(await Promise.all(files.map(load)))) as Pieces;
}
