import { escapeIdentifier } from 'pg';
import { bothCases } from '../../common/case-folding.ts';
import type { PortalSubject } from '../../requests/subjects/person.ts';
import { spellingsOf } from '../names/name-matcher.ts';
import type { PersonJudge } from '../names/person-judge.ts';
import type { JudgedTable } from './judged-tables.ts';

/** What a value with one of the person's words must hold, however it is quoted or encoded. */
interface Needles {
  /** The text holds one of them, in any case, unless it escapes letters. */
  readonly texts: readonly string[];
  /** Beginnings of escapes: `\\u0` for most scripts. The digit distinguishes an escape from a text such as `CORP\\user`. */
  readonly escapes: readonly string[];
  /** A regular expression for hexadecimal digits of bytes in UTF-8 or UTF-16. */
  readonly hex: string;
}

/** Characters that quoting or encoding may change. */
const CHANGING = /["'\\/&<>\p{C}]/u;
const MIN_ASCII = 4;

/** @returns undefined when a word has no letter that stays as it is: then any value may hold it */
export function needlesOf(texts: readonly string[]): Needles | undefined {
  const stretches = texts.map(stretchOf);
  if (stretches.includes('') || texts.length === 0) return undefined;
  const lower = new Map(stretches.map((stretch) => [stretch.toLowerCase(), stretch] as const));
  const least = [...lower].filter(([one]) => ![...lower.keys()].some((other) => other !== one && one.includes(other)));
  const spellings = least.flatMap(([, stretch]) => spellingsOf(stretch));
  const letters = texts.flatMap((text) => [...text].flatMap(bothCases));
  const escapes = new Set(letters.map((letter) => `\\u${(letter.charCodeAt(0) >> 12).toString(16)}`));
  const hex = spellings.map((text) => [...text].map(hexOf).join(''));
  return { texts: [...new Set(spellings)], escapes: [...escapes], hex: hex.join('|') };
}

/** Patterns for `isLike`: true for cells that hold one of the texts, and for some others. */
export const likeTexts = (texts: readonly string[]): string[] =>
  (needlesOf(texts)?.texts ?? ['']).map((text) => `%${text.replace(/[\\%_]/g, '\\$&')}%`);

/** Whether one of the expressions is like one of the patterns `$1`, in any case. */
export const isLike = (cells: readonly string[]): string =>
  `lower(ROW(${cells.join(', ')})::text) LIKE ANY (ARRAY(SELECT lower(pattern) FROM unnest($1::text[]) AS pattern))`;

/** The longest stretch of a text that no quoting changes; one of ASCII, and of one word, when it is long enough. */
function stretchOf(text: string): string {
  const longest = (stretches: readonly string[]) =>
    [...stretches].sort((one, other) => other.length - one.length)[0] ?? '';
  const whole = text
    .normalize('NFC')
    .split(CHANGING)
    .filter((one) => /[\p{L}\p{N}]/u.test(one));
  const ascii = whole.flatMap((one) => one.match(/[ -~]+/g) ?? []).filter((one) => /[a-z0-9]/i.test(one));
  const words = ascii.flatMap((one) => one.replace(/@.*/, '').split(/[, ]/)); // a blank and an `@` may be written as `%20` and `%40`
  return [longest(words), longest(ascii)].find((one) => one.length >= MIN_ASCII) ?? longest(whole);
}

function hexOf(letter: string): string {
  const forms = bothCases(letter).flatMap((one) => {
    if (one <= '\x7f') return `${Buffer.from(one).toString('hex')}(00)?`; // in big-endian order, 00 follows from the next letter
    const encoded = [Buffer.from(one), Buffer.from(one, 'utf16le'), Buffer.from(one, 'utf16le').swap16()];
    return encoded.map((bytes) => bytes.toString('hex'));
  });
  return `(${forms.join('|')})`;
}

/** An SQL condition with its parameters, the first numbered `first`. */
type Condition = { readonly where: string; readonly values: readonly unknown[] };

/** Columns of a row of `t` that may carry text, as one text. `concat_ws` is slow. */
const rowText = ({ columns }: JudgedTable): string => {
  const read = columns.filter(({ form }) => form !== 'none');
  return read.map(({ column }) => `coalesce(t.${escapeIdentifier(column)}::text, '')`).join(' || ') || "''";
};

/** Rows of `t` that a key links to the person, also where the table inherits the key. */
export function linkedTo({ links }: PortalSubject, { name, parent }: JudgedTable, first = 1): Condition {
  const own = links.filter(({ table, keys }) => [name, parent].includes(table) && keys.length > 0);
  const conditions = own.map(
    ({ column }, at) => `coalesce(t.${escapeIdentifier(column)}::text = ANY ($${first + at}::text[]), false)`,
  );
  return { where: conditions.join(' OR ') || 'false', values: own.map(({ keys }) => keys) };
}

/** True for rows of `t` that the judge may find something in. Escapes and other words are replaced by the first, which is looked for. */
export function nearIn(table: JudgedTable, judge: PersonJudge, first = 1): Condition {
  const phrases = table.columns.some(({ form }) => form === 'lexemes') ? judge.surroundings.phrases : [];
  const needles = needlesOf([...judge.texts, ...phrases.map(([word]) => word!)]);
  if (!needles) return { where: 'true', values: [] };
  const linked = linkedTo(judge.person, table, first);
  const isAscii = needles.texts.every((text) => /^[ -~]*$/.test(text));
  const kelvin = isAscii && needles.texts.some((text) => /k/i.test(text)) ? ['\u212a'] : []; // its lower case is k
  const [word, ...others] = [...needles.texts, ...needles.escapes, '&#', ...kelvin];
  // "C" knows the cases of ASCII alone, and takes a quarter to two thirds of the time of others
  const collated = (text: string) => `((${text}) COLLATE ${isAscii ? '"C"' : '"default"'})`;
  const at = (index: number) => `lower(${collated(`$${first + linked.values.length + index}::text`)})`;
  const text = collated(rowText(table));
  const marked = others.reduce((rest, _, index) => `replace(${rest}, ${at(index + 1)}, ${at(0)})`, `lower(${text})`);
  const values = [...linked.values, word, ...others];
  const isPlain = table.columns.every(({ form }) => form === 'none' || form === 'text' || form === 'json');
  const escapesInHex = '5c75|2623'; // `\\u` and `&#` as bytes
  return {
    where: `(${linked.where} OR strpos(${marked}, ${at(0)}) > 0${isPlain ? '' : ` OR ${text} ~ $${first + values.length}::text`})`,
    values: isPlain ? values : [...values, `${needles.hex}|${escapesInHex}`],
  };
}
