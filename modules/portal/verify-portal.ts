import { commitmentTo } from '../proof/commitment.ts';
import type { Attempt } from '../requests/state-machine.ts';
import type { SealedPorts } from '../requests/vault.ts';
import { ResidueFoundError } from './errors.ts';
import type { PortalVerifier } from './ports.ts';

export type VerifyPortalPorts = Pick<SealedPorts, 'requests' | 'vault'> & { readonly portalVerifier: PortalVerifier };

/** Task `Verify Portal`: searches again with another role; result and commitment go into the receipt. @throws {ResidueFoundError} */
export async function verifyPortal(
  { requestId }: Attempt,
  { requests, vault, portalVerifier }: VerifyPortalPorts,
  signal?: AbortSignal,
): Promise<Record<string, never>> {
  const subject = await vault.open(requestId, 'subject');
  const nonce = await vault.open(requestId, 'nonce');
  const { places, ...found } = await portalVerifier.verify(subject, signal);
  const { receipt } = await requests.get(requestId);
  const commitment = { commitment: commitmentTo(subject, nonce), commitmentVersion: 2 } as const;
  await requests.note(requestId, {
    receipt: { rowsByTable: {}, ...receipt, ...found, ...commitment },
    ...(places.length > 0 && { places }),
  });
  if (found.residue > 0) throw new ResidueFoundError(found.residue, places);
  return {};
}
