const SIGNS = /["\\]/g;

/** The quote that ends a quoted text, or -1. A pattern would need a stack as deep as it has escapes. @param isDoubled `""` is one */
function closingQuote(text: string, from: number, isDoubled: boolean): number {
  SIGNS.lastIndex = from;
  for (let found = SIGNS.exec(text); found; found = SIGNS.exec(text)) {
    const { index } = found;
    if (found[0] === '"' && !(isDoubled && text[index + 1] === '"')) return index;
    SIGNS.lastIndex = index + 2;
  }
  return -1;
}

/** Cuts a text into its pieces in `"`, and those between them. `inner`: what is inside the quotes. @param isDoubled as in composites */
export function* quotedPieces(text: string, isDoubled = false) {
  let at = 0;
  for (let open = text.indexOf('"'); open >= 0; open = text.indexOf('"', at)) {
    const close = closingQuote(text, open + 1, isDoubled);
    if (close < 0) break;
    if (open > at) yield { text: text.slice(at, open) };
    yield { text: text.slice(open, close + 1), inner: text.slice(open + 1, close) };
    at = close + 1;
  }
  if (at < text.length) yield { text: text.slice(at) };
}
