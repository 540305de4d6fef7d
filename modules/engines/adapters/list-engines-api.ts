import { json } from 'node:stream/consumers';
import * as z from 'zod';
import { GdprError, SettingsError } from '../../common/errors.ts';
import type { Log } from '../../common/ports.ts';
import { basicAuthorization, send, TrustedAgent } from '../../net/https-agent.ts';
import { ForbiddenAddressError } from '../../net/peer-address.ts';
import type { Trust } from '../../net/trust.ts';
import type { Login } from '../../requests/login.ts';
import { LoginRefusedError, PortalApiUnavailableError } from '../errors.ts';
import { engineIdOf } from '../federation.ts';
import type { PortalApi } from '../ports.ts';
import { type ClientCredentials, fetchToken } from './oauth-token.ts';

const PATH = '/api/configuration/v1/engines';
const TIMEOUT_MS = 15_000;

/** An Engine in the answer; unknown keys are ignored. Source: docs/nexthink-portal.md */
const ListedEngine = z.object({
  name: z.string().min(1),
  databaseUID: z.coerce.string().min(1),
  status: z.string(),
  address: z.string(),
  timezone: z.string().default('UTC'),
  version: z.string().default(''),
});

/** The account that queries the API: the Operator's login, or a client of the cloud tenant. */
export type ListEnginesRights = { readonly mode: 'basic' } | ({ readonly mode: 'oauth' } & ClientCredentials);

/** The Portal's List Engines API; its `port` is not the Web API's and is left out. */
export function listEnginesApi(options: {
  readonly url: string;
  readonly trust: Trust;
  readonly auth: ListEnginesRights;
  readonly allowLoopback: boolean;
  readonly now: () => Date;
  readonly log: Log;
}): PortalApi {
  const { url, auth, log } = options;
  const newAgent = () =>
    new TrustedAgent({
      ...options,
      onUnchecked: () => log.warn('certificate not checked', { sourceId: 'portal-api' }),
    });
  const authorize = async ({ username, password }: Login, signal: AbortSignal): Promise<string> => {
    if (auth.mode === 'basic') return basicAuthorization(username, password);
    const agent = newAgent();
    try {
      return `Bearer ${await fetchToken(agent, auth, signal)}`;
    } finally {
      agent.destroy();
    }
  };

  return {
    checksLogin: auth.mode === 'basic',
    async listEngines(login) {
      const agent = newAgent();
      try {
        const signal = AbortSignal.timeout(TIMEOUT_MS);
        const authorization = await authorize(login, signal);
        const answer = await send(agent, { url: new URL(PATH, url), method: 'GET', authorization, signal });
        if (answer.statusCode === 401 || answer.statusCode === 403) {
          if (auth.mode === 'basic') throw new LoginRefusedError();
          throw new SettingsError('settings.json', 'portalApi.auth: the List Engines API refused the client');
        }
        if (answer.statusCode !== 200) throw new PortalApiUnavailableError();
        return z
          .array(ListedEngine)
          .parse(await json(answer))
          .map(toEngine);
      } catch (error) {
        if (error instanceof ForbiddenAddressError) {
          throw new SettingsError('settings.json', 'portalApi: a loopback or link-local address is not queried');
        }
        throw error instanceof GdprError ? error : new PortalApiUnavailableError({ cause: error });
      } finally {
        agent.destroy();
      }
    },
  };
}

const toEngine = ({ databaseUID, ...engine }: z.infer<typeof ListedEngine>) => ({
  ...engine,
  engineId: engineIdOf(databaseUID),
});
