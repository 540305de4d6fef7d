import * as oauth from 'oauth4webapi';

/** Loopback has no TLS. */
export const PLAIN = { [oauth.allowInsecureRequests]: true };

/** What the console is at the local issuer. */
export const CONSOLE: oauth.Client = { client_id: 'console' };

/** The part of a browser that a log-in needs: it keeps cookies, and follows redirects on request. */
export class CookieJar {
  readonly #cookies = new Map<string, string>();

  async send(url: string | URL, form?: Readonly<Record<string, string>>): Promise<Response> {
    const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const body = form && { method: 'POST', body: new URLSearchParams(form) };
    const answer = await fetch(url, { redirect: 'manual', headers: { cookie }, ...body });
    for (const line of answer.headers.getSetCookie()) {
      const [pair = ''] = line.split(';');
      const at = pair.indexOf('=');
      if (pair.length > at + 1) this.#cookies.set(pair.slice(0, at), pair.slice(at + 1));
      else this.#cookies.delete(pair.slice(0, at));
    }
    return answer;
  }

  /** Follows redirects until a page comes, or an address at which `isEnd` says to stop. */
  async follow(url: string | URL, isEnd: (url: URL) => boolean): Promise<{ url: URL; page?: Response }> {
    for (let at = new URL(url); ; ) {
      if (isEnd(at)) return { url: at };
      const answer = await this.send(at);
      const next = answer.headers.get('location');
      if (next === null) return { url: at, page: answer };
      at = new URL(next, at);
    }
  }
}

/** The issuer as a client finds it. @param apiUrl address of the API */
export async function discovered(apiUrl: string): Promise<oauth.AuthorizationServer> {
  const issuer = new URL(`${apiUrl}/oidc`);
  return await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, PLAIN));
}

/** One log-in by the code flow with PKCE, as the console does it. */
export class CodeFlow {
  readonly jar = new CookieJar();
  readonly server: oauth.AuthorizationServer;
  readonly #redirectUri: string;
  readonly #verifier = oauth.generateRandomCodeVerifier();
  readonly #state = oauth.generateRandomState();

  constructor(server: oauth.AuthorizationServer, redirectUri: string) {
    this.server = server;
    this.#redirectUri = redirectUri;
  }

  /** Opens the log-in. @returns the page, or the address with the code when somebody is logged in */
  async begin(scope: string, more: Readonly<Record<string, string>> = {}): Promise<{ url: URL; page?: Response }> {
    const url = new URL(this.server.authorization_endpoint!);
    url.search = new URLSearchParams({
      client_id: CONSOLE.client_id,
      redirect_uri: this.#redirectUri,
      response_type: 'code',
      scope,
      state: this.#state,
      code_challenge: await oauth.calculatePKCECodeChallenge(this.#verifier),
      code_challenge_method: 'S256',
      ...more,
    }).toString();
    return await this.jar.follow(url, this.#isRedirectUri);
  }

  /** Sends the form of the log-in page. */
  async logIn(page: URL, username: string, password: string): Promise<{ url: URL; page?: Response }> {
    const answer = await this.jar.send(page, { username, password });
    const next = answer.headers.get('location');
    return next === null
      ? { url: page, page: answer }
      : await this.jar.follow(new URL(next, page), this.#isRedirectUri);
  }

  /** Takes the code to the tokens. */
  async tokens(callback: URL): Promise<oauth.TokenEndpointResponse> {
    const params = oauth.validateAuthResponse(this.server, CONSOLE, callback, this.#state);
    const [uri, none] = [this.#redirectUri, oauth.None()];
    const answer = oauth.authorizationCodeGrantRequest(this.server, CONSOLE, none, params, uri, this.#verifier, PLAIN);
    return await oauth.processAuthorizationCodeResponse(this.server, CONSOLE, await answer);
  }

  readonly #isRedirectUri = (url: URL): boolean => `${url.origin}${url.pathname}` === this.#redirectUri;
}

/** A person's tokens, by log-in page and code. */
export async function tokensOf(
  apiUrl: string,
  { username, password }: { readonly username: string; readonly password: string },
  scope: string,
): Promise<oauth.TokenEndpointResponse> {
  const flow = new CodeFlow(await discovered(apiUrl), `${apiUrl}/`);
  const { url } = await flow.begin(scope);
  return await flow.tokens((await flow.logIn(url, username, password)).url);
}
