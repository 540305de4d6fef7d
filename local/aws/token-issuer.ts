import { createHmac, randomBytes } from 'node:crypto';
import { type JWTPayload, jwtVerify, SignJWT } from 'jose';
import { SCOPES, type Scope } from '../../modules/requests/caller.ts';
import { keepSecret } from '../kept-secret.ts';

const ISSUER = 'urn:nexthink-gdpr:local';
const AUDIENCE = 'nexthink-gdpr';
/** Life of a token, seconds. */
export const TOKEN_SECONDS = 12 * 60 * 60;

/** Issues and checks the tokens of this machine, as an OpenID provider and the JWT authorizer do on AWS. */
export class TokenIssuer {
  readonly #key: Uint8Array;

  private constructor(key: Uint8Array) {
    this.#key = key;
  }

  /** @param keyFile where the signing key lives, mode 0600; made when absent */
  static async open(keyFile: string): Promise<TokenIssuer> {
    return new TokenIssuer(Buffer.from(await keepSecret(keyFile, () => randomBytes(32).toString('base64')), 'base64'));
  }

  /** @param username of the Caller; the token holds an opaque id instead @param scopes all there are when absent */
  async issue(username: string, scopes: readonly Scope[] = SCOPES): Promise<string> {
    const subject = createHmac('sha256', this.#key).update(username).digest('base64url').slice(0, 22);
    return await new SignJWT({ scope: scopes.join(' ') })
      .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
      .setIssuer(ISSUER)
      .setAudience(AUDIENCE)
      .setSubject(subject)
      .setIssuedAt()
      .setExpirationTime(`${TOKEN_SECONDS}s`)
      .sign(this.#key);
  }

  /** @returns the claims; nothing when the token is not ours, was changed or is too old */
  async verify(token: string): Promise<JWTPayload | undefined> {
    try {
      const { payload } = await jwtVerify(token, this.#key, {
        algorithms: ['HS256'],
        issuer: ISSUER,
        audience: AUDIENCE,
        requiredClaims: ['sub', 'exp'],
      });
      return payload;
    } catch {
      return undefined;
    }
  }
}
