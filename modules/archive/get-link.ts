import type { Clock } from '../common/ports.ts';
import type { Requests } from '../requests/store.ts';
import { keptBundleOf } from './downloadable.ts';
import type { Link } from './link.ts';
import { BUNDLE_NAME } from './name.ts';
import type { LinkSigner } from './ports.ts';

/**
 * Mints a fresh link to a finished Bundle (D6).
 * @throws {WrongStateError} not finished, or ended without a Bundle
 * @throws {BundleDestroyedError | BundleExpiredError} it is gone
 */
export async function getLink(
  requestId: string,
  ports: { readonly requests: Requests; readonly links: LinkSigner; readonly clock: Clock },
): Promise<Link> {
  const bundle = keptBundleOf(await ports.requests.get(requestId), ports.clock.now());
  await ports.requests.tell(requestId, { what: 'link-minted' }); // first, so that there is no link without a trace
  return ports.links.sign(bundle.bundleKey, bundle.fileName ?? BUNDLE_NAME);
}
