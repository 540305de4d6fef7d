import { createRemoteJWKSet, customFetch, errors, type JWTPayload, jwtVerify } from 'jose';
import type { ConsoleConfig } from '../../console/app/session.ts';
import { keysOf } from '../../modules/net/check-issuer.ts';
import { guardedCall } from '../../modules/net/json-call.ts';
import { SCOPES } from '../../modules/requests/caller.ts';
import type { IdentityProvider } from '../config/config.ts';
import type { Identity, LocalIdentity } from './local-identity.ts';

/** The RSA signatures that the authorizer of API Gateway accepts. */
const ALGORITHMS = ['RS256', 'RS384', 'RS512'];

/** The provider did not answer, or not as a provider does: tokens cannot be checked now. */
class IdentityProviderError extends Error {
  override readonly name = 'IdentityProviderError';
  constructor(what: string, options?: ErrorOptions) {
    super(`The identity provider ${what}`, options);
  }
}

type Keys = ReturnType<typeof createRemoteJWKSet>;

/**
 * Checks the tokens of the company's OpenID provider, by the rules of API Gateway's JWT authorizer. The sample people of this
 * machine cannot log in. The token in `system.json` stays good: only the owner of this machine's files can read it.
 */
export class CompanyIdentity implements Identity {
  readonly consoleConfig: ConsoleConfig;
  readonly #provider: IdentityProvider;
  readonly #own: LocalIdentity;
  #keys: Promise<Keys> | undefined;

  constructor(provider: IdentityProvider, own: LocalIdentity) {
    const { issuer, clientId, resource, scope } = provider;
    this.#provider = provider;
    this.#own = own;
    this.consoleConfig = {
      issuer,
      clientId,
      scope: scope ?? ['openid', 'profile', 'offline_access', ...SCOPES].join(' '),
      ...(resource !== undefined && { resource }),
    };
  }

  async verify(token: string): Promise<JWTPayload | undefined> {
    const own = await this.#own.verify(token);
    if (own)
      return own.sub === this.#own.idOf('operator') ? { ...own, [this.#provider.scopeClaim]: own.scope } : undefined;
    const { issuer, audience } = this.#provider;
    try {
      const { payload } = await jwtVerify(token, await this.#signingKeys(), {
        algorithms: ALGORITHMS,
        issuer,
        requiredClaims: ['sub', 'exp'],
        clockTolerance: 10, // seconds
      });
      const audiences = [payload.aud ?? payload.client_id].flat();
      return audiences.includes(audience) ? payload : undefined;
    } catch (error) {
      const isRefused = error instanceof errors.JOSEError && !(error instanceof errors.JWKSTimeout);
      if (isRefused) return undefined;
      throw error instanceof IdentityProviderError
        ? error
        : new IdentityProviderError('did not answer', { cause: error });
    }
  }

  /** Found once; after a failure the next call tries again. @throws {IdentityProviderError} */
  #signingKeys(): Promise<Keys> {
    this.#keys ??= this.#findKeys().catch((error: unknown) => {
      this.#keys = undefined;
      throw error;
    });
    return this.#keys;
  }

  async #findKeys(): Promise<Keys> {
    const { issuer, trust } = this.#provider;
    const rules = { trust, now: () => new Date(), allowLoopback: true, onUnchecked: () => {} };
    const found = await keysOf(issuer, rules);
    if ('fault' in found) throw new IdentityProviderError(`cannot be used: ${found.fault}`);
    const keys = new URL(found.keys);
    if (keys.protocol !== 'https:') throw new IdentityProviderError('has its keys at an address without TLS');
    const call = { method: 'GET', url: keys, headers: { accept: 'application/json' } } as const;
    return createRemoteJWKSet(keys, {
      [customFetch]: async () => {
        const { status, body } = await guardedCall(call, rules);
        if (status !== 200) throw new IdentityProviderError(`answered with status ${status}`);
        return new Response(body);
      },
    });
  }
}
