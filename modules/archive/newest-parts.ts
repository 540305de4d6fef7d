import * as z from 'zod';
import { attemptsUpTo } from '../requests/state-machine.ts';
import type { Requests } from '../requests/store.ts';
import type { PartIndex } from './fragment.ts';
import type { PartStore } from './ports.ts';

/**
 * The committed indexes of a Request after several attempts (docs/decisions/0023): for each source, those of the newest
 * attempt that completed it; without such an attempt, those of the newest one with data.
 * @returns indexes in the order of the sources' ids, so that the same Parts make the same archive
 */
export async function committedIndexes(
  parts: Pick<PartStore, 'listIndexes'>,
  requestId: string,
  attempt: number,
): Promise<PartIndex[]> {
  const lists = await Promise.all(attemptsUpTo(attempt).map((each) => parts.listIndexes(requestId, each)));
  const chosen = new Map<string, readonly PartIndex[]>();
  for (const list of lists) {
    for (const [sourceId, indexes] of Map.groupBy(list, (index) => index.sourceId)) {
      if (isWhole(indexes) || !isWhole(chosen.get(sourceId) ?? [])) chosen.set(sourceId, indexes);
    }
  }
  return [...chosen].sort(([a], [b]) => (a < b ? -1 : 1)).flatMap(([, indexes]) => indexes);
}

/** True when a worker has committed everything that its source holds. */
export const isWhole = (indexes: readonly PartIndex[]): boolean => indexes.length > 0 && indexes.at(-1)!.next === null;

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
