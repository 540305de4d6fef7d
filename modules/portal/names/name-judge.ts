import { bothCases } from '../../common/case-folding.ts';
import type { Subject, SubjectKind } from '../../requests/subject.ts';
import { type NameMatcher, nameMatcher, spellingsOf } from './name-matcher.ts';

/** What a value with the name must hold, however it quotes or encodes the name, except with XML references. */
interface Needles {
  /** The value's text holds one of them, both in lower case, unless it escapes letters as `\\u006a`. */
  readonly texts: readonly string[];
  /** A regular expression for one of them; any letter may be escaped as `\\u006a`. */
  readonly escaped: string;
  /** The same for the hexadecimal digits of bytes in UTF-8 or UTF-16. */
  readonly hex: string;
}

/**
 * First characters of the escapes of the name's letters: `\\u0` for most scripts. The digit distinguishes an escape from a
 * text such as `CORP\\user`.
 */
export const escapesOf = (name: string): string[] => {
  const digits = spellingsOf(name).flatMap((text) => [...text].flatMap(bothCases).flatMap(codesOf));
  return [...new Set(digits.map((code) => `\\u${code[0]}`))];
};

/** The longest stretch of letters and digits of a name in all its spellings; undefined when the name has none. */
export function needlesOf(name: string): Needles | undefined {
  const stretches = [...(name.match(/[A-Za-z0-9]{2,}/g) ?? []), ...(name.match(/[\p{L}\p{N}\p{M}]+/gu) ?? [])];
  const [ascii] = stretches.filter((one) => /^[A-Za-z0-9]{2,}$/.test(one)).sort((a, b) => b.length - a.length);
  const stretch = ascii ?? stretches.sort((a, b) => b.length - a.length)[0];
  if (stretch === undefined) return undefined;
  const texts = spellingsOf(stretch);
  const anyOf = (pattern: (letter: string) => string) => texts.map((text) => [...text].map(pattern).join('')).join('|');
  return { texts, escaped: anyOf(escapedOf), hex: anyOf(hexOf) };
}

/** Four hexadecimal digits for each unit of UTF-16. */
const codesOf = (text: string): string[] =>
  text.split('').map((unit) => unit.charCodeAt(0).toString(16).padStart(4, '0'));
const hexDigits = (text: string, encoding: 'utf8' | 'utf16le'): string => Buffer.from(text, encoding).toString('hex');

function escapedOf(letter: string): string {
  const cases = bothCases(letter);
  const codes = cases.map((one) =>
    codesOf(one)
      .map((code) => `\\\\+u${code.replace(/[a-f]/g, anyCase)}`)
      .join(''),
  );
  return `(${[...cases, ...codes].join('|')})`;
}

const anyCase = (digit: string): string => `[${digit}${digit.toUpperCase()}]`;

function hexOf(letter: string): string {
  const cases = bothCases(letter);
  const plain = cases.map((one) =>
    one > '\x7f' ? `${hexDigits(one, 'utf8')}|${hexDigits(one, 'utf16le')}` : `${hexDigits(one, 'utf8')}(00)?`,
  );
  const escapes = cases.map((one) => codesOf(one).map(hexOfEscape).join(''));
  return `(${[...plain, ...escapes].join('|')})`;
}

/** The bytes of `\\u006a`, each digit in either case. */
const hexOfEscape = (code: string): string =>
  `(5c)+75${code.replace(
    /./g,
    (digit) =>
      `(${bothCases(digit)
        .map((one) => hexDigits(one, 'utf8'))
        .join('|')})`,
  )}`;

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
