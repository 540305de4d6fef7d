import * as z from 'zod';
import type { ConnectionRules } from './https-agent.ts';
import { guardedCall } from './json-call.ts';

const Discovery = z.object({ issuer: z.string(), jwks_uri: z.url() });
const Keys = z.object({ keys: z.array(z.looseObject({ kty: z.string() })).min(1) });

/**
 * Whether tokens of an issuer can be checked: its discovery document names it, and its keys can be fetched (R32).
 * @returns what is wrong, in words; nothing when all is well
 * Source: OpenID Connect Discovery 1.0 section 4, RFC 7517 section 5.
 */
export async function issuerFault(issuer: string, rules: ConnectionRules): Promise<string | undefined> {
  const get = async <T>(url: string, schema: z.ZodType<T>): Promise<T | undefined> => {
    const call = { method: 'GET', url: new URL(url), headers: { accept: 'application/json' } } as const;
    const { status, body } = await guardedCall(call, rules);
    return status === 200 ? schema.safeParse(JSON.parse(body)).data : undefined;
  };
  const found = await get(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`, Discovery);
  if (!found) return `${issuer} has no discovery document`;
  if (found.issuer !== issuer) return `It calls itself ${found.issuer}, and tokens are accepted of ${issuer} only`;
  return (await get(found.jwks_uri, Keys)) ? undefined : `${found.jwks_uri} has no keys`;
}
