import type { Spelling } from '../../archive/fragment.ts';
import { folded, lowerOf, upperOf } from '../../common/case-folding.ts';

/** The spellings under which a name is looked up, one after the other until one is found (retrieval-plan.md 5). */
export function spellingsOf(name: string): { spelling: Spelling; name: string }[] {
  const all: { spelling: Spelling; name: string }[] = [
    { spelling: 'exact', name },
    { spelling: 'upper', name: upperOf(name) },
    { spelling: 'lower', name: lowerOf(name) },
  ];
  return all.filter((one, i) => all.findIndex((other) => other.name === one.name) === i);
}

/** The name in a spelling. */
export const spell = (name: string, spelling: Spelling): string =>
  spellingsOf(name).find((one) => one.spelling === spelling)?.name ?? name;

/**
 * Rows whose name is the one asked for: spelled exactly so, else, where an Engine compares without case, differing in
 * case alone. Names that differ by case only are one account. Source: docs/nxql.md
 */
export function rowsNamed<R extends Readonly<Record<string, string>>>(rows: readonly R[], name: string): readonly R[] {
  const exact = rows.filter((row) => row.name === name);
  const wanted = folded(name);
  return exact.length > 0 ? exact : rows.filter((row) => folded(row.name ?? '') === wanted);
}
