import { bothCases, composed, lowerOf, upperOf } from '../../common/case-folding.ts';
import type { SubjectKind } from '../../requests/subject.ts';
import { halvesOf, nameOf } from '../../requests/subjects/account-name.ts';

/** The spellings that clients of Engines use: as typed, in capitals, in small letters. Source: docs/nxql.md, "What is asked". */
export const casesOf = (text: string): string[] => [...new Set([text, composed(text), upperOf(text), lowerOf(text)])];

/** A name as Engines write it, then with each half in another case. */
export function spellingsOf(kind: SubjectKind, typed: string): string[] {
  const { login, domain } = halvesOf({ kind, name: typed });
  const domains = domain === undefined ? [undefined] : casesOf(domain);
  return casesOf(login).flatMap((each) => domains.map((at) => nameOf(kind, { login: each, domain: at })));
}

/** The login in each case with any domain. Our own code compares the answers. */
export const patternsOf = (kind: SubjectKind, login: string): string[] =>
  casesOf(login).map((each) => nameOf(kind, { login: each, domain: '*' }));

/** Maximum ways to write the start of a login. */
const MAX_STEMS = 8;

/** The start of a login in every case: its first three letters, and whatever stands between and behind them that has no case. */
export function stemsOf(login: string): string[] {
  let stems = [''];
  for (const letter of login) {
    const longer = stems.flatMap((stem) => bothCases(letter).map((each) => stem + each));
    if (longer.length > MAX_STEMS) break;
    stems = longer;
  }
  return stems;
}

/** All that may be queried for a typed name, for people to read. */
export const triedFor = (kind: SubjectKind, typed: string): string[] => {
  const { login } = halvesOf({ kind, name: typed });
  return [...new Set([...spellingsOf(kind, typed), ...patternsOf(kind, login), ...casesOf(login)])];
};
