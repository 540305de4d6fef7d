import { attemptsUpTo } from '../requests/state-machine.ts';
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
