import { nameMatcher } from './anonymization.ts';
import type { Subject } from './model.ts';

const NAMED: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', apos: "'", quot: '"' };
const REFERENCE = /&(?:#x([0-9a-f]+)|#(\d+)|(amp|lt|gt|apos|quot));/gi;
const LAST_CODE_POINT = 0x10ffff;

/** A piece of XML source, and what it stands for. */
interface Piece {
  readonly source: string;
  readonly text: string;
}

/** Cuts XML source into references and the stretches between them. */
function piecesOf(xml: string): Piece[] {
  const pieces: Piece[] = [];
  let at = 0;
  for (const { 0: source, 1: hex, 2: decimal, 3: named, index } of xml.matchAll(REFERENCE)) {
    const code = hex ? Number.parseInt(hex, 16) : Number(decimal);
    const known = named ? NAMED[named] : code <= LAST_CODE_POINT ? String.fromCodePoint(code) : undefined;
    if (known === undefined) continue;
    pieces.push({ source: xml.slice(at, index), text: xml.slice(at, index) }, { source, text: known });
    at = index + source.length;
  }
  pieces.push({ source: xml.slice(at), text: xml.slice(at) });
  return pieces;
}

/**
 * Replaces the name in XML text, where each of its letters, and of the words around it, may be written as a reference.
 * All that is not the name keeps its spelling.
 */
export function xmlReplacer(subject: Subject, token: string): (xml: string) => string {
  const { find } = nameMatcher(subject);
  return (xml) => {
    const pieces = piecesOf(xml);
    const found = find(pieces.map(({ text }) => text).join(''));
    if (found.length === 0) return xml;
    const starts = new Set(found.map(({ start }) => start));
    const inside = (offset: number) => found.some(({ start, end }) => offset >= start && offset < end);
    let offset = 0;
    const written = pieces.map(({ source, text }) => {
      const units = source === text ? text.split('') : [source];
      return units
        .map((unit) => {
          const at = offset;
          offset += source === text ? 1 : text.length;
          return starts.has(at) ? token : inside(at) ? '' : unit;
        })
        .join('');
    });
    return written.join('');
  };
}
