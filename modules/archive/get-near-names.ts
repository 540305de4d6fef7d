import * as z from 'zod';
import type { Requests } from '../requests/store.ts';
import { committedIndexes } from './newest-parts.ts';
import type { PartStore } from './ports.ts';

export const NearNames = z
  .strictObject({ names: z.array(z.string()) })
  .describe('Other accounts of the same person on the Engines');

/**
 * Other accounts of the same person on the Engines: only shown, never included by themselves (docs/nxql.md). They are stored
 * with the Parts and deleted with them.
 * @throws {RequestNotFoundError}
 */
export async function getNearNames(
  requestId: string,
  { requests, parts }: { readonly requests: Requests; readonly parts: PartStore },
): Promise<z.infer<typeof NearNames>> {
  const { attempt } = await requests.get(requestId);
  const indexes = await committedIndexes(parts, requestId, attempt);
  return { names: [...new Set(indexes.flatMap(({ nearNames = [] }) => nearNames))].sort() };
}
