import { buffer } from 'node:stream/consumers';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type S3Client,
  S3ServiceException,
} from '@aws-sdk/client-s3';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { s3ArchiveStore } from '../../../../modules/archive/adapters/s3-archive-store.ts';
import { abortUploads } from '../../../../modules/archive/adapters/s3-part-source.ts';
import { s3PartStore } from '../../../../modules/archive/adapters/s3-part-store.ts';
import { PartDamagedError } from '../../../../modules/archive/errors.ts';
import type { ArchiveFragment } from '../../../../modules/archive/layout.ts';
import type { ArchiveUpload } from '../../../../modules/archive/ports.ts';
import { StorageUnavailableError } from '../../../../modules/common/errors.ts';
import { RequestCancelledError } from '../../../../modules/requests/errors.ts';
import { untarBytes } from '../../../support/archive.ts';
import { openStore, type TestStore } from '../../../support/objects.ts';
import { contentsOf, incompressible, type Source, storeParts, uploadOf } from '../../../support/stored-parts.ts';

const DEEP = process.env.GDPR_TEST_DEEP === '1';
const MIB = 1024 * 1024;
const KEY = 'archives/r1/1/gdpr-data.tar.gz';
/** One Engine with a long table and a short one, one with short ones: a part is fetched, one copied, one fetched. */
const SOURCES: readonly Source[] = [
  [
    { file: 'engines/long.csv', raw: incompressible(5.5 * MIB) },
    { file: 'engines/long.csv', raw: incompressible(5 * MIB) },
    { file: 'engines/short.csv', raw: Buffer.from('1\r\n') },
  ],
  [{ file: 'engines/short.csv', raw: Buffer.from('2\r\n') }],
];
const goOn = async () => {};

