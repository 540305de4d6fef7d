import type { Subject, SubjectKind } from '../../requests/subject.ts';
import { type NameMatcher, nameMatcher, spellingsOf } from './name-matcher.ts';
import { escapesOf, type Needles, needlesOf } from './prefilter.ts';

/**
 * Everything about one Subject's name that a search or a run needs, computed once: its spellings, a fast test where it may
 * be, and a matcher for it as a word of its own. Code that reads or rewrites the Portal gets this instead of the name.
 */
export interface NameJudge {
  readonly kind: SubjectKind;
  /** The typed one first. */
  readonly spellings: readonly string[];
  readonly matcher: NameMatcher;
  /** Undefined for a name without letters and digits: any value may hold it. */
  readonly needles: Needles | undefined;
  /** First characters of the escapes of its letters. */
  readonly escapes: readonly string[];
  /** Whether the typed name matches `signs`. */
  holds(signs: RegExp): boolean;
  /** A matcher with another pattern for the characters of a word. */
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
