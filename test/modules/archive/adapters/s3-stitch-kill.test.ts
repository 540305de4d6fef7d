import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GetObjectCommand, ListMultipartUploadsCommand, ListPartsCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { s3ArchiveStore } from '../../../../modules/archive/adapters/s3-archive-store.ts';
import { s3PartStore } from '../../../../modules/archive/adapters/s3-part-store.ts';
import type { ArchiveFragment } from '../../../../modules/archive/layout.ts';
import { openStore, type TestStore } from '../../../support/objects.ts';
import { incompressible, type Source, storeParts, uploadOf } from '../../../support/stored-parts.ts';

const CHILD = join(import.meta.dirname, '../../../support/stitch-child.ts');
const MIB = 1024 * 1024;
const KILLS = process.env.GDPR_TEST_DEEP === '1' ? 10 : 6;
const KEY = 'archives/r1/1/gdpr-data.tar.gz';
/** 14 Engines, each with a long table that is copied and one that is fetched and joined. */
const SOURCES: readonly Source[] = Array.from({ length: 14 }, () => [
  { file: 'engines/long.csv', raw: incompressible(5.2 * MIB) },
  { file: 'engines/other.csv', raw: incompressible(3 * MIB) },
]);

let store: TestStore;
let folder: string;
let fragments: ArchiveFragment[];
beforeAll(async () => {
  store = await openStore();
  folder = await mkdtemp(join(tmpdir(), 'stitch-kill-'));
  fragments = await storeParts(s3PartStore(store.s3, store.bucket), SOURCES);
  await writeFile(join(folder, 'fragments.json'), JSON.stringify(fragments));
});
afterAll(async () => {
  await store?.stop();
  await rm(folder, { recursive: true, force: true });
});

/** Runs a merge in a process, and kills it once it has begun this many parts. @returns how many it began */
function merge(killAfter: number): Promise<{ began: number; done: boolean }> {
  const args = [CHILD, store.url, store.bucket, KEY, join(folder, 'fragments.json')];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let written = '';
  child.stdout.on('data', (chunk) => {
    written += chunk;
    if (written.length >= killAfter) child.kill('SIGKILL');
  });
  return new Promise((resolve) =>
    child.once('close', () => resolve({ began: written.replace('done', '').length, done: written.endsWith('done') })),
  );
}

/** What lies on the store: uploads of the archive, and the numbers of their parts. */
async function uploaded(): Promise<{ uploads: string[]; parts: number[] }> {
  const { Uploads = [] } = await store.s3.send(new ListMultipartUploadsCommand({ Bucket: store.bucket, Prefix: KEY }));
  const [first] = Uploads;
  if (!first) return { uploads: [], parts: [] };
  const list = new ListPartsCommand({ Bucket: store.bucket, Key: KEY, UploadId: first.UploadId });
  const { Parts = [] } = await store.s3.send(list);
  return { uploads: Uploads.map(({ UploadId }) => UploadId!), parts: Parts.map(({ PartNumber }) => PartNumber!) };
}

async function sha256Of(Key: string): Promise<string> {
  const { Body } = await store.s3.send(new GetObjectCommand({ Bucket: store.bucket, Key }));
  return createHash('sha256')
    .update(await Body!.transformToByteArray())
    .digest('hex');
}

describe('a merge whose process is killed', () => {
  it(`continues its upload after ${KILLS} kills at random moments, loses no part, and makes the same bytes (decision 7)`, async () => {
    const { parts } = uploadOf(fragments);
    const wanted = 'archives/unkilled/1/gdpr-data.tar.gz';
    await s3ArchiveStore(store.s3, store.bucket).stitch(wanted, uploadOf(fragments), async () => {});
    expect(parts.length).toBeGreaterThan(20);

    let had: number[] = [];
    const uploads = new Set<string>();
    for (let kill = 0; kill < KILLS; kill += 1) {
      const run = await merge(1 + Math.floor(Math.random() * 3));
      expect(run.done).toBe(false);
      const now = await uploaded();
      for (const upload of now.uploads) uploads.add(upload);
      expect(had.filter((part) => !now.parts.includes(part))).toEqual([]);
      had = now.parts;
    }
    expect(uploads.size).toBe(1);
    expect(had.length).toBeGreaterThan(0);
    const last = await merge(Number.POSITIVE_INFINITY);

    expect(last.done).toBe(true);
    expect(last.began).toBeLessThanOrEqual(parts.length - had.length); // the store may have finished what a killed one had begun
    expect(await sha256Of(KEY)).toBe(await sha256Of(wanted));
    expect(await uploaded()).toEqual({ uploads: [], parts: [] });
    expect((await store.keys()).filter((key) => key.startsWith('archives/r1/'))).toEqual([KEY]);
  }, 600_000);
});
