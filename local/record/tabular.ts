/** A record: its cells as they are written, quotes included, and what ends it. */
interface TextRecord {
  readonly cells: readonly string[];
  readonly end: string;
}

/**
 * The records of a text of cells, with nothing lost: joined again they are the text. A cell counts as quoted when its closing quote
 * stands before a separator or a line end; else its quotes are text.
 */
export function* recordsOf(text: string, separator: ',' | '\t'): Generator<TextRecord> {
  const quoted = new RegExp(`"(?:[^"]|"")*"(?=${separator}|\\r?\\n|$)`, 'y');
  const bare = new RegExp(`[^${separator}\\n]*`, 'y');
  let cells: string[] = [];
  let at = 0;
  while (at < text.length) {
    quoted.lastIndex = at;
    bare.lastIndex = at;
    let cell = quoted.exec(text)?.[0] ?? bare.exec(text)![0];
    const isLast = text[at + cell.length] !== separator;
    if (isLast && cell.endsWith('\r')) cell = cell.slice(0, -1);
    cells.push(cell);
    at += cell.length;
    if (!isLast) {
      at += 1;
      if (at < text.length) continue;
      cells.push('');
    }
    const end = /^\r?\n/.exec(text.slice(at, at + 2))?.[0] ?? '';
    at += end.length;
    yield { cells, end };
    cells = [];
  }
}

/** What a written cell says. */
export const textOf = (cell: string): string =>
  /^".*"$/s.test(cell) && cell.length > 1 ? cell.slice(1, -1).replaceAll('""', '"') : cell;
