/** A string of JSON text, with its quotes. */
export const JSON_STRING = /"[^"\\]*(?:\\.[^"\\]*)*"/gs;

/** A string, with the colon behind it when it is a key; or where an object begins or ends. */
const PIECE = /("[^"\\]*(?:\\.[^"\\]*)*")(\s*:)?|[{}]/gs;
/** A string, or what stands between two. */
const STRETCH = /("[^"\\]*(?:\\.[^"\\]*)*")|[^"]+/gs;

type EditText = (text: string) => string;

const editString = (quoted: string, edit: EditText): { readonly before: string; readonly after: string } => {
  const before = JSON.parse(quoted) as string;
  return { before, after: edit(before) };
};

/**
 * Notes a key of an object and what becomes of it.
 * @param keys those before it: what each becomes, and what it was
 * @param merged told when another key has become the same
 */
export function noteKey(keys: Map<string, string> | undefined, before: string, after: string, merged: () => void) {
  const earlier = keys?.get(after);
  if (earlier !== undefined && earlier !== before) merged();
  keys?.set(after, before);
}

/**
 * Edits every string of a JSON text, keys included; numbers, order and spacing stay as they are.
 * @param merged told when two different keys of one object become equal
 */
export function editJson(json: string, edit: EditText, merged = () => {}): string {
  const objects: Map<string, string>[] = [];
  return json.replace(PIECE, (piece, quoted: string | undefined, colon: string | undefined) => {
    if (piece === '{') objects.push(new Map());
    if (piece === '}') objects.pop();
    if (quoted === undefined) return piece;
    const { before, after } = editString(quoted, edit);
    if (colon !== undefined) noteKey(objects.at(-1), before, after, merged);
    return after === before ? piece : JSON.stringify(after) + (colon ?? '');
  });
}

/** Edits the strings of a JSON text that is kept as text by one rule, and what stands between them by another. */
export const editJsonStretches = (json: string, inString: EditText, between: EditText): string =>
  json.replace(STRETCH, (piece, quoted: string | undefined) => {
    if (quoted === undefined) return between(piece);
    const { before, after } = editString(quoted, inString);
    return after === before ? piece : JSON.stringify(after);
  });

/** True for the text of a JSON object or list; a quoted word may be no more than that. */
export function isJsonDocument(text: string): boolean {
  if (!/^\s*[[{]/.test(text)) return false;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
