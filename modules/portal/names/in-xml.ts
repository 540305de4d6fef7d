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
 * Replaces the name in XML text. Any letter in or around the name may be a character reference. Everything else does not
 * change.
 */
export function xmlReplacer(matcher: NameMatcher, token: string): (xml: string) => string {
  return (xml) => replaceInPieces(piecesOf(xml, REFERENCE, readReference), matcher, token);
}
