import type { RequestView } from '../model.ts';
import type { Requests } from '../ports.ts';

/** A Request as its Caller sees it, with the progress of each source. @throws {RequestNotFoundError} */
export async function getRequest(
  requestId: string,
  { requests }: { readonly requests: Requests },
): Promise<RequestView> {
  const [record, progress] = await Promise.all([requests.get(requestId), requests.listProgress(requestId)]);
  const { callerId: _caller, cancelRequested: _cancel, bundle, ...shown } = record;
  return {
    ...shown,
    progress,
    ...(bundle && { bundle: { byteLength: bundle.byteLength, expiresAt: bundle.expiresAt } }),
  };
}
