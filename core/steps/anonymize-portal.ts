import { drawToken } from '../anonymization.ts';
import { RequestCancelledError } from '../errors.ts';
import type { PortalAnonymizer, Requests, Vault } from '../ports.ts';
import { PORTAL_SOURCE } from './query-portal.ts';

export interface AnonymizePortalPorts {
  readonly requests: Requests;
  readonly vault: Vault;
  readonly portalAnonymizer: PortalAnonymizer;
  /** Source of random bytes, a CSPRNG. */
  readonly random: (size: number) => Uint8Array;
}

/** How often the Request is asked whether it was cancelled (D3). */
const POLL_MS = 2000;

/**
 * Task `Anonymize Portal`: replaces the Subject's name in the Portal database and notes the rows changed. A
 * cancellation counts until the commit; afterwards the change stands, and the receipt says so (R16).
 * @throws {RequestCancelledError} cancelled before the commit; nothing has changed
 * @throws {ResidueFoundError} the name would have remained; nothing has changed
 */
export async function anonymizePortal(
  { requestId }: { readonly requestId: string; readonly attempt: number },
  { requests, vault, portalAnonymizer, random }: AnonymizePortalPorts,
  signal?: AbortSignal,
): Promise<Record<string, never>> {
  const cancel = new AbortController();
  const heedCancellation = async () => {
    if ((await requests.get(requestId)).cancelRequested) cancel.abort(new RequestCancelledError(requestId));
  };
  await heedCancellation();
  const source = { source: 'portal', sourceId: PORTAL_SOURCE, name: PORTAL_SOURCE, bytes: 0 } as const;
  await requests.putProgress(requestId, { ...source, state: 'RUNNING', rows: 0 });
  const subject = await vault.open(requestId, 'subject');

  const poll = setInterval(() => heedCancellation().catch(() => {}), POLL_MS); // a look that failed is taken again
  const rowsByTable = await portalAnonymizer
    .anonymize(requestId, subject, drawToken(random), AbortSignal.any([cancel.signal, ...(signal ? [signal] : [])]))
    .finally(() => clearInterval(poll));

  await requests.note(requestId, { receipt: { rowsByTable, residue: 0 } });
  const rows = Object.values(rowsByTable).reduce((sum, changed) => sum + changed, 0);
  await requests.putProgress(requestId, { ...source, state: rows > 0 ? 'DONE' : 'EMPTY', rows });
  return {};
}
