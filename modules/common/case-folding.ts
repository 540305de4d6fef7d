const DOTLESS_I = 'ı'; // its upper case is I, which belongs to i
const DOTTED_CAPITAL_I = 'İ'; // its lower case is two characters: i and a dot above

/** The text in Unicode's composed form. An i with a combining dot has no composed form; it becomes `İ`. */
export const composed = (text: string): string => text.normalize('NFC').replaceAll('i\u0307', DOTTED_CAPITAL_I);

/** Upper case, letter by letter. A letter without an upper case of one letter, such as `ß`, does not change. */
export const upperOf = (text: string): string => [...text].map(capitalOf).join('');

function capitalOf(letter: string): string {
  const capital = letter.toUpperCase();
  return letter === DOTLESS_I || [...capital].length > 1 ? letter : capital;
}

export const lowerOf = (text: string): string =>
  text
    .split(DOTTED_CAPITAL_I)
    .map((part) => part.toLowerCase())
    .join(DOTTED_CAPITAL_I);

export const bothCases = (letter: string): string[] => [...new Set([letter, lowerOf(letter), upperOf(letter)])];

/** Texts that differ only by case give the same result, as with the flags `iu`. One letter stays one: `strauß` is not `strauss`. */
export const folded = (text: string): string => [...upperOf(text)].map(lowerOf).join('');
