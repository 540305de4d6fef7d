import { type ConnectionOptions, withConnection } from '../connection.ts';
import { checkOutFile, download } from '../files.ts';
import { followRequest } from '../follow.ts';
import { EXIT_INTERRUPTED } from '../interrupt.ts';
import { print, printJson, warn, warnMissing } from '../output.ts';
import { megabytes } from '../progress.ts';
import { EXIT_CODES, REQUEST_EXIT_CODES } from '../states.ts';
import { Verb } from '../verb.ts';

/** `gdpr rerun ID`: when it is cancelled or fails, the older archive stays and nothing is written. */
export const rerun = new Verb(
  'rerun',
  'Query the missing sources of a request again. The request must be COMPLETED_WITH_ERRORS; the new archive holds the old data too.',
)
  .argument('<ID>', 'the request')
  .withOut()
  .withLogin()
  .withApi()
  .example('gdpr rerun ID --out gdpr-data.tar.gz', REQUEST_EXIT_CODES)
  .does<ConnectionOptions & { out: string; force?: true }, [string]>(async ({ out, force, ...options }, id) => {
    const path = await checkOutFile(out, force === true);
    return withConnection(options, async (connection) => {
      const account = await connection.login();
      const { view, interrupted } = await followRequest(connection, () => connection.api.rerunRequest(id, account));
      const delivered = !interrupted && view.archive !== undefined && view.state !== 'FAILED';
      if (delivered) await download(connection.api, view, path, connection.signal);
      if (options.json) printJson({ ...view, out: delivered ? path : null });
      warnMissing(view);
      if (interrupted) warn(`Request ${view.requestId} is ${view.state}; nothing was written, the older archive stays`);
      else if (delivered && !options.json) print(`${path}  ${megabytes(view.archive!.byteLength)}`);
      return interrupted ? EXIT_INTERRUPTED : (EXIT_CODES[view.state] ?? 1);
    });
  });
