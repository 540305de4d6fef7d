const COLON = /^\s*:/;
/** A whole number as it stands in JSON, `7.0` too. */
const NUMBER = /(?<![\w.+-])\d+(?:\.0+)?(?![\w.])/g;

/** Edits every string of a JSON text, with its keys. @param merged two keys of an object became equal @param number edits numbers */
export function editJson(
  json: string,
  edit: (text: string, isKey: boolean) => string,
  merged = () => {},
  number = (digits: string) => digits,
): string {
  const objects: Map<string, string>[] = []; // of each open object: from each new key to the old one
  const pieces = [...quotedPieces(json)];
  const edited = pieces.map(({ text, inner }, at) => {
    if (inner === undefined) {
      for (const [brace] of text.matchAll(/[{}]/g)) brace === '{' ? objects.push(new Map()) : objects.pop();
      return text.replace(NUMBER, number);
    }
    const isKey = COLON.test(pieces[at + 1]?.text ?? '');
    const before = JSON.parse(text) as string;
    const after = edit(before, isKey);
    const keys = isKey ? objects.at(-1) : undefined;
    const earlier = keys?.get(after);
    if (earlier !== undefined && earlier !== before) merged();
    keys?.set(after, before);
    return after === before ? text : JSON.stringify(after);
  });
  return edited.join('');
}

/** True for a JSON object or list. A text in quotes is not enough. */
export function isJsonDocument(text: string): boolean {
  if (!/^\s*[[{]/.test(text)) return false;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

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