describe('s3ArchiveStore', () => {
  let store: TestStore;
  let fragments: ArchiveFragment[];
  let upload: ArchiveUpload;
  const bytesOf = async (Key = KEY): Promise<Buffer> => {
    const { Body } = await store.s3.send(new GetObjectCommand({ Bucket: store.bucket, Key }));
    return Buffer.from(await Body!.transformToByteArray());
  };
  const remove = (Key: string) => store.s3.send(new DeleteObjectCommand({ Bucket: store.bucket, Key }));
  const archivesOf = (s3: S3Client) => s3ArchiveStore(s3, store.bucket);
  const expectWhole = async (sources: readonly Source[] = SOURCES) => {
    const files = await untarBytes(await bytesOf());
    const expected = contentsOf(sources);
    expect(Object.keys(files)).toEqual(Object.keys(expected));
    for (const [file, bytes] of Object.entries(expected)) expect(files[file]!.equals(bytes), file).toBe(true);
    expect(await store.uploads()).toEqual([]);
    expect((await store.keys()).filter((key) => key.startsWith('archives/'))).toEqual([KEY]);
  };
  const expectNothing = async () => {
    expect((await store.keys()).filter((key) => key.startsWith('archives/'))).toEqual([]);
    expect(await store.uploads()).toEqual([]);
  };
  const stitch = (s3: S3Client = store.s3, what = upload) => archivesOf(s3).stitch(KEY, what, goOn);

  /** Keys of all objects with what is in each. */
  const objects = async (): Promise<string[]> => {
    const { Contents = [] } = await store.s3.send(new ListObjectsV2Command({ Bucket: store.bucket }));
    return Contents.map(({ Key, ETag }) => `${Key} ${ETag}`).sort();
  };
  let stored: readonly string[] = [];

  beforeAll(async () => {
    store = await openStore();
  });
  afterAll(() => store.stop());
  /** Parts that no test has changed stay: to store them takes longer than most tests. */
  beforeEach(async () => {
    const found = await objects();
    if (found.length === 0 || found.join() !== stored.join()) {
      for (const key of await store.keys()) await remove(key);
      fragments = await storeParts(s3PartStore(store.s3, store.bucket), SOURCES);
      stored = await objects();
    }
    upload = uploadOf(fragments);
  });
  afterEach(async () => {
    const known = new Set(stored.map((object) => object.split(' ')[0]));
    for (const key of await store.keys()) if (!known.has(key)) await remove(key);
  });

  it('stitches the archive from copied and fetched parts (R22)', async () => {
    await stitch();

    expect(upload.parts.map(({ kind }) => kind)).toEqual(['materialise', 'copy', 'materialise']);
    await expectWhole();
    const { ContentType, ContentDisposition, ContentEncoding } = await store.s3.send(
      new GetObjectCommand({ Bucket: store.bucket, Key: KEY, Range: 'bytes=0-0' }),
    );
    expect({ ContentType, ContentDisposition, ContentEncoding }).toEqual({
      ContentType: 'application/gzip',
      ContentDisposition: 'attachment; filename="gdpr-data.tar.gz"',
      ContentEncoding: undefined,
    });
  });

  it('puts a small archive at once, a Part of 0 bytes and file names that differ by case alone included', async () => {
    const small: Source[] = [
      [
        { file: 'engines/a.csv', raw: Buffer.from('1\r\n') },
        { file: 'engines/A.csv', raw: Buffer.from('2\r\n') },
      ],
      [],
      [{ file: 'engines/a.csv', raw: Buffer.alloc(0) }],
    ];
    upload = uploadOf(await storeParts(s3PartStore(store.s3, store.bucket), small));

    await stitch();

    await expectWhole(small);
  });

  it('serves 200 Engines with tiny Parts, one read for each Engine', async () => {
    const tables = ['connections', 'executions', 'devices'];
    const many = Array.from({ length: 200 }, (_, i) =>
      tables.map((table) => ({ file: `engines/${table}.csv`, raw: Buffer.from(`engine-${i},${table}\r\n`) })),
    );
    upload = uploadOf(await storeParts(s3PartStore(store.s3, store.bucket), many));
    const s3 = store.connect();
    const calls = watch(s3);

    await stitch(s3);

    await expectWhole(many);
    expect(calls).toEqual([...Array(200).fill('GetObjectCommand'), 'PutObjectCommand', 'ListMultipartUploadsCommand']);
  });

  it('joins more parts than it has buffers for, each whole (R22)', { timeout: 60_000 }, async () => {
    const short = Array.from({ length: 60 }, () =>
      ['a', 'b'].map((file) => ({ file: `engines/${file}.csv`, raw: incompressible(0.3 * MIB) })),
    );
    upload = uploadOf(await storeParts(s3PartStore(store.s3, store.bucket), short));
    expect(upload.parts.map(({ kind }) => kind)).toEqual(Array(upload.parts.length).fill('materialise'));
    expect(upload.parts.length).toBeGreaterThan(6);

    await stitch();

    await expectWhole(short);
  });

  it.each(['copied', 'fetched'] as const)(
    'refuses a %s fragment that was changed, or is gone, and leaves nothing (decision 7)',
    async (way) => {
      const { partKey } = way === 'copied' ? fragments[0]! : fragments.at(-1)!;
      const named = `Part ${partKey} is damaged`; // found by the read or the copy itself, before the whole is checked
      const changed = await bytesOf(partKey);
      changed[Math.floor(changed.length / 2)]! ^= 1;

      await store.s3.send(new PutObjectCommand({ Bucket: store.bucket, Key: partKey, Body: changed }));
      await expect(stitch()).rejects.toThrow(named);
      await expectNothing();

      await remove(partKey);
      await expect(stitch()).rejects.toThrow(named);
      await expectNothing();
    },
  );

  it('copies the bytes that were committed alone, though the Part changes at the last moment (decision 7)', async () => {
    const { partKey } = fragments[0]!;
    const changed = await bytesOf(partKey);
    changed[changed.length >> 1]! ^= 1;
    const late = store.connect();
    beforeCopies(late, 2, async () => {
      await store.s3.send(new PutObjectCommand({ Bucket: store.bucket, Key: partKey, Body: changed }));
    });
    await expect(stitch(late)).rejects.toThrow(`Part ${partKey} is damaged`);
    await expectNothing();
  });

  it('refuses an archive that is not what was planned, though every part came through', async () => {
    await expect(stitch(store.s3, { ...upload, crc32: (upload.crc32 ^ 1) >>> 0 })).rejects.toThrow(PartDamagedError);
    await expectNothing();
  });

  it('is right after it was killed before or after any call and began again', { timeout: 120_000 }, async () => {
    const dry = store.connect();
    const calls = watch(dry);
    await stitch(dry);
    await remove(KEY);
    for (const moment of ['before', 'after'] as const) {
      for (let call = 1; call <= calls.length; call++) {
        if (!DEEP && call % 4 !== (moment === 'before' ? 1 : 3)) continue; // every second call, before and after in turn
        const dying = store.connect();
        killAt(dying, call, moment);
        await expect(stitch(dying), `${moment} call ${call}`).rejects.toThrow();

        await stitch();

        await expectWhole();
        await remove(KEY);
        dying.destroy();
      }
    }
  });

  it('leaves nothing when it was killed and its Request then ends (R7)', async () => {
    const dying = store.connect();
    killAt(dying, 5, 'after');
    await expect(stitch(dying)).rejects.toThrow();
    expect(await store.uploads()).toEqual([KEY]);

    await archivesOf(store.s3).delete(KEY);

    await expectNothing();
  });

  it('fails clearly when the store keeps asking to slow down, and the next try continues when it stops', {
    timeout: 60_000,
  }, async () => {
    const slow = store.connect();
    slowDown(slow, 2);
    await stitch(slow);
    await expectWhole();
    await remove(KEY);

    slowDown(slow, 1000);
    await expect(stitch(slow)).rejects.toThrow(StorageUnavailableError);
    await stitch();
    await expectWhole();
  });

  it('reads a piece again whose body breaks off, three times at most', async () => {
    const torn = store.connect();
    tearBodies(torn, 2);
    await stitch(torn);
    await expectWhole();
    await remove(KEY);

    tearBodies(torn, 3);
    await expect(stitch(torn)).rejects.toThrow(StorageUnavailableError);
    await stitch();
    await expectWhole();
  });

  it('refuses a piece that ends early without a word', async () => {
    const short = store.connect();
    tearBodies(short, 1, 'end');
    await expect(stitch(short)).rejects.toThrow(`Part ${fragments[0]!.partKey} is damaged`);
    await expectNothing();
  });

  it('makes one archive of two merges at once', async () => {
    await Promise.all([stitch(store.connect()), stitch(store.connect()), stitch(store.connect())]);
    await expectWhole();
  });

  it('takes the place of another archive of the same attempt with its next try', async () => {
    await stitch(store.s3, uploadOf(fragments.slice(1)));

    await expect(stitch()).rejects.toThrow(StorageUnavailableError);
    await stitch();

    await expectWhole();
  });

  it('stops between parts when asked to (R7)', async () => {
    let asked = 0;
    const mayGoOn = async () => {
      asked += 1;
      if (asked === 2) throw new RequestCancelledError('r1');
    };
    await expect(archivesOf(store.s3).stitch(KEY, upload, mayGoOn)).rejects.toThrow(RequestCancelledError);
    await expectNothing();

    const deadline = AbortSignal.abort(new StorageUnavailableError());
    await expect(archivesOf(store.s3).stitch(KEY, upload, goOn, deadline)).rejects.toThrow(StorageUnavailableError);
    await expectNothing();
  });

  it('continues where its time ran out, in as many calls as it takes, and sends no part twice (decision 7)', async () => {
    const s3 = store.connect();
    const calls = watch(s3);
    const oneMore = () => {
      let started = 0;
      return () => started++ < 1;
    };
    const ended: boolean[] = [];
    while (ended.at(-1) !== true) {
      ended.push(await archivesOf(s3).stitch(KEY, upload, goOn, undefined, ended.length < 3 ? oneMore() : () => true));
    }

    expect(ended).toEqual([false, false, false, true]);
    const sent = calls.filter((name) => name === 'UploadPartCommand' || name === 'UploadPartCopyCommand');
    expect(sent).toHaveLength(upload.parts.length);
    expect(calls.filter((name) => name === 'CreateMultipartUploadCommand')).toHaveLength(1);
    await expectWhole();
  });

  it('fails when there is no time for a single part: another call would not get further either', async () => {
    await expect(archivesOf(store.s3).stitch(KEY, upload, goOn, undefined, () => false)).rejects.toThrow(
      StorageUnavailableError,
    );
    await archivesOf(store.s3).delete(KEY);
    await expectNothing();
  });

  it('does not continue the upload of another archive', async () => {
    const other = uploadOf(await storeParts(s3PartStore(store.s3, store.bucket), SOURCES));
    const dying = store.connect();
    killAt(dying, 5, 'after');
    await expect(stitch(dying, { ...other, crc32: (other.crc32 ^ 1) >>> 0 })).rejects.toThrow();
    expect(await store.uploads()).toEqual([KEY]);

    await stitch();

    await expectWhole();
  });

  it('begins anew when its upload has ended meanwhile', async () => {
    const dying = store.connect();
    killAt(dying, 6, 'after');
    await expect(stitch(dying)).rejects.toThrow();
    await abortUploads(store.s3, store.bucket, KEY);

    await expect(stitch()).rejects.toThrow(StorageUnavailableError);
    await stitch();

    await expectWhole();
  });
});

