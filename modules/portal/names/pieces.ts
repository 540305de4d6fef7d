/** A place in a text, and what takes its place; a hit without `becomes` stays. */
export type Hit = { readonly start: number; readonly end: number; readonly becomes?: string | undefined };

/** A piece of a text: its source, and the text it stands for. */
export type Piece = { readonly source: string; readonly text: string };

/**
 * Escapes and what they stand for: a letter as JSON writes it, also with several `\`; a reference of XML; a letter of a web address;
 * a quote behind `\` or doubled; a doubled `\`. Each starts at the first of a run of `\`, so that a long run is read once.
 */
const ESCAPE =
  /(?<!\\)\\+u([0-9a-f]{4})|&(?:#x([0-9a-f]+)|#(\d+)|(amp|lt|gt|apos|quot));|(%(?:[2-7][0-9a-f]|[cd][0-9a-f]%[89ab][0-9a-f]|e[0-9a-f](?:%[89ab][0-9a-f]){2}))|(?<!\\)\\+"|(?<!\\)(\\{2,})|''|""/gi;
const NAMED: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', apos: "'", quot: '"' };
const LAST_CODE_POINT = 0x10ffff;

function readEscape([whole, unit, hex, decimal, named, percent, slashes]: RegExpExecArray): string | undefined {
  if (unit) return String.fromCharCode(Number.parseInt(unit, 16));
  if (percent) return Buffer.from(percent.replaceAll('%', ''), 'hex').toString();
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

/** Replaces the hits, in their order, in the text of all pieces together. Everything else keeps its source. */
export function replaceInPieces(pieces: readonly Piece[], hits: readonly Hit[]): string {
  const source = pieces.map((piece) => piece.source).join('');
  let [at, text, before] = [0, 0, 0]; // a piece, and where it begins in the text and in the source
  const inSource = (place: number) => {
    for (; pieces[at] && text + pieces[at]!.text.length <= place; at += 1) {
      text += pieces[at]!.text.length;
      before += pieces[at]!.source.length;
    }
    return before + place - text;
  };
  const parts: string[] = [];
  let rest = 0; // of the source
  for (const { start, end, becomes = '' } of hits) {
    parts.push(source.slice(rest, inSource(start)), becomes);
    rest = inSource(end);
  }
  return parts.join('') + source.slice(rest);
}
