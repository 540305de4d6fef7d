import type { Subject, SubjectKind } from '../../requests/subject.ts';
import { type NameMatcher, nameMatcher, spellingsOf } from './name-matcher.ts';
import { escapesOf, type Needles, needlesOf } from './prefilter.ts';

/**
 * What is known of one Subject's name, worked out once for a search or a run: how it may be spelled, where it may be, and
 * how it is found as a word of its own. All that reads or rewrites the Portal gets this and not the name.
 */
export interface NameJudge {
  readonly kind: SubjectKind;
  /** The typed one first. */
  readonly spellings: readonly string[];
  readonly matcher: NameMatcher;
  /** Undefined for a name without letters and digits: then every value may hold it. */
  readonly needles: Needles | undefined;
  /** How an escape of one of its letters begins. */
  readonly escapes: readonly string[];
  /** The name as it was typed holds a character of `signs`. */
  holds(signs: RegExp): boolean;
  /** A matcher by another notion of what continues a word, as part of a regular expression. */
  matcherBy(word: string): NameMatcher;
}

/** @param subject a bare name (`refuseQualified`) */
export const judgeOf = (subject: Subject): NameJudge => ({
  kind: subject.kind,
  spellings: spellingsOf(subject.name),
  matcher: nameMatcher(subject),
  needles: needlesOf(subject.name),
  escapes: escapesOf(subject.name),
  holds: (signs) => signs.test(subject.name),
  matcherBy: (word) => nameMatcher(subject, word),
});
