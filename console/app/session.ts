import { ErrorResponse, InMemoryWebStorage, type User, UserManager, WebStorageStateStore } from 'oidc-client-ts';

/** `config.json` beside the page: who logs the operators in, and whose console it is. */
export interface ConsoleConfig {
  readonly issuer: string;
  readonly clientId: string;
  readonly scope: string;
  /** Sent with the log-in where the issuer wants to know for which API the token is. */
  readonly resource?: string;
  readonly company?: string;
  /** A line for every page, such as what is simulated here; English. */
  readonly notice?: string;
}

/** The issuer refused the log-in, or did not answer: then there is no message. */
export class LogInError extends Error {
  override readonly name = 'LogInError';
}

/** What an issuer answers to a silent log-in of somebody whom it does not know. */
const NOT_KNOWN = ['login_required', 'interaction_required', 'consent_required', 'account_selection_required'];

/** Seconds before the end of a token at which another one is asked for. */
const RENEWAL_SECONDS = 60;

const pageAddress = (): string => location.origin + location.pathname;

/**
 * The operator's log-in (R0, R33): OpenID Connect, authorization code with PKCE. Tokens live in this object alone: a reload
 * asks the issuer again, which still knows the operator, and comes back to the same place.
 */
export class Session {
  readonly config: ConsoleConfig;
  readonly #manager: UserManager;
  #user: User | undefined;
  #renewal: Promise<unknown> | undefined;

  constructor(config: ConsoleConfig) {
    this.config = config;
    this.#manager = new UserManager({
      authority: config.issuer,
      client_id: config.clientId,
      scope: config.scope,
      ...(config.resource !== undefined && { resource: config.resource }),
      redirect_uri: pageAddress(),
      post_logout_redirect_uri: pageAddress(),
      userStore: new WebStorageStateStore({ store: new InMemoryWebStorage() }),
      stateStore: new WebStorageStateStore({ store: sessionStorage }), // holds no token
      automaticSilentRenew: false, // without a refresh token it would need a frame
    });
  }

  /**
   * Takes up what the issuer sent back with the page's address, if it did; the address is clean afterwards.
   * @returns false when the page was opened by itself, and not by the issuer
   * @throws {LogInError}
   */
  async takeAnswer(): Promise<boolean> {
    if (!new URL(location.href).searchParams.has('state')) return false;
    let address: unknown;
    try {
      this.#user = await this.#manager.signinCallback();
      address = this.#user?.state;
    } catch (error) {
      if (!(error instanceof ErrorResponse)) throw new LogInError(error instanceof Error ? error.message : '');
      address = error.state;
      if (!NOT_KNOWN.includes(error.error ?? '')) throw new LogInError(error.error_description ?? error.error ?? '');
    } finally {
      history.replaceState(null, '', pageAddress() + (typeof address === 'string' ? address : ''));
    }
    return true;
  }

  get isOpen(): boolean {
    return this.#user !== undefined;
  }

  get person() {
    const { scope = '', profile } = this.#user ?? {};
    const name = profile?.name ?? profile?.preferred_username ?? profile?.email;
    const scopes = scope.split(' ').filter((word) => word.startsWith('gdpr.'));
    return { id: profile?.sub, name, scopes: scopes.length > 0 ? scopes : undefined };
  }

  /** The present token, renewed when its end is near and the issuer allows that. */
  async token(): Promise<string | undefined> {
    const { expires_in: seconds = Number.POSITIVE_INFINITY, refresh_token: renewable } = this.#user ?? {};
    if (renewable !== undefined && seconds < RENEWAL_SECONDS) {
      this.#renewal ??= this.#renew();
      await this.#renewal;
    }
    return this.#user?.access_token;
  }

  /** The API no longer takes the token. */
  end(): void {
    this.#user = undefined;
  }

  /**
   * Leaves for the issuer's log-in page, which comes back to where the operator was.
   * @param silent comes back at once, whether the issuer still knows the operator or not
   * @throws {LogInError} the issuer does not answer
   */
  async logIn(silent = false): Promise<void> {
    try {
      await this.#manager.signinRedirect({ state: location.hash, ...(silent && { prompt: 'none' }) });
    } catch {
      throw new LogInError('');
    }
  }

  /** Forgets the tokens, and lets the issuer forget who was logged in. */
  async logOut(): Promise<void> {
    const hint = this.#user?.id_token;
    this.end();
    await this.#manager.signoutRedirect({ ...(hint !== undefined && { id_token_hint: hint }) });
  }

  /** A refusal ends the session; an issuer that is away does not. */
  async #renew(): Promise<void> {
    try {
      this.#user = (await this.#manager.signinSilent()) ?? undefined;
    } catch (error) {
      if (error instanceof ErrorResponse) this.end();
    } finally {
      this.#renewal = undefined;
    }
  }
}
