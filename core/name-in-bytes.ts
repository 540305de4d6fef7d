import { JOINERS, literal, nameMatcher, spellingsOf } from './anonymization.ts';
import type { Subject } from './model.ts';

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Replaces the name inside bytes, as a word of its own: in UTF-8 text as anywhere else, and where bytes are no text, in
 * the bytes of UTF-8, ASCII letters in any case, and in what the bytes are as UTF-16 (little-endian) from either parity.
 */
export function bytesReplacer(subject: Subject, token: string): (bytes: Buffer) => Buffer {
  const matcher = nameMatcher(subject);
  const pattern = utf8Pattern(subject);
  const inserted = Buffer.from(token).toString('latin1');
  return (bytes) => {
    const text = asText(bytes);
    const readable = text === undefined ? bytes : Buffer.from(matcher.replace(text, token));
    const raw = readable.toString('latin1');
    const replaced = Buffer.from(
      raw.replace(pattern, () => inserted),
      'latin1',
    );
    return [0, 1].reduce<Buffer>((rest, from) => inUtf16(rest, from, (wide) => matcher.replace(wide, token)), replaced);
  };
}

/** Edits what the bytes from `from` on are as UTF-16; any bytes go there and back unharmed. */
function inUtf16(bytes: Buffer, from: number, edit: (text: string) => string): Buffer {
  const end = bytes.length - ((bytes.length - from) % 2);
  const before = bytes.toString('utf16le', from, end);
  const after = edit(before);
  if (after === before) return bytes;
  return Buffer.concat([bytes.subarray(0, from), Buffer.from(after, 'utf16le'), bytes.subarray(end)]);
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
function utf8Pattern({ kind, name }: Subject): RegExp {
  const { left, right } = JOINERS[kind];
  const spellings = spellingsOf(name).map((spelling) => {
    const raw = Buffer.from(spelling).toString('latin1');
    return [...raw].map((byte) => (/[a-z]/i.test(byte) && byte < '\x7f' ? bothCases(byte) : literal(byte))).join('');
  });
  const word = '[\\w\\x80-\\xff]';
  return new RegExp(`(?<!${word})(?<!${word}[${left}])(?:${spellings.join('|')})(?!${word})(?![${right}]${word})`, 'g');
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
