import { gzipSync } from 'node:zlib';
import type { Fault } from './faults.ts';

/** A body in place of the one that was asked for, with the headers that it comes under. */
interface Body {
  readonly bytes: Buffer;
  readonly headers: Readonly<Record<string, string>>;
}

const CSV = { 'Content-Type': 'text/csv; charset=utf-8' };

/** Bodies that need no rows. */
const TEXTS: Readonly<Record<string, string>> = {
  text: 'reindexing, try later\n',
  'text-table': 'The Engine\tis reindexing\nplease\tcome back\n',
  json: '{"error":"internal"}',
  empty: '',
  blank: '\n\n\n',
  'header-other': 'destination/id\tdestination/ip_address\n',
};

/** A body that a fault puts in place of any answer. */
export function bodyInstead(fault: Fault | undefined): Body | undefined {
  const text = fault && TEXTS[fault.kind];
  return text === undefined ? undefined : { bytes: Buffer.from(text), headers: CSV };
}

/** Formats in which a fault writes its rows instead of csv. */
export const FORMAT_INSTEAD: Readonly<Record<string, 'json' | 'xml'>> = { 'json-rows': 'json', 'xml-rows': 'xml' };

type Change = (text: string) => Body;

const plain = (text: string, type?: string): Body => ({
  bytes: Buffer.from(text),
  headers: type === undefined ? CSV : { 'Content-Type': type },
});

/** Latin-1 with a question mark for what it lacks. */
const latin1 = (text: string) => Buffer.from(text.replaceAll(/[\u0100-\u{10ffff}]/gu, '?'), 'latin1');
const utf16 = (text: string) => Buffer.from(`\uFEFF${text}`, 'utf16le');

const CHANGES: Readonly<Record<string, Change>> = {
  'comma-rows': (text) => plain(text.replaceAll('\t', ',')),
  'cut-record': (text) => plain(text.slice(0, Math.max(1, text.lastIndexOf('\n', text.length / 2) + 4))),
  'cut-line': (text) => plain(halfOf(text)),
  partial: (text) => plain(halfOf(text)),
  gzip: (text) => ({ bytes: gzipSync(text), headers: { ...CSV, 'Content-Encoding': 'gzip' } }),
  'gzip-silent': (text) => ({ bytes: gzipSync(text), headers: CSV }),
  latin1: (text) => ({ bytes: latin1(text), headers: { 'Content-Type': 'text/csv; charset=iso-8859-1' } }),
  'latin1-silent': (text) => ({ bytes: latin1(text), headers: CSV }),
  utf16: (text) => ({ bytes: utf16(text), headers: { 'Content-Type': 'text/csv; charset=utf-16' } }),
  'utf16-silent': (text) => ({ bytes: utf16(text), headers: CSV }),
  'type-page': (text) => plain(text, 'text/html; charset=utf-8'),
  'type-binary': (text) => plain(text, 'application/octet-stream'),
  'type-none': (text) => ({ bytes: Buffer.from(text), headers: {} }),
};

/** The first half of the lines; the header alone when there is one row. */
function halfOf(text: string): string {
  const lines = text.split('\n').slice(0, -1);
  return `${lines.slice(0, Math.max(1, Math.ceil(lines.length / 2))).join('\n')}\n`;
}

/** How a fault changes the text of an answer; nothing when it leaves it as it is. */
export const bodyChange = (fault: Fault | undefined): Change | undefined => fault && CHANGES[fault.kind];
