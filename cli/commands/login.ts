import type { ConnectionOptions } from '../connection.ts';
import { printRequest } from '../output.ts';
import { Verb } from '../verb.ts';

/** `gdpr login ID`: gives a request the Nexthink account that it waits for. */
export const login = new Verb('login', 'Give a request the Nexthink account that it waits for. It then starts.')
  .argument('<ID>', 'the request')
  .withLogin()
  .example('gdpr login ID --login gdpr-operator')
  .calls<ConnectionOptions, [string]>(async ({ connection, json }, requestId) => {
    const input = { path: { requestId }, body: { login: await connection.login() } };
    return printRequest(await connection.api.call('loginRequest', input), json);
  });
