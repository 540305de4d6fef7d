import { createReadStream } from 'node:fs';
import { UsageError } from '../errors.ts';
import { typedPath } from '../files.ts';
import { megabytes } from '../follow.ts';
import { printJson, show, warn } from '../output.ts';
import { Verb } from '../verb.ts';

export const archive = new Verb('archive', 'Check an archive on this machine, without the API.').addCommand(
  new Verb('verify', 'Compare every file and fragment of an archive with its manifest.')
    .argument('<FILE>', 'an archive, such as gdpr-data.tar.gz')
    .example('gdpr archive verify gdpr-data.tar.gz', { 0: 'sound', 1: 'damaged' })
    .does<{ json?: true }, [string]>(async ({ json }, file) => {
      const { ArchiveDamagedError } = await import('../../modules/archive/errors.ts');
      const { verifyArchive } = await import('../../modules/archive/verify-archive.ts');
      try {
        const verified = await verifyArchive(createReadStream(typedPath(file), { highWaterMark: 1 << 20 }));
        const { files, fragments, rows, byteLength, complete } = verified;
        const size = `${rows.toLocaleString('en')} rows, ${megabytes(byteLength)}`;
        show(json, { sound: true, ...verified }, [`sound: ${files} files, ${fragments} fragments, ${size}`]);
        if (!json && !complete) warn('its manifest says that it is incomplete');
        return 0;
      } catch (error) {
        if (!(error instanceof ArchiveDamagedError)) throw asUsage(error);
        const { file: damaged, fragment, message } = error;
        if (json)
          printJson({ sound: false, ...(damaged && { file: damaged }), ...(fragment && { fragment }), what: message });
        warn(`damaged: ${message}`);
        return 1;
      }
    }),
);

function asUsage(error: unknown): unknown {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return /^E[A-Z]+$/.test(code) ? new UsageError(`FILE cannot be read (${code})`, { cause: error }) : error;
}
