import { createReadStream, readFileSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { S3Client } from '@aws-sdk/client-s3';
import { FAKE_CREDENTIALS, REGION } from '../../local/aws/names.ts';
import { startObjects } from '../../local/aws/objects.ts';
import { s3PartStore } from '../../modules/archive/adapters/s3-part-store.ts';
import type { ArchiveFile } from '../../modules/archive/layout.ts';
import { inChild, median, megabytes } from '../harness.ts';
import type { Run } from '../measured.ts';
import type { Line } from '../report.ts';
import { ENGINE_SHARES } from './material.ts';

const BUCKET = 'bench';
const MIB = 1024 * 1024;

/** What SDK and HTTP add to the merge: the same Parts, on the S3 of this machine. @returns a line of a table */
export async function stitchOnS3(folder: string, scale: number, times: number): Promise<Line> {
  const objects = join(folder, 'objects');
  await mkdir(objects);
  const server = await startObjects(objects, BUCKET);
  try {
    const index = join(folder, 'files-s3.json');
    writeFileSync(index, await upload(folder, server.url));
    const runs: Run[] = [];
    for (let time = 0; time < times; time++) {
      runs.push(await inChild('bench/merge/stitch-s3.ts', server.url, BUCKET, index));
    }
    const middle = (figure: 'cpuSeconds' | 'wallSeconds') => median(runs.map((run) => run[figure])).toFixed(2);
    return {
      scale: `${scale}x`,
      'archive MB': Math.round(megabytes(runs[0]!.archiveBytes!)),
      requests: runs[0]!.requests!,
      'CPU s': middle('cpuSeconds'),
      'wall s': middle('wallSeconds'),
      'peak MB': Math.round(Math.max(...runs.map(({ peakMb }) => peakMb))),
    };
  } finally {
    await server.stop();
  }
}

/** Stores the Parts as workers do. @returns the index, with the keys and ETags that they got */
async function upload(folder: string, endpoint: string): Promise<string> {
  const s3 = new S3Client({ endpoint, region: REGION, credentials: FAKE_CREDENTIALS });
  const stored = new Map<string, { partKey: string; partETag: string }>();
  for (const engine of ENGINE_SHARES.keys()) {
    const sink = s3PartStore(s3, BUCKET).openSink('r1', 1, `engine-${engine}`, 0);
    const part = createReadStream(join(folder, `engine-${engine}`), { highWaterMark: MIB });
    for await (const chunk of part) await sink.write(chunk as Buffer);
    stored.set(`engine-${engine}`, { partKey: sink.partKey, partETag: await sink.close() });
  }
  s3.destroy();
  const files = JSON.parse(readFileSync(join(folder, 'files.json'), 'utf8')) as ArchiveFile[];
  return JSON.stringify(
    files.map((file) => ({
      ...file,
      fragments: file.fragments.map((fragment) => ({ ...fragment, ...stored.get(fragment.partKey) })),
    })),
  );
}
