import { createRemoteJWKSet, customFetch, errors, type JWTPayload, jwtVerify } from 'jose';
import { keysOf } from './check-issuer.ts';
import type { ConnectionRules } from './https-agent.ts';
import { guardedCall } from './json-call.ts';

/** The RSA signatures that the authorizer of an HTTP API accepts. */
const ALGORITHMS = ['RS256', 'RS384', 'RS512'];
/** What jose says of an answer of the provider. All else that it says is about the token. */
const OF_PROVIDER = ['ERR_JOSE_GENERIC', 'ERR_JWKS_INVALID', 'ERR_JWKS_TIMEOUT'];
const CLOCK_SECONDS = 10;

/**
 * Checks tokens of an OpenID provider by the rules of the authorizer of an HTTP API. The keys are found once; after a failure the next call
 * tries again. The check answers with the claims, or nothing when the token is not good; it throws when the provider does not answer.
 */
export function tokenChecker(issuer: string, audience: string, rules: ConnectionRules) {
  let keys: ReturnType<typeof findKeys> | undefined;
  const expected = { algorithms: ALGORITHMS, issuer, requiredClaims: ['sub', 'exp'], clockTolerance: CLOCK_SECONDS };
  return async (token: string): Promise<JWTPayload | undefined> => {
    keys ??= findKeys(issuer, rules);
    const known = await keys.catch((error: unknown) => {
      keys = undefined;
      throw error;
    });
    try {
      const { payload, protectedHeader } = await jwtVerify(token, known, expected);
      const isIssued = (payload.iat ?? 0) <= rules.now().getTime() / 1000 + CLOCK_SECONDS;
      if (!protectedHeader.kid || !isIssued) return undefined; // two rules that jose does not have
      return [payload.aud ?? payload.client_id].flat().includes(audience) ? payload : undefined;
    } catch (error) {
      if (error instanceof errors.JOSEError && !OF_PROVIDER.includes(error.code)) return undefined;
      throw error;
    }
  };
}

async function findKeys(issuer: string, rules: ConnectionRules) {
  const found = await keysOf(issuer, rules);
  if ('fault' in found || !found.keys.startsWith('https:')) throw new Error('The issuer names no keys behind TLS');
  const url = new URL(found.keys);
  const fetchKeys = async () => {
    const { status, body } = await guardedCall({ method: 'GET', url, headers: { accept: 'application/json' } }, rules);
    if (status !== 200) throw new Error(`The keys of the issuer came with status ${status}`);
    return new Response(body);
  };
  return createRemoteJWKSet(url, { [customFetch]: fetchKeys });
}
