import { type Cell, cellText } from './cells.ts';
import type { Answer } from './nxql-evaluator.ts';
import type { Zone } from './zone.ts';

export const FORMATS = ['csv', 'json', 'xml', 'html'] as const;
export type Format = (typeof FORMATS)[number];

/** How csv cells with separators look: in double quotes, or bare, with control characters turned into blanks. */
export type Quoting = 'rfc4180' | 'raw';

export const CONTENT_TYPES: Readonly<Record<Format, string>> = {
  csv: 'text/csv; charset=utf-8',
  json: 'application/json; charset=utf-8',
  xml: 'text/xml; charset=utf-8',
  html: 'text/html; charset=utf-8',
};

/** Pieces of an answer's body of about this many characters. */
const PIECE = 32 * 1024;

/** Writes an answer in one of the four formats, in pieces, while its rows are made. */
export function writeAnswer(answer: Answer, format: Format, zone: Zone, quoting: Quoting): Generator<string> {
  const writers = { csv: () => csvLines(answer, zone, quoting), json: jsonItems, xml: xmlItems, html: htmlItems };
  return gather(writers[format](answer, zone));
}

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
function* csvLines({ groups, rows }: Answer, zone: Zone, quoting: Quoting): Generator<string> {
  const quote = quoting === 'raw' ? (text: string) => text.replace(/[\t\r\n]/g, ' ') : quoteCell;
  yield `${groups.flatMap(({ headers }) => headers.map(quote)).join('\t')}\n`;
  // The cells of an object come as the same array each time, so their text is kept.
  const known = new WeakMap<readonly Cell[], string>();
  for (const row of rows) {
    const texts = row.map((cells, group) => {
      const kept = known.get(cells);
      if (kept !== undefined) return kept;
      const { types } = groups[group]!;
      const text = cells.map((cell, index) => quote(cellText(types[index]!, cell, zone))).join('\t');
      known.set(cells, text);
      return text;
    });
    yield `${texts.join('\t')}\n`;
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

function* xmlItems({ groups, rows }: Answer, zone: Zone): Generator<string> {
  const columns = columnsOf(groups);
  const header = columns.map((column, index) => `<c${index}>${escapeMarkup(column.header)}</c${index}>`).join('');
  yield `<?xml version="1.0" encoding="UTF-8"?>\n<table><header>${header}</header><body>\n`;
  for (const row of rows) {
    const cells = row.flat().map((cell, index) => {
      return `<c${index}>${escapeMarkup(cellText(columns[index]!.type, cell, zone))}</c${index}>`;
    });
    yield `<r>${cells.join('')}</r>\n`;
  }
  yield '</body></table>\n';
}

function* htmlItems({ groups, rows }: Answer, zone: Zone): Generator<string> {
  const columns = columnsOf(groups);
  yield `<html><body><table><tr>${columns.map(({ header }) => `<th>${escapeMarkup(header)}</th>`).join('')}</tr>\n`;
  for (const row of rows) {
    const cells = row.flat().map((cell, index) => escapeMarkup(cellText(columns[index]!.type, cell, zone)));
    yield `<tr>${cells.map((cell) => `<td>${cell}</td>`).join('')}</tr>\n`;
  }
  yield '</table></body></html>\n';
}

const columnsOf = (groups: Answer['groups']): { header: string; type: string }[] =>
  groups.flatMap(({ headers, types }) => headers.map((header, index) => ({ header, type: types[index]! })));

/** The page that refuses a statement, whatever format was asked for: a message, and names that would have been good. */
export function errorPage(message: string, options: readonly string[]): string {
  const items = options.map((option) => `<li>${escapeMarkup(option)}</li>`).join('');
  const list = options.length > 0 ? `<ul id="error_options">${items}</ul>` : '';
  return `<html><head><title>Error</title></head><body><p id="error_message">${escapeMarkup(message)}</p>${list}</body></html>\n`;
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

const escapeMarkup = (text: string): string => text.replace(/[&<>"']/g, (character) => ENTITIES[character]!);
