/** Scopes of functions/registry.ts that a button may need. */
export type Scope = `gdpr.${'read' | 'retrieve' | 'anonymize' | 'approve' | 'operate' | 'download'}`;

/** The caller: the opaque id, and the scopes when the token names any. */
export interface Caller {
  readonly id?: string;
  readonly scopes?: readonly string[];
}

/**
 * What a token tells of its Caller, so that no button is shown in vain. Nothing is checked here: that is for the API.
 * @returns nothing of what a token does not tell, such as one whose scopes stand in a claim of the issuer's own
 */
export function callerOf(token: string): Caller {
  const { sub, scope, scp } = claimsOf(token);
  const words = String(scope ?? scp ?? '').split(/[\s,[\]"]+/);
  const scopes = words.filter((word) => word.startsWith('gdpr.'));
  return { ...(typeof sub === 'string' && { id: sub }), ...(scopes.length > 0 && { scopes }) };
}

/** Whether a Caller has one of these scopes; when they are not known, the API is left to judge. */
export const isAmong = ({ scopes }: Caller, anyOf: readonly Scope[]): boolean =>
  scopes === undefined || anyOf.some((scope) => scopes.includes(scope));

function claimsOf(token: string): Readonly<Record<string, unknown>> {
  try {
    const payload = atob((token.split('.')[1] ?? '').replaceAll('-', '+').replaceAll('_', '/'));
    const bytes = Uint8Array.from(payload, (letter) => letter.charCodeAt(0));
    return JSON.parse(new TextDecoder().decode(bytes)) as Readonly<Record<string, unknown>>;
  } catch {
    return {};
  }
}
