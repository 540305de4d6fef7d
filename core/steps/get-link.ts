import { BundleExpiredError, WrongStateError } from '../errors.ts';
import { isFinal } from '../lifecycle.ts';
import type { Link } from '../model.ts';
import type { Clock, LinkSigner, Requests } from '../ports.ts';

/**
 * Mints a fresh link to a finished Bundle (D6).
 * @throws {WrongStateError} not finished, or ended without a Bundle
 * @throws {BundleExpiredError} its time is over
 */
export async function getLink(
  requestId: string,
  ports: { readonly requests: Requests; readonly links: LinkSigner; readonly clock: Clock },
): Promise<Link> {
  const { state, bundle } = await ports.requests.get(requestId);
  if (!isFinal(state) || !bundle) throw new WrongStateError(requestId, state);
  if (Date.parse(bundle.expiresAt) <= ports.clock.now().getTime()) throw new BundleExpiredError(requestId);
  return ports.links.sign(bundle.bundleKey);
}
