import { noteKey } from './in-text.ts';

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

const ARRAY_ELEMENT = /"((?:[^"\\]|\\.)*)"|[^{},"]+/gs;
const FIELD = /(?:"((?:[^"\\]|\\.|"")*)"|([^,"]*))(,|$)/gsy;
const QUOTED = /"((?:[^"\\]|\\.)*)"(=>)?/gs;
const LEXEME = /'((?:[^'\\]|''|\\.)*)'/gs;

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
      return value.replace(LEXEME, (whole, inner: string) =>
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

/** `"a"=>"b", "c"=>NULL`. */
function editPairs(value: string, edit: Edit): string {
  const keys = new Map<string, string>();
  return value.replace(QUOTED, (whole, inner: string, arrow = '') => {
    const before = unescaped(inner);
    const after = edit.text(before);
    if (arrow) noteKey(keys, before, after, edit.merged);
    return after === before ? whole : quoted(after) + arrow;
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
  const elements = value.slice(start).replace(ARRAY_ELEMENT, (whole, inner: string | undefined) => {
    if (inner === undefined && whole.toUpperCase() === 'NULL') return whole;
    const before = inner === undefined ? whole : unescaped(inner);
    return changed(whole, before, (text) => editValue(of, text, edit), quoted);
  });
  return value.slice(0, start) + elements;
}

/** `(a,"b ""c""",)`: an empty place without quotes is NULL. */
function editComposite(fields: readonly Form[], value: string, edit: Edit): string {
  const inside = value.slice(1, -1);
  const parts: string[] = [];
  FIELD.lastIndex = 0;
  for (const form of fields) {
    const [whole, inQuotes, bare = '', comma = ''] = FIELD.exec(inside)!;
    const raw = whole.slice(0, whole.length - comma.length);
    const before = inQuotes === undefined ? bare : unescaped(inQuotes.replaceAll('""', '"'));
    parts.push(raw === '' ? raw : changed(raw, before, (text) => editValue(form, text, edit), quoted));
  }
  return `(${parts.join(',')})`;
}
