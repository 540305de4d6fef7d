import { ResidueFoundError } from '../errors.ts';
import type { PortalVerifier, Requests, Vault } from '../ports.ts';

export interface VerifyPortalPorts {
  readonly requests: Requests;
  readonly vault: Vault;
  readonly portalVerifier: PortalVerifier;
}

/**
 * Task `Verify Portal`: counts the name again through another role and session, and puts the count into the receipt.
 * @throws {ResidueFoundError} the name was found after the commit; the receipt holds the count
 */
export async function verifyPortal(
  { requestId }: { readonly requestId: string; readonly attempt: number },
  { requests, vault, portalVerifier }: VerifyPortalPorts,
  signal?: AbortSignal,
): Promise<Record<string, never>> {
  const subject = await vault.open(requestId, 'subject');
  const residue = await portalVerifier.countResidue(subject, signal);
  const { receipt } = await requests.get(requestId);
  await requests.note(requestId, { receipt: { rowsByTable: receipt?.rowsByTable ?? {}, residue } });
  if (residue > 0) throw new ResidueFoundError(residue);
  return {};
}
