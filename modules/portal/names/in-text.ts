import { piecesOf, replaceInPieces } from './in-pieces.ts';
import { editJsonStretches, isJsonDocument } from './json-text.ts';
import type { NameMatcher } from './name-matcher.ts';

/** Maximum depth of JSON in a string of JSON. */
const DEPTH = 5;

/** A letter as JSON may write it; JSON inside JSON doubles the `\`. It starts at the first of a run of `\`, so that a long run is read once. */
const ESCAPE = /(?<!\\)\\+u([0-9a-fA-F]{4})/g;
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
