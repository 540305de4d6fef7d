import type { Requests } from '../requests/store.ts';
import { committedIndexes } from './newest-parts.ts';
import type { PartStore } from './ports.ts';

/**
 * Other accounts that the Engines hold of the same person: to be offered, never included unasked (retrieval-plan.md 5).
 * They are kept with the Parts, and go with them.
 * @throws {RequestNotFoundError}
 */
export async function getNearNames(
  requestId: string,
  { requests, parts }: { readonly requests: Requests; readonly parts: PartStore },
): Promise<{ names: string[] }> {
  const { attempt } = await requests.get(requestId);
  const indexes = await committedIndexes(parts, requestId, attempt);
  return { names: [...new Set(indexes.flatMap(({ nearNames = [] }) => nearNames))].sort() };
}
