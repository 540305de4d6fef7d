/**
 * What the project asks of an S3 store. `npm test` runs it against the store of one machine, `npm run test:deep` also against
 * radosgw (run-radosgw.sh). Any other store: GDPR_S3_URL=... GDPR_S3_KEY=... vitest run test/conformance
 * Where a store lacks something, `LACKS` says so, and the test then shows that it does: a newer one is noticed.
 */
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  UploadPartCommand,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { s3ArchiveStore, s3LinkSigner } from '../../modules/archive/adapters/s3-archive-store.ts';
import { s3PartStore } from '../../modules/archive/adapters/s3-part-store.ts';
import { PartDamagedError } from '../../modules/archive/errors.ts';
import { untarBytes } from '../support/archive.ts';
import { INTRANET, openStore, type TestStore } from '../support/objects.ts';
import { contentsOf, incompressible, type Source, storeParts, uploadOf } from '../support/stored-parts.ts';

/** radosgw 16 completes over an object that is there, copies parts whatever the ETag, and checks no whole. */
const LACKS = process.env.GDPR_S3_URL !== undefined;

const MIB = 1024 * 1024;
const KEY = 'archives/r1/1/gdpr-data.tar.gz';
const BYTES = incompressible(11 * 1000 * 1000);

describe('an S3 store', () => {
  let store: TestStore;
  const send = <T>(work: (s3: TestStore['s3']) => Promise<T>) => work(store.s3);
  const put = (Key: string, Body: Buffer, more: { IfNoneMatch?: string } = {}) =>
    send((s3) => s3.send(new PutObjectCommand({ Bucket: store.bucket, Key, Body, ...more })));
  const get = async (Key: string, Range?: string) => {
    const { Body } = await send((s3) =>
      s3.send(new GetObjectCommand({ Bucket: store.bucket, Key, ...(Range && { Range }) })),
    );
    return Buffer.from(await Body!.transformToByteArray());
  };
  const link = (Key = KEY, seconds = 300, signedAt = new Date()) =>
    s3LinkSigner(store.s3, { bucket: store.bucket, seconds, clock: { now: () => signedAt } }).sign(
      Key,
      'gdpr-data.tar.gz',
    );
  const create = async (Key: string) => {
    const { UploadId } = await send((s3) => s3.send(new CreateMultipartUploadCommand({ Bucket: store.bucket, Key })));
    return { Bucket: store.bucket, Key, UploadId: UploadId! };
  };
  /** An upload of one part, ready to be completed. */
  const uploaded = async (Key: string, Body: Buffer) => {
    const upload = await create(Key);
    const { ETag } = await send((s3) => s3.send(new UploadPartCommand({ ...upload, PartNumber: 1, Body })));
    return { ...upload, MultipartUpload: { Parts: [{ ETag, PartNumber: 1 }] } };
  };

  beforeAll(async () => {
    store = await openStore();
    await put(KEY, BYTES);
  });
  afterAll(() => store.stop());

  describe('links (decision 22, R8)', () => {
    it('serves the archive under its name, and a browser keeps no copy', async () => {
      const { url } = await link();
      const response = await fetch(url);
      expect(response.status).toBe(200);
      expect(response.headers.get('content-disposition')).toBe('attachment; filename="gdpr-data.tar.gz"');
      expect(response.headers.get('cache-control')).toBe('no-store');
      expect(response.headers.get('content-encoding')).toBeNull();
      expect(Buffer.from(await response.arrayBuffer()).equals(BYTES)).toBe(true);
    });

    it('serves a range, so that a broken download goes on', async () => {
      const { url } = await link();
      const response = await fetch(url, { headers: { range: 'bytes=10000000-' } });
      expect(response.status).toBe(206);
      expect(response.headers.get('content-range')).toBe(`bytes 10000000-${BYTES.length - 1}/${BYTES.length}`);
      expect(Buffer.from(await response.arrayBuffer()).equals(BYTES.subarray(10_000_000))).toBe(true);
    });

    it('refuses a link that has expired', async () => {
      const { url } = await link(KEY, 60, new Date(Date.now() - 61_000));
      expect((await fetch(url)).status).toBe(403);
    });

    it.each([
      ['another key', (url: string) => url.replace('/r1/', '/r2/')],
      ['a longer life', (url: string) => url.replace('X-Amz-Expires=300', 'X-Amz-Expires=900')],
      ['another name', (url: string) => url.replace('gdpr-data', 'evil')],
      [
        'another signature',
        (url: string) => url.replace(/(X-Amz-Signature=)(.)/, (_, name, c) => name + (c === '0' ? '1' : '0')),
      ],
      ['no signature', (url: string) => url.replace(/\?.*/, '')],
    ])('refuses a link that was changed: %s', async (_what, change) => {
      const { url } = await link();
      expect(change(url)).not.toBe(url);
      expect((await fetch(change(url))).status).toBe(403);
    });

    it('is for reading alone', async () => {
      const { url } = await link();
      expect((await fetch(url, { method: 'PUT', body: 'x' })).status).toBe(403);
      expect((await fetch(url, { method: 'DELETE' })).status).toBe(403);
      expect((await get(KEY, 'bytes=0-9')).equals(BYTES.subarray(0, 10))).toBe(true);
    });
  });

  it('refuses requests that are signed with another key', async () => {
    const stranger = store.connect();
    stranger.config.credentials = async () => ({ accessKeyId: 'STRANGER', secretAccessKey: 'stranger' });
    const asked = stranger.send(new HeadObjectCommand({ Bucket: store.bucket, Key: KEY }));
    await expect(asked).rejects.toMatchObject({ $metadata: { httpStatusCode: 403 } });
    const signed = getSignedUrl(stranger, new GetObjectCommand({ Bucket: store.bucket, Key: KEY }));
    expect((await fetch(await signed)).status).toBe(403);
  });

  it('puts once with If-None-Match (decision 7)', async () => {
    await put('once', Buffer.from('first'), { IfNoneMatch: '*' });
    await expect(put('once', Buffer.from('second'), { IfNoneMatch: '*' })).rejects.toMatchObject({
      name: 'PreconditionFailed',
      $metadata: { httpStatusCode: 412 },
    });
    expect((await get('once')).toString()).toBe('first');
  });

  it('completes an upload once with If-None-Match', async () => {
    await put('whole', Buffer.from('first'));
    const upload = await uploaded('whole', Buffer.from('second'));
    const completed = store.s3.send(new CompleteMultipartUploadCommand({ ...upload, IfNoneMatch: '*' }));
    if (LACKS) {
      await completed;
      return expect((await get('whole')).toString()).toBe('second');
    }
    await expect(completed).rejects.toMatchObject({ name: 'PreconditionFailed', $metadata: { httpStatusCode: 412 } });
    expect((await get('whole')).toString()).toBe('first');
    await store.s3.send(new AbortMultipartUploadCommand(upload));
  });

  it('completes only what has the checksum that was foretold', async () => {
    const upload = await uploaded('foretold', Buffer.from('something'));
    const wrong = { ...upload, ChecksumCRC32: 'AAAAAA==', ChecksumType: 'FULL_OBJECT', MpuObjectSize: 9 } as const;
    const completed = store.s3.send(new CompleteMultipartUploadCommand(wrong));
    if (LACKS) {
      await completed;
      return;
    }
    await expect(completed).rejects.toMatchObject({ name: 'BadDigest' });
    await store.s3.send(new AbortMultipartUploadCommand(upload));
  });

  it('copies a range only from the object that was meant', async () => {
    const upload = { ...(await create('copied')), PartNumber: 1, CopySource: `${store.bucket}/${KEY}` };
    const range = { CopySourceRange: `bytes=7-${6 * MIB}` };
    const { ETag } = await store.s3.send(new HeadObjectCommand({ Bucket: store.bucket, Key: KEY }));

    const other = store.s3.send(new UploadPartCopyCommand({ ...upload, ...range, CopySourceIfMatch: '"other"' }));
    if (LACKS) await other;
    else await expect(other).rejects.toMatchObject({ $metadata: { httpStatusCode: 412 } });
    const meant = await store.s3.send(new UploadPartCopyCommand({ ...upload, ...range, CopySourceIfMatch: ETag }));
    expect(meant.CopyPartResult?.ETag).toBeDefined();
    const read = store.s3.send(new GetObjectCommand({ Bucket: store.bucket, Key: KEY, IfMatch: '"other"' }));
    await expect(read).rejects.toMatchObject({ $metadata: { httpStatusCode: 412 } });

    expect(await store.uploads()).toContain('copied');
    await store.s3.send(new AbortMultipartUploadCommand(upload));
    expect(await store.uploads()).not.toContain('copied');
  });

  it('refuses parts that are too short, but for the last', async () => {
    const upload = await create('short');
    const Parts = [];
    for (const PartNumber of [1, 2]) {
      const part = { ...upload, PartNumber, Body: Buffer.alloc(1000, PartNumber) };
      Parts.push({ PartNumber, ETag: (await store.s3.send(new UploadPartCommand(part))).ETag });
    }
    const completed = store.s3.send(new CompleteMultipartUploadCommand({ ...upload, MultipartUpload: { Parts } }));
    await expect(completed).rejects.toMatchObject({ name: 'EntityTooSmall' });
    await store.s3.send(new AbortMultipartUploadCommand(upload));
  });

  it('lets pages of the configured origin read, and no others (CORS)', async () => {
    const { url } = await link();
    const ask = (origin: string) => fetch(url, { headers: { origin, range: 'bytes=0-0' } });
    expect((await ask(INTRANET)).headers.get('access-control-allow-origin')).toBe(INTRANET);
    expect((await ask('https://evil.example')).headers.get('access-control-allow-origin')).toBeNull();
    const preflight = (origin: string) =>
      fetch(url, { method: 'OPTIONS', headers: { origin, 'access-control-request-method': 'GET' } });
    expect((await preflight(INTRANET)).status).toBe(200);
    expect((await preflight('https://evil.example')).status).toBe(403);
  });

  it('stitches an archive, again and at once, and refuses one of a changed Part (R22, decision 7)', async () => {
    const sources: readonly Source[] = [
      [
        { file: 'engines/long.csv', raw: incompressible(9 * MIB) },
        { file: 'engines/long.csv', raw: incompressible(8 * MIB) },
        { file: 'engines/short.csv', raw: Buffer.from('1\r\n') },
      ],
      [{ file: 'engines/short.csv', raw: Buffer.from('2\r\n') }],
    ];
    const fragments = await storeParts(s3PartStore(store.s3, store.bucket), sources);
    const archives = s3ArchiveStore(store.s3, store.bucket);
    const stitch = () => archives.stitch('archives/r9/1/gdpr-data.tar.gz', uploadOf(fragments), async () => {});

    await Promise.all([stitch(), stitch()]);
    await stitch();

    const files = await untarBytes(await get('archives/r9/1/gdpr-data.tar.gz'));
    for (const [file, bytes] of Object.entries(contentsOf(sources))) expect(files[file]!.equals(bytes)).toBe(true);
    expect(await store.uploads()).toEqual([]);
    await archives.delete('archives/r9/1/gdpr-data.tar.gz');
    await put(fragments[LACKS ? 3 : 0]!.partKey, LACKS ? Buffer.from('changed') : BYTES);
    await expect(stitch()).rejects.toThrow(PartDamagedError);
    expect(await store.keys()).not.toContain('archives/r9/1/gdpr-data.tar.gz');
    expect(await store.uploads()).toEqual([]);
  });
});
