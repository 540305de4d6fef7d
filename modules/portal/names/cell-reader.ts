import { editJson, isJsonDocument, quotedPieces } from './json-text.ts';
import { type Hit, type Piece, piecesOf, replaceInPieces } from './pieces.ts';

/** What a text holds: places with a word of the person, and with words that only look alike. */
export type Found = { readonly hits: readonly Hit[]; readonly lookalikes: readonly Hit[] };

/** Cells, or words of one, that hold the person, mention its words, or only look alike. */
export interface CellCounts {
  readonly theirs: number;
  /** Words of the person in what belongs to somebody else or to nobody. */
  readonly mentions: number;
  /** Words that only begin or end alike. */
  readonly lookalikes: number;
}

/** How PostgreSQL writes a type. `literal`: arrays and composites; `pairs`: hstore; `lexemes`: of text search. */
export type CellForm = 'text' | 'json' | 'literal' | 'pairs' | 'lexemes';

/** Maximum depth of JSON or literals in a string of another. */
const DEPTH = 5;

const asItIs = (text: string): readonly Piece[] => [{ source: text, text }];
/** `7` of `7.00`. */
export const wholeOf = (digits: string): string => digits.replace(/\.0+$/, '');
const HEX_BYTES = /^\\x[0-9a-f]+$/;
/** First byte of a text in UTF-16, and whether it is big-endian. */
const IN_UTF16 = [0, 1].flatMap((from) => [[from, false] as const, [from, true] as const]);
const KEY_OF_PAIR = /"((?:[^"\\]|\\.)*)"=>/gs;

/**
 * Reads one stored value in every way that its text may be written, lets `find` judge each text, and replaces: JSON in JSON,
 * escapes, XML, quotes of arrays and so on, bytes in UTF-8 and UTF-16. What does not change keeps its bytes.
 */
export class CellReader {
  /** Words replaced; words of the person that stay; words that only look alike. */
  readonly counts = { theirs: 0, mentions: 0, lookalikes: 0 };
  readonly #find: (text: string, isKey: boolean) => Found;
  readonly #merged: () => void;
  readonly #number: ((digits: string) => string) | undefined;

  /** @param merged called when two keys of one object become equal @param number edits numbers; absent: they are not looked at */
  constructor(
    find: (text: string, isKey: boolean) => Found,
    merged: () => void = () => {},
    number?: (digits: string) => string,
  ) {
    this.#find = find;
    this.#merged = merged;
    this.#number = number;
  }

  /** @param value in PostgreSQL's text form @returns the same with the words replaced */
  edit(value: string, form: CellForm): string {
    if (form === 'json') return this.#json(value, DEPTH, this.#merged);
    if (form === 'literal') return this.#literal(value, DEPTH);
    const after = this.#text(value, DEPTH);
    if (form === 'pairs' && keysOf(after).size < keysOf(value).size) this.#merged();
    return after;
  }

  #text(text: string, depth: number, isKey = false): string {
    if (HEX_BYTES.test(text)) return this.#bytes(text);
    if (depth > 0 && (text.includes('"') || this.#number) && isJsonDocument(text)) return this.#json(text, depth - 1);
    return this.#readings(text, isKey);
  }

  #json(json: string, depth: number, merged?: () => void): string {
    const number = (digits: string) => {
      const whole = wholeOf(digits);
      if (this.#number === undefined || this.#replace(asItIs(whole)) === whole) return digits;
      return this.#number(whole);
    };
    return editJson(json, (text, isKey) => this.#text(text, depth, isKey), merged, number);
  }

  /** Reads escapes as what they stand for, then the text as it is. What stays is in both readings and counts once. */
  #readings(text: string, isKey = false): string {
    const escapes = piecesOf(text);
    if (!escapes) return this.#replace(asItIs(text), isKey);
    const { mentions, lookalikes } = this.counts;
    const unescaped = this.#replace(escapes, isKey);
    const once = { ...this.counts };
    Object.assign(this.counts, { mentions, lookalikes });
    const after = this.#replace(asItIs(unescaped), isKey);
    this.counts.mentions = Math.max(once.mentions, this.counts.mentions);
    this.counts.lookalikes = Math.max(once.lookalikes, this.counts.lookalikes);
    return after;
  }

  #replace(pieces: readonly Piece[], isKey = false): string {
    return replaceInPieces(pieces, this.#counted(this.#find(pieces.map(({ text }) => text).join(''), isKey)));
  }

  #counted({ hits, lookalikes }: Found): readonly Hit[] {
    const replaced = hits.filter(({ becomes }) => becomes !== undefined);
    this.counts.theirs += replaced.length;
    this.counts.mentions += hits.length - replaced.length;
    this.counts.lookalikes += lookalikes.length;
    return replaced;
  }

