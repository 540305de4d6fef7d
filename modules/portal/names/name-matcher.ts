import { composed, lowerOf, upperOf } from '../../common/case-folding.ts';
import type { SubjectKind } from '../../requests/subject.ts';

/** Spellings under which one text may be stored, the typed one first: both Unicode forms, with letters beyond ASCII in both cases. */
export function spellingsOf(text: string): string[] {
  const forms = [text, text.normalize('NFC'), composed(text), text.normalize('NFD')];
  const isFolded = /^[\0-\x7f]*$/.test(text); // every comparison pairs the cases of ASCII
  return [...new Set(isFolded ? forms : [...forms, ...forms.flatMap((form) => [lowerOf(form), upperOf(form)])])];
}

/** Characters that continue a name on its left or right; a device's name may go on with its DNS domain (`PC-7.corp`). */
const JOINERS = { user: { left: "-.'", right: '-.' }, device: { left: "-.'", right: '-' } } as const;

/** A letter that continues a word, as part of a regular expression. */
const WORD = '[\\p{L}\\p{N}\\p{M}_]';
/** The same in names of tables and so on, where `_` separates words. */
export const IDENTIFIER_WORD = '[\\p{L}\\p{N}\\p{M}]';

export const literal = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');

/** However blanks and commas inside a name are written: `Doe,John`, and `Doe\\, John` as LDAP does. A line break ends a name. */
export const plainBlanks = (text: string): string =>
  text.replace(/\\?,\p{Zs}*|\p{Zs}+/gu, (blanks) => (blanks.includes(',') ? ',' : ' '));

/** Any of the texts, the longest first, in any case and Unicode form, with blanks of any kind and number. */
const anyOf = (texts: readonly string[]): string =>
  [...new Set(texts.flatMap(spellingsOf))]
    .sort((one, other) => other.length - one.length)
    .map((text) => literal(plainBlanks(text)).replaceAll(',', '\\\\?,\\p{Zs}*').replaceAll(' ', '\\p{Zs}+'))
    .join('|') || '(?!)';

/**
 * Texts as words: `ann` is not in `joanna`, nor `jdoe` in `jdoe-adm` or `jdoe.smith`, but in `CORP\\jdoe` and `jdoe@corp.example`.
 * @param whole those that end before a `_`, too: a SID in `HKU\\S-1-5-21-7_Classes`
 */
export function wordsPattern(kind: SubjectKind, texts: readonly string[], word = WORD, whole: readonly string[] = []) {
  const { left, right } = JOINERS[kind];
  const found = `(?:${anyOf(texts)})(?!${word})(?![${right}]${word})|(?:${anyOf(whole)})(?=_)`;
  return new RegExp(`(?<!${word})(?<!${word}[${left}])(?:${found})`, 'giu');
}

/** The same letters, inside other words too. */
export const lettersPattern = (texts: readonly string[]): RegExp => new RegExp(anyOf(texts), 'giu');
