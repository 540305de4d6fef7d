import { COMMON, LOGIN, parseArguments } from '../arguments.ts';
import { withConnection } from '../connection.ts';
import { printRequest } from '../output.ts';

const OPTIONS = { ...COMMON, ...LOGIN } as const;

/** `gdpr login ID`: gives a request the Nexthink account that it waits for, which starts it; `gdpr status ID` tells how it goes. */
export async function login(args: readonly string[], signal: AbortSignal): Promise<number> {
  const { given, values } = parseArguments(args, OPTIONS, ['ID']);
  return withConnection(given, signal, async (connection) => {
    const view = await connection.api.act(values[0]!, 'loginRequest', { login: await connection.login() });
    printRequest(view, given.json === true);
    return 0;
  });
}
