import type { ConnectionOptions } from '../connection.ts';
import { print, printJson } from '../output.ts';
import { printable } from '../states.ts';
import { Verb } from '../verb.ts';

/** `gdpr engines`: the Engines with the state of each (R5). */
export const engines = new Verb('engines', 'List the Engines and the state of each.')
  .withLogin()
  .withLocal()
  .example('gdpr engines')
  .calls<ConnectionOptions>(async ({ connection: { api, signal, login }, json }) => {
    const view = await api.call('listEngines', { body: { login: await login() } }, signal);
    if (json) {
      printJson(view);
      return 0;
    }
    const width = Math.max(0, ...view.engines.map(({ name }) => name.length));
    for (const { name, status, version, timezone } of view.engines) {
      print(printable(`${name.padEnd(width)}  ${status.padEnd(12)}  ${version}  ${timezone}`));
    }
    const origin = view.federation === 'configured' ? 'from the configured list' : 'every Engine that the Portal lists';
    print(`${view.engines.length} Engines: ${origin}`);
    return 0;
  });
