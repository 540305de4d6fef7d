import { LIFECYCLE } from '../../modules/requests/state-machine.ts';
import { COMMON, parseArguments } from '../arguments.ts';
import { withConnection } from '../connection.ts';
import { print, printJson, warnMissing } from '../output.ts';
import { progressLines } from '../progress.ts';

/** `gdpr status ID`: one Request with the progress of each source. Its exit code is the Request's, 0 while it runs. */
export async function status(args: readonly string[], signal: AbortSignal): Promise<number> {
  const { given, values } = parseArguments(args, COMMON, ['ID']);
  return withConnection(given, signal, async ({ api }) => {
    const view = await api.getRequest(values[0]!, signal);
    if (given.json) printJson(view);
    else for (const line of progressLines(view, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY)) print(line);
    warnMissing(view);
    return LIFECYCLE[view.state]?.exitCode ?? 0;
  });
}
