import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LoopbackServer } from '../../../local/aws/loopback.ts';
import { FAKE_CREDENTIALS, REGION } from '../../../local/aws/names.ts';
import { startObjects } from '../../../local/aws/objects.ts';

const MIB = 1024 * 1024;
const Bucket = 'nexthink-gdpr';

describe('startObjects', () => {
  let folder: string;
  let server: LoopbackServer;
  let s3: S3Client;
  const connect = (url: string) => new S3Client({ endpoint: url, region: REGION, credentials: FAKE_CREDENTIALS });
  const bytesOf = async (Key: string, Range?: string) => {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key, ...(Range && { Range }) }));
    return Buffer.from(await Body!.transformToByteArray());
  };
  const upload = async (Key: string, bytes: Buffer) => {
    const { UploadId } = await s3.send(
      new CreateMultipartUploadCommand({
        Bucket,
        Key,
        ContentType: 'application/gzip',
        ContentDisposition: 'attachment; filename="gdpr-data.tar.gz"',
      }),
    );
    const Parts = [];
    for (let PartNumber = 1; (PartNumber - 1) * 8 * MIB < bytes.length; PartNumber += 1) {
      const Body = bytes.subarray((PartNumber - 1) * 8 * MIB, PartNumber * 8 * MIB);
      const { ETag } = await s3.send(new UploadPartCommand({ Bucket, Key, UploadId, PartNumber, Body }));
      Parts.push({ PartNumber, ETag });
    }
    await s3.send(new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload: { Parts } }));
  };
  const big = Buffer.alloc(30 * MIB, 'nothing of anybody, ');

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'objects-'));
    server = await startObjects(folder, Bucket);
    s3 = connect(server.url);
    await upload('archives/r1/1/gdpr-data.tar.gz', big);
  });
  afterAll(async () => {
    await server.stop();
    await rm(folder, { recursive: true });
  });

  it('puts, lists, gets and deletes', async () => {
    await s3.send(new PutObjectCommand({ Bucket, Key: 'settings/settings.json', Body: '{}' }));

    const listed = await s3.send(new ListObjectsV2Command({ Bucket, Prefix: 'settings/' }));
    const read = await bytesOf('settings/settings.json');
    await s3.send(new DeleteObjectCommand({ Bucket, Key: 'settings/settings.json' }));

    expect(listed.Contents?.map(({ Key }) => Key)).toEqual(['settings/settings.json']);
    expect(read.toString()).toBe('{}');
    await expect(bytesOf('settings/settings.json')).rejects.toMatchObject({ name: 'NoSuchKey' });
  });

  it('keeps 30 MB that came in parts of 8 MiB, and reads ranges of it (R22)', async () => {
    const whole = await bytesOf('archives/r1/1/gdpr-data.tar.gz');
    const middle = await bytesOf('archives/r1/1/gdpr-data.tar.gz', `bytes=${9 * MIB}-${9 * MIB + 99}`);

    expect(whole.equals(big)).toBe(true);
    expect(middle.equals(big.subarray(9 * MIB, 9 * MIB + 100))).toBe(true);
  });

  it('serves a presigned link under the name of the archive (R8, R22)', async () => {
    const command = new GetObjectCommand({ Bucket, Key: 'archives/r1/1/gdpr-data.tar.gz' });

    const response = await fetch(await getSignedUrl(s3, command, { expiresIn: 300 }));

    expect(response.status).toBe(200);
    expect(response.headers.get('content-disposition')).toBe('attachment; filename="gdpr-data.tar.gz"');
    expect(response.headers.get('content-type')).toBe('application/gzip');
    expect(response.headers.get('content-encoding')).toBeNull();
    expect((await response.arrayBuffer()).byteLength).toBe(big.length);
  });

  it('keeps objects over a restart', async () => {
    await server.stop();
    server = await startObjects(folder, Bucket);
    s3 = connect(server.url);

    expect((await bytesOf('archives/r1/1/gdpr-data.tar.gz')).equals(big)).toBe(true);
  });
});
