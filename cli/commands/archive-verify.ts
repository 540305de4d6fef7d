import { createReadStream } from 'node:fs';
import { ArchiveDamagedError } from '../../modules/archive/errors.ts';
import { parseManifest } from '../../modules/archive/manifest.ts';
import { verifyArchive } from '../../modules/archive/verify/verify-archive.ts';
import { parseArguments } from '../arguments.ts';
import { UsageError } from '../errors.ts';
import { typedPath } from '../out-file.ts';
import { print, printJson, warn } from '../output.ts';
import { megabytes } from '../progress.ts';
import { printable } from '../source-states.ts';

/** `gdpr archive verify FILE`: compares an archive with its own manifest, in one pass. Exit code 1 when it is damaged. */
export async function archive(args: readonly string[]): Promise<number> {
  const { given, values } = parseArguments(args, { json: { type: 'boolean' } }, ['verify', 'FILE']);
  const [verb, file] = values;
  if (verb !== 'verify') throw new UsageError('archive knows one verb: archive verify FILE');
  try {
    const verified = await verifyArchive(createReadStream(typedPath(file!), { highWaterMark: 1 << 20 }), parseManifest);
    if (given.json) printJson({ sound: true, ...verified });
    else {
      const { files, fragments, rows, byteLength, complete } = verified;
      print(
        `sound: ${files} files, ${fragments} fragments, ${rows.toLocaleString('en')} rows, ${megabytes(byteLength)}`,
      );
      if (!complete) warn('its manifest says that it is incomplete');
    }
    return 0;
  } catch (error) {
    if (!(error instanceof ArchiveDamagedError)) throw asUsage(error);
    const { file: damaged, fragment, message } = error;
    if (given.json)
      printJson({ sound: false, ...(damaged && { file: damaged }), ...(fragment && { fragment }), what: message });
    warn(`damaged: ${printable(message)}`);
    return 1;
  }
}

/** A file that cannot be read is a matter of the command line. */
function asUsage(error: unknown): unknown {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return /^E[A-Z]+$/.test(code) ? new UsageError(`FILE cannot be read (${code})`, { cause: error }) : error;
}
