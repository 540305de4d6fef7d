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

/** Any of the texts, the longest first, in any case and Unicode form. */
const anyOf = (texts: readonly string[]): string =>
  [...new Set(texts.flatMap(spellingsOf))]
    .sort((one, other) => other.length - one.length)
    .map(literal)
    .join('|') || '(?!)';

/** Texts as words: `ann` is not in `joanna`, nor `jdoe` in `jdoe-adm` or `jdoe.smith`, but in `CORP\\jdoe` and `jdoe@corp.example`. */
export function wordsPattern(kind: SubjectKind, texts: readonly string[], word = WORD): RegExp {
  const { left, right } = JOINERS[kind];
  return new RegExp(`(?<!${word})(?<!${word}[${left}])(?:${anyOf(texts)})(?!${word})(?![${right}]${word})`, 'giu');
}

/** The same letters, inside other words too. */
export const lettersPattern = (texts: readonly string[]): RegExp => new RegExp(anyOf(texts), 'giu');
