import { composed, lowerOf, upperOf } from '../../common/case-folding.ts';
import type { SubjectKind } from '../../requests/subject.ts';

const MAX_UNEXPANDED_LETTERS = 4;

/** Spellings under which one text may be stored, the typed one first: both Unicode forms, and both cases of letters beyond ASCII. */
export function spellingsOf(text: string): string[] {
  const forms = [text, text.normalize('NFC'), composed(text), text.normalize('NFD')];
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

/** Characters that continue a name on its left or right; a device's name may go on with its DNS domain (`PC-7.corp`). */
const JOINERS = {
  user: { left: "-.'", right: '-.' },
  device: { left: "-.'", right: '-' },
} as const;

/** A letter that continues a word, as part of a regular expression. */
const WORD = '[\\p{L}\\p{N}\\p{M}_]';
/** The same in names of tables and so on, where `_` separates words. */
export const IDENTIFIER_WORD = '[\\p{L}\\p{N}\\p{M}]';

/** A literal text as a regular expression. */
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
