import * as oauth from 'oauth4webapi';
import { GdprError, SettingsError } from '../../common/errors.ts';
import type { Log } from '../../common/ports.ts';
import * as net from '../../net/https-agent.ts';
import { AnswerTooLongError, guardedBytes } from '../../net/json-call.ts';
import type { Trust } from '../../net/trust.ts';
import type { Login } from '../../requests/start-body.ts';
import { LoginRefusedError, PortalApiUnavailableError } from '../errors.ts';
import { readListedEngines } from '../federation.ts';
import type { PortalApi } from '../ports.ts';
import type { GivenFacts, OAuthClient } from '../settings.ts';

/** The system's own client at a cloud tenant's authorization server. */
interface ClientCredentials extends Pick<OAuthClient, 'tokenUrl' | 'clientId' | 'scope'> {
  /** Read at each use, so that a rotated secret works at once. */
  readonly clientSecret: () => Promise<string>;
}

/**
 * An access token by `client_credentials`, with HTTP Basic. Source: RFC 6749 sections 2.3.1 and 4.4; docs/decisions/0019.
 * @throws {SettingsError} the client was refused @throws {PortalApiUnavailableError} any other answer
 */
async function fetchToken(rules: net.ConnectionRules, client: ClientCredentials, signal: AbortSignal): Promise<string> {
  const server: oauth.AuthorizationServer = {
    issuer: new URL(client.tokenUrl).origin,
    token_endpoint: client.tokenUrl,
  };
  const self = { client_id: client.clientId };
  const secret = oauth.ClientSecretBasic(await client.clientSecret());
  const scope: Record<string, string> = client.scope === undefined ? {} : { scope: client.scope };
  const response = await oauth.clientCredentialsGrantRequest(server, self, secret, scope, {
    signal,
    [oauth.customFetch]: (url, { headers, body }) => post(rules, url, headers, String(body), signal),
  });
  if ([400, 401, 403].includes(response.status))
    throw new SettingsError('settings.json', 'portalApi.auth: the token endpoint refused the client');
  try {
    return (await oauth.processClientCredentialsResponse(server, self, response)).access_token;
  } catch (error) {
    const what = `got no token (HTTP ${response.status}); to change: portalApi.auth`;
    throw new PortalApiUnavailableError(what, { cause: error });
  }
}

/** What became of a call that brought no list, and the setting to change. */
function outcomeOf(error: unknown): string | undefined {
  if (net.isTrustFailure(error)) return 'shows a certificate that is not trusted; to change: portalApi.trust';
  const isOther = error instanceof SyntaxError || error instanceof TypeError || error instanceof AnswerTooLongError;
  return isOther ? 'answered with something else than a list of Engines; to change: portalApi.url' : undefined;
}

/** `fetch` under the rules. Its content type is ignored: an answer that is not JSON fails when it is read. */
async function post(
  rules: net.ConnectionRules,
  url: string,
  { authorization }: Record<string, string>,
  form: string,
  signal: AbortSignal,
): Promise<Response> {
  const headers = { authorization: authorization!, 'content-type': 'application/x-www-form-urlencoded' };
  const call = { url: new URL(url), method: 'POST', headers, body: form, signal, timeoutMs: TIMEOUT_MS } as const;
  const { status, body } = await guardedBytes(call, rules);
  const asJson = { status, headers: { 'content-type': 'application/json' } };
  return new Response(status === 204 || status === 304 ? null : Uint8Array.from(body), asJson);
}

const PATH = '/api/configuration/v1/engines';
const TIMEOUT_MS = 15_000;

/** The account that queries the API: the Operator's login, or a client of the cloud tenant. */
export type ListEnginesRights = { readonly mode: 'basic' } | ({ readonly mode: 'oauth' } & ClientCredentials);

/** The Portal's List Engines API; its `port` is not the Web API's and is left out. */
export function listEnginesApi(options: {
  readonly url: string;
  readonly trust: Trust;
  readonly auth: ListEnginesRights;
  /** Settings of Engines, by name. */
  readonly engines?: Readonly<Record<string, GivenFacts>>;
  readonly allowLoopback: boolean;
  readonly now: () => Date;
  readonly log: Log;
}): PortalApi {
  const { url, auth, engines: settings = {}, log } = options;
  const onUnchecked = () => log.warn('certificate not checked', { sourceId: 'portal-api' });
  const rules = { ...options, onUnchecked };
  const authorize = async ({ username, password }: Login, signal: AbortSignal): Promise<string> => {
    if (auth.mode === 'basic') return net.basicAuthorization(username, password);
    return `Bearer ${await fetchToken(rules, auth, signal)}`;
  };

  return {
    checksLogin: auth.mode === 'basic',
    async listEngines(login) {
      try {
        const signal = AbortSignal.timeout(TIMEOUT_MS);
        const headers = { authorization: await authorize(login, signal) };
        const call = { url: new URL(PATH, url), method: 'GET', headers, signal, timeoutMs: TIMEOUT_MS } as const;
        const { status, body } = await guardedBytes(call, rules);
        if (status === 401 || status === 403) {
          if (auth.mode === 'basic') {
            log.warn('login refused by the Portal', { field: 'login' });
            throw new LoginRefusedError();
          }
          throw new SettingsError('settings.json', 'portalApi.auth: the List Engines API refused the client');
        }
        const setting = status >= 500 || status === 429 ? '' : '; to change: portalApi.url';
        if (status !== 200) throw new PortalApiUnavailableError(`answered with HTTP ${status}${setting}`);
        const entries: unknown = JSON.parse(new TextDecoder().decode(body));
        if (!Array.isArray(entries)) throw new TypeError('the answer is not a list');
        const engines = readListedEngines(entries, settings);
        for (const { engineId, broken } of engines)
          if (broken) log.warn('engine listed with unusable fields', { engineId, field: broken.join(', ') });
        return engines;
      } catch (error) {
        if (error instanceof net.ForbiddenAddressError) {
          throw new SettingsError(
            'settings.json',
            'portalApi: a loopback or link-local address, or one without https, is not queried',
          );
        }
        const named =
          error instanceof GdprError ? error : new PortalApiUnavailableError(outcomeOf(error), { cause: error });
        if (named instanceof PortalApiUnavailableError)
          log.warn('list of engines not readable', { error: (error as Error).name });
        throw named;
      }
    },
  };
}
