import { bothCases } from '../../common/case-folding.ts';
import { spellingsOf } from './name-matcher.ts';

/** What a value must hold to hold the name, however it quotes or encodes it, references of XML apart. */
export interface Needles {
  /** One of them stands in the value's text, in lower case on both sides, unless letters of it are written `\\u006a`. */
  readonly texts: readonly string[];
  /** A regular expression that matches one of them, and any letter of it as `\\u006a` too. */
  readonly escaped: string;
  /** A regular expression that the hexadecimal digits of bytes in UTF-8 or UTF-16 match, escapes as above. */
  readonly hex: string;
}

/**
 * How an escape of a letter of the name begins: `\\u0` for all but far scripts. The digit keeps apart what only looks so,
 * such as `CORP\\user`.
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
