const LETTER_WITH_CAPITAL_OF_ANOTHER = 'ı'; // its capital is that of i
const LETTER_WITHOUT_SMALL_ONE = 'İ'; // in lower case it is i and a dot above

/** Letters composed, as far as Unicode has them so; a small i with a dot above, which has none, as the capital that it is of. */
export const composed = (text: string): string => text.normalize('NFC').replaceAll('i\u0307', LETTER_WITHOUT_SMALL_ONE);

/** Capitals, each of one letter: what has none of its own, such as `ß`, stays as it is. */
export const upperOf = (text: string): string => [...text].map(capitalOf).join('');

function capitalOf(letter: string): string {
  const capital = letter.toUpperCase();
  return letter === LETTER_WITH_CAPITAL_OF_ANOTHER || [...capital].length > 1 ? letter : capital;
}

/** Small letters, each of one letter. */
export const lowerOf = (text: string): string =>
  text
    .split(LETTER_WITHOUT_SMALL_ONE)
    .map((part) => part.toLowerCase())
    .join(LETTER_WITHOUT_SMALL_ONE);

/** A letter as it is, small and capital. */
export const bothCases = (letter: string): string[] => [...new Set([letter, lowerOf(letter), upperOf(letter)])];

/**
 * What is the same of two texts that differ by case alone, as a pattern with the flags `iu` takes them for the same. One
 * letter becomes one: `strauß` is not `strauss`, nor `kılıc` `kilic`, since these are other people.
 */
export const folded = (text: string): string => [...upperOf(text)].map(lowerOf).join('');