describe('s3PartStore', () => {
  it('commits an index once: a repeat of the same counts, another one does not (decision 7)', async () => {
    const store = await openStore();
    const parts = s3PartStore(store.s3, store.bucket);
    const index = {
      sourceId: 'e1',
      sourceName: 'e1',
      seq: 0,
      fragments: [],
      partETag: 'a',
      missing: [],
      subjects: 1,
      next: null,
    };

    expect(await parts.putIndex('r1', 1, index)).toBe(true);
    expect(await parts.putIndex('r1', 1, index)).toBe(true);
    expect(await parts.putIndex('r1', 1, { ...index, partETag: 'b' })).toBe(false);

    expect(await parts.listIndexes('r1', 1)).toEqual([index]);
    await store.stop();
  });
});

/** Names of the commands that a client sends. */
function watch(s3: S3Client): string[] {
  const sent: string[] = [];
  s3.middlewareStack.add(
    (next, context) => (args) => {
      sent.push(String(context.commandName));
      return next(args);
    },
    { step: 'initialize' },
  );
  return sent;
}

/** Lets the client die at its n-th call: that one and all later ones fail, clean-up too. */
function killAt(s3: S3Client, call: number, moment: 'before' | 'after'): void {
  let sent = 0;
  s3.middlewareStack.add(
    (next) => async (args) => {
      sent += 1;
      if (sent > call || (sent === call && moment === 'before')) throw new Error('killed');
      const answer = await next(args);
      if (sent >= call) throw new Error('killed');
      return answer;
    },
    { step: 'initialize' },
  );
}

