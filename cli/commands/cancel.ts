import type { ConnectionOptions } from '../connection.ts';
import { printRequest } from '../output.ts';
import { Verb } from '../verb.ts';

/** `gdpr cancel ID`: asks to cancel; `gdpr status ID` shows the outcome. */
export const cancel = new Verb(
  'cancel',
  'Cancel a request. Nothing is left behind. `gdpr status ID` shows the outcome.',
)
  .argument('<ID>', 'the request')
  .example('gdpr cancel ID')
  .calls<ConnectionOptions, [string]>(async ({ connection: { api, signal }, json }, requestId) =>
    printRequest(await api.call('cancelRequest', { path: { requestId } }, signal), json),
  );
