import * as z from 'zod';
import type { ConnectionRules } from './https-agent.ts';
import { guardedBytes } from './json-call.ts';

const Discovery = z.object({ issuer: z.string(), jwks_uri: z.url() });
const Keys = z.object({ keys: z.array(z.looseObject({ kty: z.string() })).min(1) });

/** A document, or in words what came in its place. @throws as `guardedBytes` */
async function read<T extends object>(url: string, schema: z.ZodType<T>, rules: ConnectionRules) {
  const call = { method: 'GET', url: new URL(url), headers: { accept: 'application/json' } } as const;
  const { status, body } = await guardedBytes(call, rules);
  const text = body.toString();
  const came = `${url} answers with HTTP ${status}`;
  try {
    return (status === 200 && schema.safeParse(JSON.parse(text)).data) || { fault: came };
  } catch {
    const kind = /^\s*</.test(text) ? 'a web page, perhaps of a proxy or a log-in' : 'a text that is not JSON';
    return { fault: `${came} and ${kind}` };
  }
}

/** Address of the keys of an issuer, or in words why there is none. Source: OpenID Connect Discovery 1.0 section 4. @throws as `read` */
export async function keysOf(issuer: string, rules: ConnectionRules): Promise<{ keys: string } | { fault: string }> {
  const found = await read(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`, Discovery, rules);
  if ('fault' in found) return { fault: `${found.fault}: it has no discovery document` };
  if (found.issuer === issuer) return { keys: found.jwks_uri };
  return { fault: `It calls itself ${found.issuer}, and tokens are accepted of ${issuer} only` };
}

/** What keeps tokens of an issuer from being checked, in words (R32). Source: RFC 7517 section 5. @throws as `keysOf` */
export async function issuerFault(issuer: string, rules: ConnectionRules): Promise<string | undefined> {
  const found = await keysOf(issuer, rules);
  if ('fault' in found) return found.fault;
  const keys = await read(found.keys, Keys, rules);
  return 'fault' in keys ? `${keys.fault}: it has no keys` : undefined;
}
