import { piecesOf, replaceInPieces } from './in-pieces.ts';
import type { NameMatcher } from './name-matcher.ts';

const NAMED: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', apos: "'", quot: '"' };
const REFERENCE = /&(?:#x([0-9a-f]+)|#(\d+)|(amp|lt|gt|apos|quot));/gi;
const LAST_CODE_POINT = 0x10ffff;

function readReference([, hex, decimal, named]: RegExpExecArray): string | undefined {
  if (named) return NAMED[named];
  const code = hex ? Number.parseInt(hex, 16) : Number(decimal);
  return code <= LAST_CODE_POINT ? String.fromCodePoint(code) : undefined;
}

/**
 * Replaces the name in XML text, where each of its letters, and of the words around it, may be written as a reference.
 * All that is not the name keeps its spelling.
 */
export function xmlReplacer(matcher: NameMatcher, token: string): (xml: string) => string {
  return (xml) => replaceInPieces(piecesOf(xml, REFERENCE, readReference), matcher, token);
}
