import type { ConnectionOptions } from '../connection.ts';
import { printRequest } from '../output.ts';
import { Verb } from '../verb.ts';

/** `gdpr approve ID`: approves what another person started; an anonymization by the plan hash of its preview. */
export const approve = new Verb('approve', 'Approve a request that another person started.')
  .argument('<ID>', 'the request')
  .option('--plan-hash <HASH>', 'hash of the preview with which an anonymization was started')
  .example('gdpr approve ID --plan-hash HASH')
  .calls<ConnectionOptions & { planHash?: string }, [string]>(async ({ connection, planHash, json }, requestId) => {
    const input = { path: { requestId }, body: planHash === undefined ? {} : { planHash } };
    return printRequest(await connection.api.call('approveRequest', input, connection.signal), json);
  });
