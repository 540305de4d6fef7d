import { Option } from 'commander';
import type { Deny } from '../../client/types.ts';
import type { ConnectionOptions } from '../connection.ts';
import { printRequest } from '../output.ts';
import { Verb } from '../verb.ts';

const REASONS: readonly Deny['reasonCode'][] = [
  'identity-not-verified',
  'not-entitled',
  'duplicate',
  'manifestly-unfounded',
  'withdrawn',
  'other',
];

/** `gdpr deny ID --reason CODE`: denies a request that waits for a person. */
export const deny = new Verb('deny', 'Deny a request that waits for an approval or a login.')
  .argument('<ID>', 'the request')
  .needs(new Option('--reason <CODE>', 'why').choices(REASONS))
  .example('gdpr deny ID --reason not-entitled')
  .calls<ConnectionOptions & { reason: Deny['reasonCode'] }, [string]>(
    async ({ connection: { api, signal }, reason: reasonCode, json }, requestId) =>
      printRequest(await api.call('denyRequest', { path: { requestId }, body: { reasonCode } }, signal), json),
  );
