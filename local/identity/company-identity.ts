import type { JWTPayload } from 'jose';
import type { ConsoleConfig } from '../../console/app/session.ts';
import { tokenChecker } from '../../modules/net/check-token.ts';
import { SCOPES } from '../../modules/requests/caller.ts';
import type { IdentityProvider } from '../config/config.ts';
import type { Identity, LocalIdentity } from './local-identity.ts';

/**
 * Checks the tokens of the company's OpenID provider. The sample people of this machine cannot log in. The token in `system.json` stays
 * good: only the owner of this machine's files can read it.
 */
export class CompanyIdentity implements Identity {
  readonly consoleConfig: ConsoleConfig;
  readonly #provider: IdentityProvider;
  readonly #own: LocalIdentity;
  readonly #check: ReturnType<typeof tokenChecker>;

  constructor(provider: IdentityProvider, own: LocalIdentity) {
    const { issuer, audience, clientId, resource, scope, trust } = provider;
    this.#provider = provider;
    this.#own = own;
    const rules = { trust, now: () => new Date(), allowLoopback: true, onUnchecked: () => {} };
    this.#check = tokenChecker(issuer, audience, rules);
    this.consoleConfig = {
      issuer,
      clientId,
      scope: scope ?? ['openid', 'profile', 'offline_access', ...SCOPES].join(' '),
      ...(resource !== undefined && { resource }),
    };
  }

  /** @throws when the provider does not answer */
  async verify(token: string): Promise<JWTPayload | undefined> {
    const own = await this.#own.verify(token);
    if (!own) return this.#check(token);
    return own.sub === this.#own.idOf('operator') ? { ...own, [this.#provider.scopeClaim]: own.scope } : undefined;
  }
}
