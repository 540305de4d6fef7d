/** A place in a text, and what takes its place; a hit without `becomes` stays. */
export type Hit = { readonly start: number; readonly end: number; readonly becomes?: string | undefined };

/** A piece of a text: its source, and the text it stands for. */
export type Piece = { readonly source: string; readonly text: string };

/**
 * Escapes and what they stand for: a letter as JSON writes it, also with several `\`; a reference of XML; a quote behind `\`
 * or doubled; a doubled `\`. Each starts at the first of a run of `\`, so that a long run is read once.
 */
const ESCAPE =
  /(?<!\\)\\+u([0-9a-f]{4})|&(?:#x([0-9a-f]+)|#(\d+)|(amp|lt|gt|apos|quot));|(?<!\\)\\+"|(?<!\\)(\\{2,})|''|""/gi;
const NAMED: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', apos: "'", quot: '"' };
const LAST_CODE_POINT = 0x10ffff;

function readEscape([whole, unit, hex, decimal, named, slashes]: RegExpExecArray): string | undefined {
  if (unit) return String.fromCharCode(Number.parseInt(unit, 16));
  if (slashes) return '\\';
  if (named) return NAMED[named.toLowerCase()];
  if (!hex && !decimal) return whole.at(-1); // a quote
  const code = hex ? Number.parseInt(hex, 16) : Number(decimal);
  return code <= LAST_CODE_POINT ? String.fromCodePoint(code) : undefined;
}

/** Cuts a text into escapes and the stretches between them; undefined without escapes. */
export function piecesOf(text: string): readonly Piece[] | undefined {
  const pieces: Piece[] = [];
  let at = 0;
  for (const found of text.matchAll(ESCAPE)) {
    const known = readEscape(found);
    if (known === undefined) continue;
    const before = text.slice(at, found.index);
    pieces.push({ source: before, text: before }, { source: found[0], text: known });
    at = found.index + found[0].length;
  }
  if (at === 0) return undefined;
  pieces.push({ source: text.slice(at), text: text.slice(at) });
  return pieces;
}

/** Replaces the hits in the text of all pieces together. Everything else keeps its source. */
export function replaceInPieces(pieces: readonly Piece[], hits: readonly Hit[]): string {
  if (hits.length === 0) return pieces.map(({ source }) => source).join('');
  const parts: string[] = [];
  let next = 0; // the first hit that does not end before the place
  let start = 0;
  for (const { source, text } of pieces) {
    const end = start + text.length;
    for (let at = start; at < end; ) {
      while (next < hits.length && hits[next]!.end <= at) next += 1;
      const hit = hits[next] ?? { start: Infinity, end: Infinity };
      const isInside = hit.start <= at;
      const stop = source === text ? Math.min(end, isInside ? hit.end : hit.start) : end;
      if (!isInside) parts.push(source === text ? text.slice(at - start, stop - start) : source);
      else if (hit.start === at) parts.push(hit.becomes ?? '');
      at = stop;
    }
    start = end;
  }
  return parts.join('');
}
