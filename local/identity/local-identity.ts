import type { RequestListener } from 'node:http';
import { join } from 'node:path';
import type { JWTPayload } from 'jose';
import type { ConsoleConfig } from '../../console/app/session.ts';
import { SCOPES, type Scope } from '../../modules/requests/caller.ts';
import { type HttpAnswer, jsonAnswer } from '../aws/http-answer.ts';
import { keepSecret } from '../kept-secret.ts';
import { type MachineClient, newPassword, People } from './people.ts';
import { TOKEN_SECONDS, TokenIssuer } from './token-issuer.ts';

/** Below this path the local issuer answers. */
export const ISSUER_PATH = '/oidc';

/** Checks the access tokens of calls; where the issuer is this machine, it also issues them. */
export interface Identity {
  /** @returns the claims; nothing when the token is not valid @throws when nobody can tell now */
  verify(token: string): Promise<JWTPayload | undefined>;
  /** What the console has to know to log somebody in: its `config.json`. */
  readonly consoleConfig: ConsoleConfig;
  /** OpenID Connect, below `ISSUER_PATH`. */
  readonly openIdConnect?: RequestListener;
  /** A token for a username and a password, without a log-in page: RFC 6749, section 4.3. */
  passwordGrant?(form: URLSearchParams): Promise<HttpAnswer>;
}

/** The issuer of this machine: people, a machine, and their tokens. */
export class LocalIdentity implements Identity {
  readonly people: People;
  readonly machine: MachineClient;
  readonly #tokens: TokenIssuer;
  #consoleOrigins: readonly string[] = [];
  #provider: Promise<RequestListener> | undefined;

  private constructor(tokens: TokenIssuer, people: People, clientSecret: string) {
    this.#tokens = tokens;
    this.people = people;
    this.machine = { clientId: 'machine', clientSecret };
  }

  /** @param folder where keys and passwords live, mode 0600; made when absent */
  static async open(folder: string): Promise<LocalIdentity> {
    const [tokens, people, clientSecret] = await Promise.all([
      TokenIssuer.open(join(folder, 'token.key')),
      People.open(folder),
      keepSecret(join(folder, 'machine-secret'), newPassword),
    ]);
    return new LocalIdentity(tokens, people, clientSecret);
  }

  /** Tells where the API and the console listen, which is where the issuer is found. @param url such as `http://127.0.0.1:8080` */
  servedAt(url: string): void {
    this.#tokens.issuer = `${url}${ISSUER_PATH}`;
    this.#consoleOrigins = [url, url.replace('//127.0.0.1:', '//localhost:')];
  }

  /** @returns `sub` of a user's tokens, by which recipients are named */
  idOf(username: string): string {
    return this.#tokens.idOf(username);
  }

  get consoleConfig(): ConsoleConfig {
    const scope = ['openid', 'profile', 'offline_access', ...SCOPES].join(' ');
    return { issuer: this.#tokens.issuer, clientId: 'console', scope };
  }

  /** A token for a Caller, without a log-in. @param scopes all there are when absent */
  issue(username: string, scopes: readonly Scope[] = SCOPES): Promise<string> {
    return this.#tokens.issue(username, scopes);
  }

  verify(token: string): Promise<JWTPayload | undefined> {
    return this.#tokens.verify(token);
  }

  async passwordGrant(form: URLSearchParams): Promise<HttpAnswer> {
    if (form.get('grant_type') !== 'password') return jsonAnswer(400, { error: 'unsupported_grant_type' });
    const result = this.people.logIn(form.get('username') ?? '', form.get('password') ?? '');
    if (result.kind !== 'right') return jsonAnswer(400, { error: 'invalid_grant', error_description: result.why });
    const { username, scopes } = result.person;
    const token = await this.issue(username, scopes);
    return jsonAnswer(200, { access_token: token, token_type: 'Bearer', expires_in: TOKEN_SECONDS });
  }

  /** The provider is loaded at the first call: it takes a third of a second and 40 MB. */
  readonly openIdConnect: RequestListener = (request, response) => {
    this.#provider ??= this.#startProvider();
    this.#provider.then(
      (answer) => answer(request, response),
      () => response.writeHead(500).end(),
    );
  };

  async #startProvider(): Promise<RequestListener> {
    const { openIdProvider } = await import('./openid-provider.ts');
    return openIdProvider({
      tokens: this.#tokens,
      people: this.people,
      machine: this.machine,
      consoleOrigins: this.#consoleOrigins,
      path: ISSUER_PATH,
    });
  }
}
