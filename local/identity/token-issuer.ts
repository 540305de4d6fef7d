import {
  createHmac,
  createPrivateKey,
  createPublicKey,
  generateKeyPair,
  type KeyObject,
  randomBytes,
} from 'node:crypto';
import { promisify } from 'node:util';
import { type JWTPayload, jwtVerify, SignJWT } from 'jose';
import type { Scope } from '../../modules/requests/caller.ts';
import { keepSecret } from '../kept-secret.ts';

/** Audience of the access tokens, as `JwtAudience` on AWS. */
export const AUDIENCE = 'nexthink-gdpr';
/** The authorizer of API Gateway takes RSA signatures alone. */
export const SIGNATURE = 'RS256';
/** Life of a token that is issued without a log-in page, seconds. */
export const TOKEN_SECONDS = 12 * 60 * 60;

/** Issues and checks the access tokens of this machine, as an OpenID provider and the JWT authorizer do on AWS. */
export class TokenIssuer {
  /** Signs tokens. */
  readonly privateKey: KeyObject;
  readonly #publicKey: KeyObject;
  /** Makes opaque ids of user names. */
  readonly #idKey: Uint8Array;
  /** `iss` of the tokens: the address under which the issuer is found. Set once the port is known. */
  issuer = '';

  private constructor(privateKey: KeyObject, idKey: Uint8Array) {
    this.privateKey = privateKey;
    this.#publicKey = createPublicKey(privateKey);
    this.#idKey = idKey;
  }

  /** @param keyFile where the key of the ids lives; the signing key stands beside it. Mode 0600; made when absent */
  static async open(keyFile: string): Promise<TokenIssuer> {
    const [idKey, pem] = await Promise.all([
      keepSecret(keyFile, () => randomBytes(32).toString('base64')),
      keepSecret(`${keyFile}.sign`, newSigningKey),
    ]);
    return new TokenIssuer(createPrivateKey(pem), Buffer.from(idKey, 'base64'));
  }

  /** @returns `sub` of a user's tokens */
  idOf(username: string): string {
    return createHmac('sha256', this.#idKey).update(username).digest('base64url').slice(0, 22);
  }

  /** @param username of the Caller; the token holds an opaque id instead */
  async issue(username: string, scopes: readonly Scope[]): Promise<string> {
    return await new SignJWT({ scope: scopes.join(' ') })
      .setProtectedHeader({ alg: SIGNATURE, typ: 'at+jwt' })
      .setIssuer(this.issuer)
      .setAudience(AUDIENCE)
      .setSubject(this.idOf(username))
      .setIssuedAt()
      .setExpirationTime(`${TOKEN_SECONDS}s`)
      .sign(this.privateKey);
  }

  /**
   * `iss` is not compared: after a restart the port may be another one, and the key alone proves who issued a token.
   * @returns the claims; nothing when the token is not ours, was changed or is too old
   */
  async verify(token: string): Promise<JWTPayload | undefined> {
    try {
      const { payload } = await jwtVerify(token, this.#publicKey, {
        algorithms: [SIGNATURE],
        audience: AUDIENCE,
        requiredClaims: ['sub', 'exp'],
      });
      return payload;
    } catch {
      return undefined;
    }
  }
}

async function newSigningKey(): Promise<string> {
  const { privateKey } = await promisify(generateKeyPair)('rsa', { modulusLength: 2048 });
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
}
