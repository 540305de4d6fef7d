import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ArchiveFile, layOut } from '../../modules/archive/layout.ts';
import { uploadPartsOf } from '../../modules/archive/upload-parts.ts';
import { FolderStore } from '../../test/support/folder-store.ts';
import { measured } from '../measured.ts';

/** The merge on a store of files that enforces the part rules of S3: index, layout, plan, reads and uploads. */
const [folder = ''] = process.argv.slice(2);
const store = new FolderStore(folder);

await measured(async () => {
  const index = JSON.parse(readFileSync(join(folder, 'files.json'), 'utf8')) as (ArchiveFile & { head: string })[];
  const files = index.map((file) => ({ ...file, head: Buffer.from(file.head) }));
  const { segments, byteLength, crc32 } = layOut(files, 1_700_000_000);
  const parts = uploadPartsOf(segments);
  await store.stitch('archive', { parts, byteLength, crc32 }, async () => {});
  const rawBytes = files.flatMap(({ fragments }) => fragments).reduce((sum, each) => sum + each.rawBytes, 0);
  const { user, system } = process.cpuUsage(); // Node's start and the loading of modules included
  return { archiveBytes: byteLength, rawBytes, ...store.traffic, processCpuSeconds: (user + system) / 1e6 };
});
await store.delete('archive');
