import { quotedPieces } from './quoted.ts';

const COLON = /^\s*:/;

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
  const pieces = [...quotedPieces(json, '"')];
  const edited = pieces.map(({ text, inner }, at) => {
    if (inner === undefined) {
      for (const [brace] of text.matchAll(/[{}]/g)) brace === '{' ? objects.push(new Map()) : objects.pop();
      return text;
    }
    const { before, after } = editString(text, edit);
    if (COLON.test(pieces[at + 1]?.text ?? '')) noteKey(objects.at(-1), before, after, merged);
    return after === before ? text : JSON.stringify(after);
  });
  return edited.join('');
}

/** The strings of a JSON text, read. */
export const stringsOf = (json: string): string[] =>
  Array.from(quotedPieces(json, '"'))
    .filter(({ inner }) => inner !== undefined)
    .map(({ text }) => JSON.parse(text) as string);

/** Edits the strings of a JSON text with one function, and the text between them with another. */
export function editJsonStretches(json: string, inString: EditText, between: EditText): string {
  const edited: string[] = [];
  for (const { text, inner } of quotedPieces(json, '"')) {
    if (inner === undefined) edited.push(between(text));
    else {
      const { before, after } = editString(text, inString);
      edited.push(after === before ? text : JSON.stringify(after));
    }
  }
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
