import { COMMON, LOCAL, LOGIN, parseArguments } from '../arguments.ts';
import { withConnection } from '../connection.ts';
import { print, printJson } from '../output.ts';
import { printable } from '../source-states.ts';

/** `gdpr engines`: the Engines list with the state of each (R5). */
export async function engines(args: readonly string[], signal: AbortSignal): Promise<number> {
  const { given } = parseArguments(args, { ...COMMON, ...LOGIN, ...LOCAL });
  return withConnection(given, signal, async ({ api, login }) => {
    const view = await api.listEngines(await login(), signal);
    if (given.json) {
      printJson(view);
      return 0;
    }
    const width = Math.max(0, ...view.engines.map(({ name }) => name.length));
    for (const { name, status, version, timezone } of view.engines) {
      print(printable(`${name.padEnd(width)}  ${status.padEnd(12)}  ${version}  ${timezone}`));
    }
    const origin =
      view.federation === 'configured' ? 'the configured federation list' : 'every Engine the Portal lists';
    print(`${view.engines.length} Engines: ${origin}`);
    return 0;
  });
}
