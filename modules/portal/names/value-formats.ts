import { noteKey } from './json-text.ts';
import { closingQuote, quotedPieces } from './quoted.ts';

/** How a type of PostgreSQL writes text; `none` for numbers, times and so on. */
export type Form =
  | { readonly kind: 'none' | 'plain' | 'json' | 'xml' | 'bytes' | 'lexemes' | 'pairs' }
  | { readonly kind: 'array'; readonly of: Form }
  | { readonly kind: 'composite'; readonly fields: readonly Form[] };

/** How to edit a piece of text, by its format. */
export interface Edit {
  text(text: string): string;
  json(text: string): string;
  xml(text: string): string;
  bytes(bytes: Buffer): Buffer;
  /** Two different keys of one object have become equal. */
  merged(): void;
}

const unescaped = (text: string) => text.replace(/\\(.)/gs, '$1');
const quoted = (text: string) => `"${text.replace(/["\\]/g, '\\$&')}"`;

/**
 * Edits every text inside a value and leaves the rest of it as it is.
 * @param value in PostgreSQL's text form
 * @returns the edited value in the same form; `value` itself when nothing changed
 */
export function editValue(form: Form, value: string, edit: Edit): string {
  switch (form.kind) {
    case 'none':
      return value;
    case 'plain':
      return edit.text(value);
    case 'json':
      return edit.json(value);
    case 'xml':
      return edit.xml(value);
    case 'bytes':
      return `\\x${edit.bytes(Buffer.from(value.slice(2), 'hex')).toString('hex')}`;
    case 'lexemes':
      return editQuoted(value, "'", (whole, inner) =>
        changed(whole, unescaped(inner.replaceAll("''", "'")), edit.text, lexeme),
      );
    case 'pairs':
      return editPairs(value, edit);
    case 'array':
      return editArray(form.of, value, edit);
    case 'composite':
      return editComposite(form.fields, value, edit);
  }
}

/** Edits the quoted pieces of a value, whose quotes are doubled only between `'`; and those between them. */
function editQuoted(
  value: string,
  quote: '"' | "'",
  edit: (whole: string, inner: string, next: string) => string,
  between = (text: string) => text,
): string {
  const pieces = [...quotedPieces(value, quote, quote === "'")];
  return pieces
    .map(({ text, inner }, at) => (inner === undefined ? between(text) : edit(text, inner, pieces[at + 1]?.text ?? '')))
    .join('');
}

/** `"a"=>"b", "c"=>NULL`. */
function editPairs(value: string, edit: Edit): string {
  const keys = new Map<string, string>();
  return editQuoted(value, '"', (whole, inner, next) => {
    const before = unescaped(inner);
    const after = edit.text(before);
    if (next.startsWith('=>')) noteKey(keys, before, after, edit.merged);
    return after === before ? whole : quoted(after);
  });
}

const lexeme = (text: string) => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;

/** `whole` unless the text in it changes. */
function changed(whole: string, before: string, edit: (text: string) => string, write: (text: string) => string) {
  const after = edit(before);
  return after === before ? whole : write(after);
}

/** `{a,"b c",NULL}`, nested for more dimensions, perhaps with its bounds before it: `[0:1]={...}`. */
function editArray(of: Form, value: string, edit: Edit): string {
  const start = value.indexOf('{');
  const element = (whole: string, before: string) =>
    changed(whole, before, (text) => editValue(of, text, edit), quoted);
  const elements = editQuoted(
    value.slice(start),
    '"',
    (whole, inner) => element(whole, unescaped(inner)),
    (bare) => bare.replace(/[^{},]+/g, (whole) => (whole.toUpperCase() === 'NULL' ? whole : element(whole, whole))),
  );
  return value.slice(0, start) + elements;
}

/** `(a,"b ""c""",)`: an empty place without quotes is NULL. */
function editComposite(fields: readonly Form[], value: string, edit: Edit): string {
  const inside = value.slice(1, -1);
  const parts: string[] = [];
  let at = 0;
  for (const form of fields) {
    const isQuoted = inside[at] === '"';
    const comma = inside.indexOf(',', isQuoted ? closingQuote(inside, at + 1, '"', true) : at);
    const raw = inside.slice(at, comma < 0 ? undefined : comma);
    const before = isQuoted ? unescaped(raw.slice(1, -1).replaceAll('""', '"')) : raw;
    parts.push(raw === '' ? raw : changed(raw, before, (text) => editValue(form, text, edit), quoted));
    at += raw.length + 1;
  }
  return `(${parts.join(',')})`;
}
