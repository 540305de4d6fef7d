import type { ConnectionOptions } from '../connection.ts';
import { print, printJson, warnMissing } from '../output.ts';
import { progressLines } from '../progress.ts';
import { EXIT_CODES, REQUEST_EXIT_CODES } from '../states.ts';
import { Verb } from '../verb.ts';

/** `gdpr status ID`: one request with the progress of each source. */
export const status = new Verb('status', 'Show a request and the progress of each source.')
  .argument('<ID>', 'the request')
  .example('gdpr status ID', { 0: 'done or running', ...REQUEST_EXIT_CODES })
  .calls<ConnectionOptions, [string]>(async ({ connection: { api, signal }, json }, requestId) => {
    const view = await api.call('getRequest', { path: { requestId } }, signal);
    if (json) printJson(view);
    else for (const line of progressLines(view, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY)) print(line);
    warnMissing(view);
    return EXIT_CODES[view.state] ?? 0;
  });
