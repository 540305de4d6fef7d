import { buffer } from 'node:stream/consumers';
import {
  type AuthorizationServer,
  ClientSecretBasic,
  clientCredentialsGrantRequest,
  customFetch,
  processClientCredentialsResponse,
} from 'oauth4webapi';
import { SettingsError } from '../../common/errors.ts';
import { send, type TrustedAgent } from '../../net/https-agent.ts';
import { PortalApiUnavailableError } from '../errors.ts';
import type { OAuthClient } from '../settings.ts';

/** The system's own client at a cloud tenant's authorization server. */
export interface ClientCredentials extends Pick<OAuthClient, 'tokenUrl' | 'clientId' | 'scope'> {
  /** Read at each use, so that a rotated secret works at once. */
  readonly clientSecret: () => Promise<string>;
}

/**
 * Fetches an access token by the grant `client_credentials`, the client named by HTTP Basic.
 * @param agent every byte goes through it: its rules of trust and addresses hold for this call too
 * @throws {SettingsError} the client was refused
 * @throws {PortalApiUnavailableError} any other answer
 * Source: RFC 6749 sections 2.3.1 and 4.4; docs/decisions/0019-libraries-for-standards.md.
 */
export async function fetchToken(agent: TrustedAgent, client: ClientCredentials, signal: AbortSignal): Promise<string> {
  const server: AuthorizationServer = { issuer: new URL(client.tokenUrl).origin, token_endpoint: client.tokenUrl };
  const self = { client_id: client.clientId };
  const secret = ClientSecretBasic(await client.clientSecret());
  const scope: Record<string, string> = client.scope === undefined ? {} : { scope: client.scope };
  const response = await clientCredentialsGrantRequest(server, self, secret, scope, {
    signal,
    [customFetch]: (url, { headers, body }) => post(agent, url, headers, String(body), signal),
  });
  if ([400, 401, 403].includes(response.status)) {
    throw new SettingsError('settings.json', 'portalApi.auth: the token endpoint refused the client');
  }
  try {
    return (await processClientCredentialsResponse(server, self, response)).access_token;
  } catch (error) {
    throw new PortalApiUnavailableError({ cause: error });
  }
}

/** `fetch` by the agent. Its content type is ignored: an answer that is not JSON fails when it is read. */
async function post(
  agent: TrustedAgent,
  url: string,
  { authorization }: Record<string, string>,
  form: string,
  signal: AbortSignal,
): Promise<Response> {
  const answer = await send(agent, { url: new URL(url), method: 'POST', authorization: authorization!, form, signal });
  const { statusCode: status = 502 } = answer;
  const body = await buffer(answer);
  return new Response(status === 204 || status === 304 ? null : body, {
    status,
    headers: { 'content-type': 'application/json' },
  });
}
