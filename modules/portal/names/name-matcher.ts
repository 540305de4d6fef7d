import { composed, lowerOf, upperOf } from '../../common/case-folding.ts';
import type { Subject } from '../../requests/subject.ts';

const BASE32 = 'abcdefghijklmnopqrstuvwxyz234567';
const TOKEN_LETTERS = 26;
const SHORT_LETTERS = 20;
const MAX_UNEXPANDED_LETTERS = 4;

/**
 * Draws the name that replaces a Subject's in every mapped Portal column.
 * @param random source of bytes, 26 are taken; a CSPRNG outside tests
 * @returns `anon-` and 26 letters (130 bits in base 32, lower case); never derived from the old name, kept nowhere else
 * Source: R15; a hash of a name is undone by a dictionary (docs/decisions/0010).
 */
export function drawToken(random: (size: number) => Uint8Array): string {
  return `anon-${Array.from(random(TOKEN_LETTERS), (byte) => BASE32[byte & 31]).join('')}`;
}

/**
 * The token for a short column: its last 20 letters, 100 bits.
 * @returns undefined for a column too short for these
 */
export function fittingToken(token: string, characters: number): string | undefined {
  if (characters >= token.length) return token;
  return characters >= SHORT_LETTERS ? token.slice(-SHORT_LETTERS) : undefined;
}

/** A spelling as written inside JSON text, without its quotes. */
export const jsonEscaped = (spelling: string): string => JSON.stringify(spelling).slice(1, -1);

/** A name with a domain, and the other way to write it: `CORP\\jdoe`, `jdoe@CORP`. */
const qualifiedForms = (name: string): string[] => [
  name,
  ...(/^[^\\@]+[\\@][^\\@]+$/.test(name) ? [swapped(name)] : []),
];

const swapped = (name: string): string => {
  const [one, other] = name.split(/[\\@]/);
  return `${other}${name.includes('@') ? '\\' : '@'}${one}`;
};

/**
 * Lists the spellings under which one name may be stored, the typed one first. Both Unicode normal forms count, and the
 * escaped form of JSON that is kept as text; upper and lower case are listed only where a database of the C locale
 * could not fold them by itself.
 */
export function spellingsOf(name: string): string[] {
  const plain = qualifiedForms(name).flatMap((form) => [
    form,
    form.normalize('NFC'),
    composed(form),
    form.normalize('NFD'),
  ]);
  const forms = [...plain, ...plain.map(jsonEscaped)];
  return [...new Set(forms.flatMap((form) => [form, ...caseForms(form)]))];
}

/** Letters beyond ASCII in both cases, in all combinations while they are few. ASCII does not change. */
function caseForms(text: string): string[] {
  const foreign = [...text].filter((letter) => letter > '\u007f' && lowerOf(letter) !== upperOf(letter));
  if (foreign.length === 0) return [];
  if (foreign.length > MAX_UNEXPANDED_LETTERS) return [lowerOf(text), upperOf(text)];
  return [...text].reduce<string[]>(
    (starts, letter) => {
      const cases = letter > '\u007f' ? new Set([lowerOf(letter), upperOf(letter)]) : [letter];
      return starts.flatMap((start) => [...cases].map((one) => start + one));
    },
    [''],
  );
}

const QUALIFIED = { user: /[\\@]/, device: /\\|^[^\s.]+\.\S+$/ } as const;
const BARE_NAME = {
  user: 'type the bare name, such as jmeyer: an anonymization finds it with every domain by itself',
  device: 'type the bare name, such as PC-7, without its domain: an anonymization finds it with every domain by itself',
} as const;

/**
 * Why this name cannot be anonymized: a name with a domain (`CORP\n`, `n@corp`, `PC-7.corp`) would miss all rows with the
 * bare name. `undefined` for a bare name.
 */
export const refuseQualified = ({ kind, name }: Subject): string | undefined =>
  QUALIFIED[kind].test(name) ? BARE_NAME[kind] : undefined;

/** Characters that continue a name on its left or right; a device's name may go on with its DNS domain (`PC-7.corp`). */
export const JOINERS = {
  user: { left: "-.'", right: '-.' },
  device: { left: "-.'", right: '-' },
} as const;

/** Finds and replaces one Subject's name where it is a word of its own, in any case. */
export interface NameMatcher {
  count(text: string): number;
  /** Its places: offset of the first character, and of the one after the last. */
  find(text: string): { readonly start: number; readonly end: number }[];
  replace(text: string, token: string): string;
}

const WORD = '[\\p{L}\\p{N}\\p{M}_]';
/** Characters of a word in names of tables and so on, where `_` separates words. */
export const IDENTIFIER_WORD = '[\\p{L}\\p{N}\\p{M}]';

/** The name as a word of its own. */
const wordPattern = ({ kind, name }: Subject, word: string): RegExp => {
  const { left, right } = JOINERS[kind];
  const spellings = spellingsOf(name).map(literal).join('|');
  return new RegExp(`(?<!${word})(?<!${word}[${left}])(?:${spellings})(?!${word})(?![${right}]${word})`, 'giu');
};

/** A literal text as a regular expression. */
export const literal = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');

/**
 * Makes the matcher of one Subject: `ann` is not found in `joanna`, nor `jdoe` in `jdoe2`, `jdoe-adm` or `jdoe.smith`,
 * yet it is in `CORP\jdoe`, `jdoe@corp.example` and `jdoe's`.
 * @param word a letter that continues a word, as part of a regular expression
 */
export function nameMatcher(subject: Subject, word = WORD): NameMatcher {
  const pattern = wordPattern(subject, word);
  return {
    count: (text) => text.match(pattern)?.length ?? 0,
    find: (text) =>
      [...text.matchAll(pattern)].map(({ index, 0: found }) => ({ start: index, end: index + found.length })),
    replace: (text, token) => text.replace(pattern, () => token),
  };
}
