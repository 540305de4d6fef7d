import { piecesOf, replaceInPieces } from './in-pieces.ts';
import type { NameMatcher } from './name-matcher.ts';

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
const editJsonStretches = (json: string, inString: EditText, between: EditText): string =>
  json.replace(STRETCH, (piece, quoted: string | undefined) => {
    if (quoted === undefined) return between(piece);
    const { before, after } = editString(quoted, inString);
    return after === before ? piece : JSON.stringify(after);
  });

/** True for a JSON object or list. A text in quotes is not enough. */
function isJsonDocument(text: string): boolean {
  if (!/^\s*[[{]/.test(text)) return false;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

const NAMED: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', apos: "'", quot: '"' };
const REFERENCE = /&(?:#x([0-9a-f]+)|#(\d+)|(amp|lt|gt|apos|quot));/gi;
const LAST_CODE_POINT = 0x10ffff;

function readReference([, hex, decimal, named]: RegExpExecArray): string | undefined {
  if (named) return NAMED[named];
  const code = hex ? Number.parseInt(hex, 16) : Number(decimal);
  return code <= LAST_CODE_POINT ? String.fromCodePoint(code) : undefined;
}

/**
 * Replaces the name in XML text. Any letter in or around the name may be a character reference. Everything else does not
 * change.
 */
export function xmlReplacer(matcher: NameMatcher, token: string): (xml: string) => string {
  return (xml) => replaceInPieces(piecesOf(xml, REFERENCE, readReference), matcher, token);
}

/** Maximum depth of JSON in a string of JSON. */
const DEPTH = 5;

/** A letter as JSON may write it; JSON inside JSON doubles the `\`. */
const ESCAPE = /\\+u([0-9a-fA-F]{4})/g;
const readEscape = ([, hex]: RegExpExecArray) => String.fromCharCode(Number.parseInt(hex!, 16));

/**
 * Replaces the name in text of any column. JSON documents are read as JSON, also inside JSON strings: there `jos\u00e9` is
 * not `jos`, and `x\njdoe` is `jdoe` on a new line. In other text, `\u006a` is read both as an escape and literally, and
 * there are no other escapes: `CORP\njdoe` is somebody else.
 */
export function textReplacer(matcher: NameMatcher, token: string): (text: string) => string {
  const plain = (text: string) => matcher.replace(text, token);
  const inText = (text: string, depth: number): string => {
    if (!text.includes('\\')) return plain(text);
    if (depth > 0 && isJsonDocument(text)) return editJsonStretches(text, (inner) => inText(inner, depth - 1), plain);
    return plain(replaceInPieces(piecesOf(text, ESCAPE, readEscape), matcher, token));
  };
  return (text) => inText(text, DEPTH);
}
