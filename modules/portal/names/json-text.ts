/** A string of JSON text, with its quotes. */
export const JSON_STRING = /"[^"\\]*(?:\\.[^"\\]*)*"/gs;

/** A string, with the colon after a key; or the start or end of an object. */
const PIECE = /("[^"\\]*(?:\\.[^"\\]*)*")(\s*:)?|[{}]/gs;
/** A string, or the text between two strings. */
const STRETCH = /("[^"\\]*(?:\\.[^"\\]*)*")|[^"]+/gs;

type EditText = (text: string) => string;

const editString = (quoted: string, edit: EditText): { readonly before: string; readonly after: string } => {
  const before = JSON.parse(quoted) as string;
  return { before, after: edit(before) };
};

/**
 * Notes a key of an object before and after the edit.
 * @param keys the earlier keys: from each new key to the old one
 * @param merged called when two different keys become equal
 */
export function noteKey(keys: Map<string, string> | undefined, before: string, after: string, merged: () => void) {
  const earlier = keys?.get(after);
  if (earlier !== undefined && earlier !== before) merged();
  keys?.set(after, before);
}

/**
 * Edits every string of a JSON text, keys included; numbers, order and spacing stay as they are.
 * @param merged called when two different keys of one object become equal
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

/** Edits the strings of a JSON text with one function, and the text between them with another. */
export const editJsonStretches = (json: string, inString: EditText, between: EditText): string =>
  json.replace(STRETCH, (piece, quoted: string | undefined) => {
    if (quoted === undefined) return between(piece);
    const { before, after } = editString(quoted, inString);
    return after === before ? piece : JSON.stringify(after);
  });

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
