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
  if (found.length === 0) return pieces.map(({ source }) => source).join('');
  let offset = 0;
  let next = 0; // the first place that does not end before `offset`
  const write = (unit: string, length: number): string => {
    while (next < found.length && found[next]!.end <= offset) next += 1;
    const { start, end } = found[next] ?? { start: Infinity, end: Infinity };
    const at = offset;
    offset += length;
    return at === start ? token : at > start && at < end ? '' : unit;
  };
  return pieces
    .map(({ source, text }) =>
      source === text
        ? source
            .split('')
            .map((unit) => write(unit, 1))
            .join('')
        : write(source, text.length),
    )
    .join('');
}
