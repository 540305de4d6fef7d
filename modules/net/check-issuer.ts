import * as z from 'zod';
import type { ConnectionRules } from './https-agent.ts';
import { guardedCall } from './json-call.ts';

const Discovery = z.object({ issuer: z.string(), jwks_uri: z.url() });
const Keys = z.object({ keys: z.array(z.looseObject({ kty: z.string() })).min(1) });

async function read<T>(url: string, schema: z.ZodType<T>, rules: ConnectionRules): Promise<T | undefined> {
  const call = { method: 'GET', url: new URL(url), headers: { accept: 'application/json' } } as const;
  const { status, body } = await guardedCall(call, rules);
  return status === 200 ? schema.safeParse(JSON.parse(body)).data : undefined;
}

/**
 * Address of the keys of an issuer, or in words why there is none. Source: OpenID Connect Discovery 1.0 section 4.
 * @throws as `guardedCall`; `SyntaxError` for an answer that is no JSON
 */
export async function keysOf(issuer: string, rules: ConnectionRules): Promise<{ keys: string } | { fault: string }> {
  const found = await read(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`, Discovery, rules);
  if (!found) return { fault: `${issuer} has no discovery document` };
  if (found.issuer === issuer) return { keys: found.jwks_uri };
  return { fault: `It calls itself ${found.issuer}, and tokens are accepted of ${issuer} only` };
}

/** What keeps tokens of an issuer from being checked, in words (R32). Source: RFC 7517 section 5. @throws as `keysOf` */
export async function issuerFault(issuer: string, rules: ConnectionRules): Promise<string | undefined> {
  const found = await keysOf(issuer, rules);
  if ('fault' in found) return found.fault;
  return (await read(found.keys, Keys, rules)) ? undefined : `${found.keys} has no keys`;
}
