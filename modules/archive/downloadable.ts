import { WrongStateError } from '../requests/errors.ts';
import type { RequestRecord } from '../requests/record.ts';
import { hasBundle } from '../requests/state-machine.ts';
import { BundleDestroyedError, BundleExpiredError } from './errors.ts';

/**
 * The Bundle of a Request, as long as it can be had.
 * @throws {WrongStateError} not finished, or ended without a Bundle
 * @throws {BundleDestroyedError | BundleExpiredError} it is gone
 */
export function keptBundleOf(
  { requestId, state, bundle, destroyedAt }: RequestRecord,
  now: Date,
): NonNullable<RequestRecord['bundle']> {
  if (!hasBundle(state) || !bundle) throw new WrongStateError(requestId, state);
  if (destroyedAt) throw new BundleDestroyedError(requestId);
  if (Date.parse(bundle.expiresAt) <= now.getTime()) throw new BundleExpiredError(requestId);
  return bundle;
}
