import { COMMON, parseArguments } from '../arguments.ts';
import { withConnection } from '../connection.ts';
import { printRequest } from '../output.ts';

/** `gdpr cancel ID`: asks to cancel; `gdpr status ID` tells when it is. */
export async function cancel(args: readonly string[], signal: AbortSignal): Promise<number> {
  const { given, values } = parseArguments(args, COMMON, ['ID']);
  return withConnection(given, signal, async ({ api }) => {
    const view = await api.cancelRequest(values[0]!, signal);
    printRequest(view, given.json === true);
    return 0;
  });
}
