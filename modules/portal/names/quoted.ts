type Quote = '"' | "'";

const SIGNS: Readonly<Record<Quote, RegExp>> = { '"': /["\\]/g, "'": /['\\]/g };

/**
 * Position of the quote that ends a quoted text, -1 when there is none. A `\` escapes the character behind it. One loop and
 * no pattern for the whole text: a pattern needs a stack as deep as the text has escapes.
 * @param from behind the opening quote @param isDoubled two quotes in a row stand for one
 */
export function closingQuote(text: string, from: number, quote: Quote, isDoubled = false): number {
  const signs = SIGNS[quote];
  signs.lastIndex = from;
  for (let found = signs.exec(text); found; found = signs.exec(text)) {
    const { index } = found;
    if (found[0] === quote && !(isDoubled && text[index + 1] === quote)) return index;
    signs.lastIndex = index + 2;
  }
  return -1;
}

/**
 * Cuts a text into its quoted pieces and those between them. A quote that is never closed begins a piece without quotes.
 * @returns `inner`: what stands between the quotes
 */
export function* quotedPieces(text: string, quote: Quote, isDoubled = false) {
  let at = 0;
  for (let open = text.indexOf(quote); open >= 0; open = text.indexOf(quote, at)) {
    const close = closingQuote(text, open + 1, quote, isDoubled);
    if (close < 0) break;
    if (open > at) yield { text: text.slice(at, open) };
    yield { text: text.slice(open, close + 1), inner: text.slice(open + 1, close) };
    at = close + 1;
  }
  if (at < text.length) yield { text: text.slice(at) };
}
