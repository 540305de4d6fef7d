import { LIFECYCLE } from '../../modules/requests/state-machine.ts';
import { COMMON, LOGIN, parseArguments, textOf } from '../arguments.ts';
import { withConnection } from '../connection.ts';
import { UsageError } from '../errors.ts';
import { followRequest } from '../follow.ts';
import { checkOutFile, download } from '../out-file.ts';
import { print, printJson, warn, warnMissing } from '../output.ts';
import { megabytes } from '../progress.ts';

const OPTIONS = { ...COMMON, ...LOGIN, out: { type: 'string' }, force: { type: 'boolean' } } as const;

/**
 * `gdpr rerun ID`: asks the sources that a request misses again and writes the new archive to `--out`. When that is
 * cancelled or fails the older archive stays, and nothing is written.
 */
export async function rerun(args: readonly string[], signal: AbortSignal): Promise<number> {
  const { given, values } = parseArguments(args, OPTIONS, ['ID']);
  const file = textOf(given, 'out');
  if (!file) throw new UsageError('--out FILE is missing');
  const path = await checkOutFile(file, given.force === true);
  return withConnection(given, signal, async ({ api, login }) => {
    const account = await login();
    const { view, interrupted } = await followRequest(api, () => api.rerunRequest(values[0]!, account), signal);
    const delivered = !interrupted && view.archive !== undefined && view.state !== 'FAILED';
    if (delivered) await download(api, view, path, signal);
    if (given.json) printJson({ ...view, out: delivered ? path : null });
    warnMissing(view);
    if (interrupted) warn(`Request ${view.requestId} is ${view.state}; nothing was written, the older archive stays`);
    else if (delivered && !given.json) print(`${path}  ${megabytes(view.archive!.byteLength)}`);
    return interrupted ? 1 : (LIFECYCLE[view.state].exitCode ?? 1);
  });
}
