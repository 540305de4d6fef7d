import { COMMON, parseArguments } from './arguments.ts';
import { withConnection } from './connection.ts';
import { print, printJson } from './output.ts';

/** `gdpr cancel ID`: asks to cancel; `gdpr status ID` tells when it is. */
export async function cancel(args: readonly string[], signal: AbortSignal): Promise<number> {
  const { given, values } = parseArguments(args, COMMON, ['ID']);
  return withConnection(given, signal, async ({ api }) => {
    const view = await api.cancelRequest(values[0]!, signal);
    if (given.json) printJson(view);
    else print(`${view.requestId}  ${view.state}`);
    return 0;
  });
}
