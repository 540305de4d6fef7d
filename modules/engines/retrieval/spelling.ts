import type { Spelling } from '../../archive/fragment.ts';
import { folded, lowerOf, upperOf } from '../../common/case-folding.ts';

/** The spellings under which a name is looked up, one after the other until one is found (docs/nxql.md). */
export function spellingsOf(name: string): { spelling: Spelling; name: string }[] {
  const all: { spelling: Spelling; name: string }[] = [
    { spelling: 'exact', name },
    { spelling: 'upper', name: upperOf(name) },
    { spelling: 'lower', name: lowerOf(name) },
  ];
  return all.filter((one, i) => all.findIndex((other) => other.name === one.name) === i);
}

/** The name in this spelling. */
export const spell = (name: string, spelling: Spelling): string =>
  spellingsOf(name).find((one) => one.spelling === spelling)?.name ?? name;

/**
 * Rows that carry this name: spelled exactly so, or, where an Engine ignores case, differing in case only. Names that differ in
 * case only are one account. Source: docs/nxql.md, "What is asked".
 */
export function rowsNamed<R extends Readonly<Record<string, string>>>(rows: readonly R[], name: string): readonly R[] {
  const exact = rows.filter((row) => row.name === name);
  const wanted = folded(name);
  return exact.length > 0 ? exact : rows.filter((row) => folded(row.name ?? '') === wanted);
}
