import { readFileSync } from 'node:fs';
import { S3Client } from '@aws-sdk/client-s3';
import { FAKE_CREDENTIALS, REGION } from '../../local/aws/names.ts';
import { s3ArchiveStore } from '../../modules/archive/adapters/s3-archive-store.ts';
import { type ArchiveFile, layOut } from '../../modules/archive/layout.ts';
import { uploadPartsOf } from '../../modules/archive/upload-parts.ts';
import { measured } from '../measured.ts';

/** The merge with the SDK, on the S3 of this machine: HTTP without TLS, so that every body is hashed for its signature. */
const [endpoint = '', bucket = '', indexFile = ''] = process.argv.slice(2);
const s3 = new S3Client({ endpoint, region: REGION, credentials: FAKE_CREDENTIALS });
let requests = 0;
s3.middlewareStack.add(
  (next) => (args) => {
    requests += 1;
    return next(args);
  },
  { step: 'initialize' },
);

await measured(async () => {
  const index = JSON.parse(readFileSync(indexFile, 'utf8')) as (ArchiveFile & { head: string })[];
  const { segments, byteLength, crc32 } = layOut(
    index.map((file) => ({ ...file, head: Buffer.from(file.head) })),
    1_700_000_000,
  );
  const archives = s3ArchiveStore(s3, bucket);
  await archives.stitch(
    'archives/r1/1/gdpr-data.tar.gz',
    { parts: uploadPartsOf(segments), byteLength, crc32 },
    async () => {},
  );
  const made = requests;
  await archives.delete('archives/r1/1/gdpr-data.tar.gz');
  return { archiveBytes: byteLength, requests: made };
});
s3.destroy();
