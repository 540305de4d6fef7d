import { json } from 'node:stream/consumers';
import * as z from 'zod';
import { SettingsError } from '../../common/errors.ts';
import { basicAuthorization, send, type TrustedAgent } from '../../net/https-agent.ts';
import { PortalApiUnavailableError } from '../errors.ts';
import type { OAuthClient } from '../settings.ts';

/** Account of the system itself at a cloud tenant's authorization server. */
export interface ClientCredentials extends Pick<OAuthClient, 'tokenUrl' | 'clientId' | 'scope'> {
  /** Read at each use, so that a rotated secret counts at once. */
  readonly clientSecret: () => Promise<string>;
}

const TokenAnswer = z.object({ access_token: z.string().min(1) });

/**
 * Fetches an access token by the grant `client_credentials`, the client named by HTTP Basic.
 * @throws {SettingsError} the client was refused
 * @throws {PortalApiUnavailableError} any other answer
 * Source: RFC 6749 sections 2.3.1 and 4.4.
 */
export async function fetchToken(agent: TrustedAgent, client: ClientCredentials, signal: AbortSignal): Promise<string> {
  const { tokenUrl, clientId, clientSecret, scope } = client;
  const form = new URLSearchParams({ grant_type: 'client_credentials', ...(scope !== undefined && { scope }) });
  const answer = await send(agent, {
    url: new URL(tokenUrl),
    method: 'POST',
    authorization: basicAuthorization(formEncoded(clientId), formEncoded(await clientSecret())),
    form: form.toString(),
    signal,
  });
  const { statusCode = 0 } = answer;
  if ([400, 401, 403].includes(statusCode)) {
    throw new SettingsError('settings.json', 'portalApi.auth: the token endpoint refused the client');
  }
  if (statusCode !== 200) throw new PortalApiUnavailableError();
  return TokenAnswer.parse(await json(answer)).access_token;
}

/** Form encoding; RFC 6749 section 2.3.1 demands it before client id and secret are joined by a colon. */
const formEncoded = (text: string): string => new URLSearchParams({ '': text }).toString().slice(1);
