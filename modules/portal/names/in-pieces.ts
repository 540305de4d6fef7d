import type { NameMatcher } from './name-matcher.ts';

/** A piece of a text: its source, and the text it stands for. */
interface Piece {
  readonly source: string;
  readonly text: string;
}

/**
 * Cuts a text into escapes and the stretches between them.
 * @param read returns the text of an escape; undefined when it is not an escape
 */
export function piecesOf(
  text: string,
  pattern: RegExp,
  read: (found: RegExpExecArray) => string | undefined,
): readonly Piece[] {
  const pieces: Piece[] = [];
  let at = 0;
  for (const found of text.matchAll(pattern)) {
    const known = read(found);
    if (known === undefined) continue;
    const before = text.slice(at, found.index);
    pieces.push({ source: before, text: before }, { source: found[0], text: known });
    at = found.index + found[0].length;
  }
  pieces.push({ source: text.slice(at), text: text.slice(at) });
  return pieces;
}

/** Replaces the name in the text of all pieces together. Everything else keeps its source. */
export function replaceInPieces(pieces: readonly Piece[], { find }: Pick<NameMatcher, 'find'>, token: string): string {
  const found = find(pieces.map(({ text }) => text).join(''));
  const starts = new Set(found.map(({ start }) => start));
  const inside = (offset: number) => found.some(({ start, end }) => offset >= start && offset < end);
  let offset = 0;
  const written = pieces.map(({ source, text }) => {
    if (found.length === 0) return source;
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
}
