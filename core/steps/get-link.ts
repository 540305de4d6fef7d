import { BUNDLE_NAME } from '../bundle/name.ts';
import { BundleDestroyedError, BundleExpiredError, WrongStateError } from '../errors.ts';
import { hasBundle } from '../lifecycle.ts';
import type { Link } from '../model.ts';
import type { Clock, LinkSigner, Requests } from '../ports.ts';

/**
 * Mints a fresh link to a finished Bundle (D6).
 * @throws {WrongStateError} not finished, or ended without a Bundle
 * @throws {BundleDestroyedError | BundleExpiredError} it is gone
 */
export async function getLink(
  requestId: string,
  ports: { readonly requests: Requests; readonly links: LinkSigner; readonly clock: Clock },
): Promise<Link> {
  const { state, bundle, destroyedAt } = await ports.requests.get(requestId);
  if (!hasBundle(state) || !bundle) throw new WrongStateError(requestId, state);
  if (destroyedAt) throw new BundleDestroyedError(requestId);
  if (Date.parse(bundle.expiresAt) <= ports.clock.now().getTime()) throw new BundleExpiredError(requestId);
  await ports.requests.tell(requestId, { what: 'link-minted' }); // first, so that there is no link without a trace
  return ports.links.sign(bundle.bundleKey, bundle.fileName ?? BUNDLE_NAME);
}