/** Does something once a number of joined parts are there and a copy is about to be requested. */
function beforeCopies(s3: S3Client, joined: number, doThis: () => Promise<void>): void {
  let there = 0;
  const allJoined = Promise.withResolvers<void>();
  s3.middlewareStack.add(
    (next, { commandName }) =>
      async (args) => {
        if (commandName === 'UploadPartCopyCommand') await allJoined.promise.then(doThis);
        const answer = await next(args);
        if (commandName === 'UploadPartCommand' && ++there === joined) allJoined.resolve();
        return answer;
      },
    { step: 'initialize' },
  );
}

/** Every request meets `times` answers of 503 first. The client tries again as it always does, without its pauses. */
function slowDown(s3: S3Client, times: number): void {
  const answered = new WeakMap<object, number>();
  s3.config.maxAttempts = async () => 3;
  const usual = s3.config.retryStrategy;
  s3.config.retryStrategy = async () => withoutPauses((await usual()) as Retries) as Awaited<ReturnType<typeof usual>>;
  s3.middlewareStack.add(
    (next) => async (args) => {
      const before = answered.get(args.input) ?? 0;
      answered.set(args.input, before + 1);
      if (before >= times) return next(args);
      const answer = { name: 'SlowDown', $fault: 'server', $metadata: { httpStatusCode: 503 } } as const;
      throw new S3ServiceException({ ...answer, message: 'Please reduce your request rate.' });
    },
    { step: 'finalizeRequest', priority: 'low' },
  );
}

/** What the SDK asks before it tries again. */
interface Retries {
  refreshRetryTokenForRetry(...args: unknown[]): Promise<{ getRetryDelay(): number }>;
}

function withoutPauses(strategy: Retries): Retries {
  const refresh = strategy.refreshRetryTokenForRetry.bind(strategy);
  const atOnce = async (...args: unknown[]) => Object.assign(await refresh(...args), { getRetryDelay: () => 0 });
  return Object.assign(strategy, { refreshRetryTokenForRetry: atOnce });
}

/** The first `times` bodies of each piece stop in the middle: their connection breaks, or they end. */
function tearBodies(s3: S3Client, times: number, how: 'break' | 'end' = 'break'): void {
  const torn = new Map<string, number>();
  s3.middlewareStack.add(
    (next) => async (args) => {
      const answer = await next(args);
      const output = answer.output as { Body?: AsyncIterable<Buffer> };
      const piece = JSON.stringify(args.input);
      const before = torn.get(piece) ?? 0;
      torn.set(piece, before + 1);
      if (output.Body && before < times) output.Body = half(output.Body, how);
      return answer;
    },
    { step: 'deserialize', priority: 'high', name: 'tear', override: true },
  );
}

async function* half(body: AsyncIterable<Buffer>, how: 'break' | 'end'): AsyncGenerator<Buffer> {
  const whole = await buffer(body);
  yield whole.subarray(0, whole.length >> 1);
  if (how === 'break') throw Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' });
}
