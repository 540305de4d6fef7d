import type { Answer } from '../nxql/answer.ts';
import { type Cell, cellText } from '../world/cells.ts';
import { humanText } from '../world/human-units.ts';
import type { Zone } from '../world/zone.ts';
import { escapeMarkup } from './markup.ts';

export const FORMATS = ['csv', 'json', 'xml', 'html'] as const;
export type Format = (typeof FORMATS)[number];

/** How csv cells with separators look: in double quotes, or bare, with control characters turned into blanks. */
export type Quoting = 'rfc4180' | 'raw';

/** What is not documented of an answer's looks. */
interface Style {
  /** `rfc4180` by default. */
  readonly quoting?: Quoting;
  /** Whether a carriage return stands before each line feed of csv; by default it does not. */
  readonly crlf?: boolean;
  /** Whether csv begins with a byte order mark; by default it does not. */
  readonly bom?: boolean;
  /** Scales numbers and prints their units, but not in json. */
  readonly human?: boolean;
}

export const CONTENT_TYPES: Readonly<Record<Format, string>> = {
  csv: 'text/csv; charset=utf-8',
  json: 'application/json; charset=utf-8',
  xml: 'text/xml; charset=utf-8',
  html: 'text/html; charset=utf-8',
};

/** Pieces of an answer's body of about this many characters. */
const PIECE = 64 * 1024;

/** Writes an answer in one of the four formats, in pieces, while its rows are made. */
export function writeAnswer(answer: Answer, format: Format, zone: Zone, style: Style = {}): Generator<string> {
  const textOf = (type: string, cell: Cell) =>
    style.human && typeof cell === 'number' && type !== 'datetime' ? humanText(type, cell) : cellText(type, cell, zone);
  const writers = {
    csv: () => csvLines(answer, textOf, style),
    json: () => jsonItems(answer, zone),
    xml: () => xmlItems(answer, textOf),
    html: () => htmlItems(answer, textOf),
  };
  return gather(writers[format]());
}

type TextOf = (type: string, cell: Cell) => string;

function* gather(texts: Iterable<string>): Generator<string> {
  let piece = '';
  for (const text of texts) {
    piece += text;
    if (piece.length < PIECE) continue;
    yield piece;
    piece = '';
  }
  if (piece !== '') yield piece;
}

/** Tab-separated, a line feed after each line, `-` for a missing value. */
function* csvLines({ groups, rows }: Answer, textOf: TextOf, style: Style): Generator<string> {
  const end = style.crlf ? '\r\n' : '\n';
  const quote = style.quoting === 'raw' ? (text: string) => text.replace(/[\t\r\n]/g, ' ') : quoteCell;
  yield `${style.bom ? '\uFEFF' : ''}${groups.flatMap(({ headers }) => headers.map(quote)).join('\t')}${end}`;
  // The cells of an object come as the same array each time, so their text is kept.
  const known = new WeakMap<readonly Cell[], string>();
  const lineOf = (types: readonly string[], cells: readonly Cell[]) => {
    let line = '';
    for (let index = 0; index < cells.length; index += 1) {
      const cell = cells[index]!;
      const text = textOf(types[index]!, cell);
      if (index > 0) line += '\t';
      line += typeof cell === 'number' ? text : quote(text);
    }
    return line;
  };
  for (const row of rows) {
    let line = '';
    for (let group = 0; group < row.length; group += 1) {
      const cells = row[group]!;
      let text = known.get(cells);
      if (text === undefined) {
        text = lineOf(groups[group]!.types, cells);
        known.set(cells, text);
      }
      line += group > 0 ? `\t${text}` : text;
    }
    yield line + end;
  }
}

const quoteCell = (text: string): string => (/[\t\r\n"]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

/** An array of objects; lists stay lists, a missing value is `null`. */
function* jsonItems({ groups, rows }: Answer, zone: Zone): Generator<string> {
  const columns = columnsOf(groups);
  let separator = '[';
  for (const row of rows) {
    const entries = row.flat().map((cell, index) => {
      const { header, type } = columns[index]!;
      return [header, type === 'datetime' && cell !== null ? cellText(type, cell, zone) : cell];
    });
    yield `${separator}${JSON.stringify(Object.fromEntries(entries))}`;
    separator = ',\n';
  }
  yield separator === '[' ? '[]' : ']';
}

function* xmlItems({ groups, rows }: Answer, textOf: TextOf): Generator<string> {
  const columns = columnsOf(groups);
  const header = columns.map((column, index) => `<c${index}>${escapeMarkup(column.header)}</c${index}>`).join('');
  yield `<?xml version="1.0" encoding="UTF-8"?>\n<table><header>${header}</header><body>\n`;
  for (const row of rows) {
    const cells = row.flat().map((cell, index) => {
      return `<c${index}>${escapeMarkup(textOf(columns[index]!.type, cell))}</c${index}>`;
    });
    yield `<r>${cells.join('')}</r>\n`;
  }
  yield '</body></table>\n';
}

function* htmlItems({ groups, rows }: Answer, textOf: TextOf): Generator<string> {
  const columns = columnsOf(groups);
  yield `<html><body><table><tr>${columns.map(({ header }) => `<th>${escapeMarkup(header)}</th>`).join('')}</tr>\n`;
  for (const row of rows) {
    const cells = row.flat().map((cell, index) => escapeMarkup(textOf(columns[index]!.type, cell)));
    yield `<tr>${cells.map((cell) => `<td>${cell}</td>`).join('')}</tr>\n`;
  }
  yield '</table></body></html>\n';
}

const columnsOf = (groups: Answer['groups']): { header: string; type: string }[] =>
  groups.flatMap(({ headers, types }) => headers.map((header, index) => ({ header, type: types[index]! })));
