import { JOINERS, literal, nameMatcher, spellingsOf } from './anonymization.ts';
import type { Subject } from './model.ts';

/** How text is laid down in bytes whose encoding nobody tells; `end` follows each byte of ASCII. */
const ENCODINGS = [
  { encoding: 'utf8', end: '' },
  { encoding: 'utf16le', end: '\\0' },
] as const;

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Replaces the name inside bytes, as a word of its own: in UTF-8 text as anywhere else, and where bytes are no text, in
 * the bytes of UTF-8 and of UTF-16 (little-endian), ASCII letters in any case.
 */
export function bytesReplacer(subject: Subject, token: string): (bytes: Buffer) => Buffer {
  const matcher = nameMatcher(subject);
  const patterns = ENCODINGS.map(({ encoding, end }) => ({ pattern: rawPattern(subject, encoding, end), encoding }));
  return (bytes) => {
    const text = asText(bytes);
    const readable = text === undefined ? bytes : Buffer.from(matcher.replace(text, token));
    const raw = readable.toString('latin1');
    const replaced = patterns.reduce((rest, { pattern, encoding }) => {
      const inserted = Buffer.from(token, encoding).toString('latin1');
      return rest.replace(pattern, () => inserted);
    }, raw);
    return Buffer.from(replaced, 'latin1');
  };
}

function asText(bytes: Buffer): string | undefined {
  try {
    const text = utf8.decode(bytes);
    return text.includes('\0') ? undefined : text;
  } catch {
    return undefined;
  }
}

/** Over bytes shown as Latin-1: ASCII letters fold, other bytes do not; a byte beyond ASCII counts as a letter. */
function rawPattern({ kind, name }: Subject, encoding: 'utf8' | 'utf16le', end: string): RegExp {
  const { left, right } = JOINERS[kind];
  const spellings = spellingsOf(name).map((spelling) => {
    const raw = Buffer.from(spelling, encoding).toString('latin1');
    return [...raw].map((byte) => (/[a-z]/i.test(byte) && byte < '\x7f' ? bothCases(byte) : literal(byte))).join('');
  });
  const word = `[\\w\\x80-\\xff]${end}`;
  return new RegExp(
    `(?<!${word})(?<!${word}[${left}]${end})(?:${spellings.join('|')})(?!${word})(?![${right}]${end}${word})`,
    'g',
  );
}

const bothCases = (letter: string) => `[${letter.toLowerCase()}${letter.toUpperCase()}]`;

/** What a value must hold to hold the name, however it quotes or encodes it, escapes of JSON and XML apart. */
export interface Needles {
  /** One of them stands in the value's text, in lower case on both sides. */
  readonly texts: readonly string[];
  /** A regular expression that the hexadecimal digits of bytes in UTF-8 or UTF-16 match. */
  readonly hex: string;
}

/** The longest stretch of letters and digits of a name in all its spellings; undefined when the name has none. */
export function needlesOf(name: string): Needles | undefined {
  const stretches = [...(name.match(/[A-Za-z0-9]{2,}/g) ?? []), ...(name.match(/[\p{L}\p{N}\p{M}]+/gu) ?? [])];
  const [ascii] = stretches.filter((one) => /^[A-Za-z0-9]{2,}$/.test(one)).sort((a, b) => b.length - a.length);
  const stretch = ascii ?? stretches.sort((a, b) => b.length - a.length)[0];
  if (stretch === undefined) return undefined;
  const texts = spellingsOf(stretch);
  return { texts, hex: texts.map((text) => [...text].map(hexOf).join('')).join('|') };
}

function hexOf(letter: string): string {
  const hex = (text: string, encoding: 'utf8' | 'utf16le') => Buffer.from(text, encoding).toString('hex');
  if (letter > '\x7f') return `(${hex(letter, 'utf8')}|${hex(letter, 'utf16le')})`;
  const cases = [...new Set([letter.toLowerCase(), letter.toUpperCase()])].map((one) => hex(one, 'utf8'));
  return `(${cases.join('|')})(00)?`;
}
