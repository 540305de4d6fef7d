import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { s3ArchiveStore } from '../../modules/archive/adapters/s3-archive-store.ts';
import { clientAt } from './objects.ts';
import { uploadOf } from './stored-parts.ts';

/**
 * One merge in a process of its own, which a test may kill. It writes a dot to standard output for each part that it begins to send.
 * Arguments: address of the store, bucket, key of the archive, file with the fragments.
 */
const [endpoint, bucket, key, file] = process.argv.slice(2) as [string, string, string, string];
const s3 = clientAt(endpoint);
s3.middlewareStack.add(
  (next, { commandName }) =>
    async (args) => {
      if (commandName === 'UploadPartCommand' || commandName === 'UploadPartCopyCommand') {
        await sleep(Math.random() * 2000); // as if S3 were further away
        process.stdout.write('.');
      }
      return next(args);
    },
  { step: 'initialize' },
);
await s3ArchiveStore(s3, bucket).stitch(key, uploadOf(JSON.parse(readFileSync(file, 'utf8'))), async () => {});
process.stdout.write('done');