  /** `{a,"b c",NULL}` and `(a,"b ""c""",)`, in each other to any depth. */
  #literal(value: string, depth: number): string {
    if (depth === 0 || !/^[[({]/.test(value) || isJsonDocument(value)) return this.#text(value, depth);
    const isComposite = value.startsWith('(');
    const bare = isComposite ? /[^(),]+/g : /[^{},]+/g;
    const pieces = Array.from(quotedPieces(value, isComposite), ({ text, inner }) => {
      if (inner === undefined)
        return text.replace(bare, (one) => (one.toUpperCase() === 'NULL' ? one : this.#text(one, depth - 1)));
      const before = (isComposite ? inner.replaceAll('""', '"') : inner).replace(/\\(.)/gs, '$1');
      const after = this.#literal(before, depth - 1);
      return after === before ? text : `"${after.replace(/["\\]/g, '\\$&')}"`;
    });
    return pieces.join('');
  }

  #bytes(hex: string): string {
    const before = Buffer.from(hex.slice(2), 'hex');
    const text = decodeBytes(before);
    const after = this.#text(text, DEPTH);
    const bytes = this.#inUtf16(after === text ? before : encodeBytes(after));
    return bytes.equals(before) ? hex : `\\x${bytes.toString('hex')}`;
  }

  /** Edits bytes as UTF-16. Letters that two readings see, one byte apart, are judged by the first: texts begin at an even byte. */
  #inUtf16(bytes: Buffer): Buffer {
    const seen = new Uint8Array(bytes.length);
    const edits: Hit[] = [];
    for (const [from, isBig] of IN_UTF16) {
      const ordered = (units: Buffer) => (isBig ? units.swap16() : units);
      const units = Buffer.from(bytes.subarray(from, bytes.length - ((bytes.length - from) % 2)));
      const found = this.#find(ordered(units).toString('utf16le'), false);
      const inBytes = (hits: readonly Hit[]) =>
        hits
          .map(({ start, end, becomes }) => ({ start: from + 2 * start, end: from + 2 * end, becomes }))
          .filter(({ start, end }) => !seen.subarray(start, end).includes(1));
      const [hits, lookalikes] = [inBytes(found.hits), inBytes(found.lookalikes)];
      for (const { start, end } of [...hits, ...lookalikes]) seen.fill(1, start, end);
      for (const hit of this.#counted({ hits, lookalikes }))
        edits.push({ ...hit, becomes: ordered(Buffer.from(hit.becomes!, 'utf16le')).toString('latin1') });
    }
    edits.sort((one, other) => one.start - other.start);
    return edits.length === 0 ? bytes : Buffer.from(replaceInPieces(asItIs(bytes.toString('latin1')), edits), 'latin1');
  }
}

const keysOf = (pairs: string): Set<string> => new Set(Array.from(pairs.matchAll(KEY_OF_PAIR), ([key]) => key));

/** In Latin-1: bytes as of one character of UTF-8, or one that begins none. */
const CHARACTER = /[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}|[\x80-\xff]/g;

/** Reads bytes as UTF-8. Other bytes become U+F780 to U+F7FF, as do the bytes of these characters, to be turned back. */
export const decodeBytes = (bytes: Buffer): string =>
  bytes.toString('latin1').replace(CHARACTER, (one) => {
    const text = Buffer.from(one, 'latin1').toString();
    if (Buffer.from(text).toString('latin1') === one && !/[\uf780-\uf7ff]/.test(text)) return text;
    return one.replace(/./g, (byte) => String.fromCharCode(0xf700 + byte.charCodeAt(0)));
  });

function encodeBytes(text: string): Buffer {
  const latin1 = Buffer.from(text).toString('latin1');
  const turned = (one: string) => String.fromCharCode(Buffer.from(one, 'latin1').toString().charCodeAt(0) & 0xff);
  return Buffer.from(latin1.replace(/\xef[\x9e\x9f][\x80-\xbf]/g, turned), 'latin1');
}
