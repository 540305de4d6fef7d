import { randomBytes } from 'node:crypto';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import Provider, { type Client, type Context } from 'oidc-provider';
import { SCOPES } from '../../modules/requests/caller.ts';
import { pageHeaders } from '../web-page.ts';
import { loggedOutPage, logInPage, logOutPage, refusedPage } from './pages.ts';
import type { MachineClient, People, Person } from './people.ts';
import { providerStore } from './provider-store.ts';
import { AUDIENCE, SIGNATURE, type TokenIssuer } from './token-issuer.ts';

interface OpenIdProviderOptions {
  readonly tokens: TokenIssuer;
  readonly people: People;
  readonly machine: MachineClient;
  /** Origins under which the console is opened. */
  readonly consoleOrigins: readonly string[];
  /** Below it the listener answers. */
  readonly path: string;
}

/** The API, as tokens are asked for; `AUDIENCE` is what they name. */
const RESOURCE = `urn:${AUDIENCE}`;
const MACHINE_SCOPES = 'gdpr.read gdpr.retrieve gdpr.download';
const OPENID_SCOPES = ['openid', 'profile', 'offline_access'];

const HOUR = 3600;
/** Seconds. An access token is renewed during the session; all ends with the session. */
const LIFE = {
  AccessToken: HOUR,
  ClientCredentials: HOUR,
  IdToken: HOUR,
  AuthorizationCode: 60,
  Interaction: 600,
  RefreshToken: 12 * HOUR,
  Session: 12 * HOUR,
  Grant: 12 * HOUR,
};

/** Below this path is the log-in page of one log-in. */
const LOG_IN = '/log-in/';
const MAX_FORM_BYTES = 4096;

/**
 * An OpenID Connect provider with the people of this machine: code flow with PKCE for the console, client credentials for the
 * machine. @returns the listener for all below `path`
 */
export function openIdProvider(options: OpenIdProviderOptions): RequestListener {
  const provider = new Provider(options.tokens.issuer, configurationOf(options));
  const answer = provider.callback();
  const headers = Object.entries(pageHeaders(options.consoleOrigins)).filter(([name]) => name !== 'content-type');
  return (request, response) => {
    for (const [name, value] of headers) response.setHeader(name, value);
    const path = request.url!.slice(options.path.length);
    if (path.startsWith(LOG_IN)) {
      logIn(provider, options, request, response).catch(() =>
        show(response, 400, refusedPage('This log-in has expired, or it began in another browser.')),
      );
      return;
    }
    Object.assign(request, { originalUrl: request.url, url: path }); // so the library knows where it is mounted
    answer(request, response);
  };
}

function configurationOf(options: OpenIdProviderOptions): Readonly<Record<string, unknown>> {
  const { tokens, people, machine, consoleOrigins, path } = options;
  const personOf = (id: string) => people.all.find(({ username }) => tokens.idOf(username) === id);
  const pages = consoleOrigins.map((origin) => `${origin}/`);
  const show =
    (page: (...details: never[]) => string) =>
    async (ctx: Context, ...details: never[]) => {
      ctx.type = 'html';
      ctx.body = page(...details);
    };
  return {
    adapter: providerStore(),
    jwks: { keys: [{ ...tokens.privateKey.export({ format: 'jwk' }), use: 'sig', alg: SIGNATURE }] },
    cookies: { keys: [randomBytes(32).toString('base64url')] },
    clients: [
      {
        client_id: 'console',
        token_endpoint_auth_method: 'none',
        grant_types: ['authorization_code', 'refresh_token'],
        redirect_uris: pages,
        post_logout_redirect_uris: pages,
      },
      {
        client_id: machine.clientId,
        client_secret: machine.clientSecret,
        grant_types: ['client_credentials'],
        redirect_uris: [],
        response_types: [],
      },
    ],
    scopes: OPENID_SCOPES,
    claims: { openid: ['sub'], profile: ['name', 'preferred_username'] },
    conformIdTokenClaims: false, // the ID token tells the name: there is no userinfo endpoint
    ttl: LIFE,
    findAccount: async (_ctx: Context, id: string) => accountOf(id, personOf(id)),
    loadExistingGrant: (ctx: Context) => grantOf(ctx, personOf(ctx.oidc.account.accountId)!),
    issueRefreshToken: async (_ctx: Context, client: Client) => client.grantTypeAllowed('refresh_token'),
    clientBasedCORS: (_ctx: Context, origin: string, { clientId }: Client) =>
      clientId === 'console' && consoleOrigins.includes(origin),
    interactions: { url: (_ctx: Context, { uid }: { readonly uid: string }) => `${path}${LOG_IN}${uid}` },
    renderError: show(({ error, error_description }: { error: string; error_description?: string }) =>
      refusedPage(error_description ?? 'The request is not valid.', error),
    ),
    features: {
      devInteractions: { enabled: false },
      userinfo: { enabled: false },
      clientCredentials: { enabled: true },
      revocation: { enabled: true, allowedPolicy: async () => true },
      rpInitiatedLogout: {
        enabled: true,
        logoutSource: show(logOutPage),
        postLogoutSuccessSource: show(loggedOutPage),
      },
      resourceIndicators: {
        enabled: true,
        defaultResource: async () => RESOURCE,
        useGrantedResource: async () => true,
        getResourceServerInfo: async (_ctx: Context, _resource: string, { clientId }: Client) => ({
          audience: AUDIENCE,
          scope: clientId === machine.clientId ? MACHINE_SCOPES : SCOPES.join(' '),
          accessTokenFormat: 'jwt',
          jwt: { sign: { alg: SIGNATURE } },
        }),
      },
    },
  };
}

const accountOf = (accountId: string, person: Person | undefined) =>
  person && {
    accountId,
    claims: async () => ({ sub: accountId, name: person.name, preferred_username: person.username }),
  };

/** Nobody is asked for consent: a token has those of the scopes asked for that the person has. */
async function grantOf({ oidc: { provider, client, account, session } }: Context, { scopes }: Person) {
  const known = session.grantIdFor(client.clientId);
  if (known !== undefined) return await provider.Grant.find(known);
  const grant = new provider.Grant({ accountId: account.accountId, clientId: client.clientId });
  grant.addOIDCScope(OPENID_SCOPES.join(' '));
  grant.addResourceScope(RESOURCE, scopes.join(' '));
  grant.rejectResourceScope(RESOURCE, SCOPES.filter((scope) => !scopes.includes(scope)).join(' '));
  await grant.save();
  return grant;
}

async function logIn(
  provider: Provider,
  { people, tokens }: OpenIdProviderOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { prompt } = await provider.interactionDetails(request, response);
  if (prompt.name === 'consent') return await provider.interactionFinished(request, response, { consent: {} });
  if (request.method !== 'POST') return show(response, 200, logInPage());
  const form = await formOf(request);
  const username = form.get('username') ?? '';
  const result = people.logIn(username, form.get('password') ?? '');
  if (result.kind !== 'right') {
    return show(response, result.kind === 'wrong' ? 403 : 429, logInPage({ username, why: result.why }));
  }
  const accountId = tokens.idOf(result.person.username);
  await provider.interactionFinished(request, response, { login: { accountId } });
}

async function formOf(request: IncomingMessage): Promise<URLSearchParams> {
  if (Number(request.headers['content-length'] ?? Number.NaN) <= MAX_FORM_BYTES) {
    return new URLSearchParams(await text(request));
  }
  throw new RangeError('A form has at most 4 KB, and says how many');
}

function show(response: ServerResponse, status: number, page: string): void {
  response.writeHead(status, { 'content-type': 'text/html; charset=utf-8' }).end(page);
}
