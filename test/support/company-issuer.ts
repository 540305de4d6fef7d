import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { exportJWK, SignJWT } from 'jose';
import { startTlsPeer, type TlsPeer } from './tls-peer.ts';

const CONFIGURATION = '/realms/corp/.well-known/openid-configuration';

export interface SigningKey {
  readonly kid: string;
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

export const signingKey = (kid: string): SigningKey => ({
  kid,
  ...generateKeyPairSync('rsa', { modulusLength: 2048 }),
});

/** A company's OpenID provider over real TLS, as far as an API needs it: its description, its keys, and tokens. */
export class CompanyIssuer {
  readonly peer: TlsPeer;
  readonly url: string;
  readonly #key = signingKey('first');
  /** Keys that it publishes. */
  keys: readonly SigningKey[] = [this.#key];
  /** What it says of itself; nothing while it is away. */
  configuration: object | undefined;
  /** What comes in the place of its keys, such as a web page. */
  insteadOfKeys: string | undefined;

  private constructor(peer: TlsPeer) {
    this.peer = peer;
    this.url = `${peer.url}/realms/corp`;
    this.configuration = { issuer: this.url, jwks_uri: `${peer.url}/keys` };
  }

  static async start(): Promise<CompanyIssuer> {
    const peer: TlsPeer = await startTlsPeer((response, before) => {
      const body = issuer.#answer(peer.asked[before]!.request.url!);
      body.then((sent) =>
        response.writeHead(sent ? 200 : 404).end(typeof sent === 'string' ? sent : JSON.stringify(sent)),
      );
    });
    const issuer = new CompanyIssuer(peer);
    return issuer;
  }

  /** An access token for a person. @param changes claims that differ from a good one's */
  token(changes: Readonly<Record<string, unknown>> = {}, { kid, privateKey } = this.#key): Promise<string> {
    const exp = Math.floor(Date.now() / 1000) + 300;
    return new SignJWT({ iss: this.url, aud: 'gdpr-api', sub: 'a1b2', exp, ...changes })
      .setProtectedHeader({ alg: 'RS256', kid })
      .sign(privateKey);
  }

  async #answer(path: string): Promise<object | string | undefined> {
    if (path === CONFIGURATION) return this.configuration;
    if (path !== '/keys') return undefined;
    if (this.insteadOfKeys !== undefined) return this.insteadOfKeys;
    const keys = this.keys.map(async ({ kid, publicKey }) => ({ ...(await exportJWK(publicKey)), kid, use: 'sig' }));
    return { keys: await Promise.all(keys) };
  }
}
