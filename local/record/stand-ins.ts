import { randomInt } from 'node:crypto';
import { isIPv4 } from 'node:net';
import { RecordError } from './exchange.ts';
import { type Form, formsIn, isSought, keyOf, lower, mapForms } from './forms.ts';

/** Ids with fewer digits get as many as this, so that they can be told from counts. */
const MIN_ID_DIGITS = 6;
const MAX_TRIES = 5_000;

const LETTERS = 'abcdefghijklmnopqrstuvwxyz';
const DIGITS = '0123456789';
const HEX = '0123456789abcdef';

/** Kinds of replacement, for the report. */
export type Kind = Form | 'id';

/** An original, as it was first seen, with its stand-in and how often it was replaced. */
interface Entry {
  readonly original: string;
  readonly standIn: string;
  times: number;
}

/**
 * Stand-ins of the same form for everything in a text. The same original has the same stand-in everywhere, also inside longer texts
 * and in another case. They are drawn at random and kept in memory alone, so nobody can go back. Originals are collected first:
 * `begin` ends that, and from then on texts are replaced.
 */
export class StandIns {
  readonly #originals = new Set<string>();
  readonly #ids = new Set<string>();
  readonly #byKind = new Map<Kind, Map<string, Entry>>();
  readonly #used = new Set<string>();
  /** What was seen before: most cells repeat. With stand-ins, all entries that one text needs. */
  readonly #collected = new Set<string>();
  readonly #texts = new Map<string, { readonly standIn: string; readonly entries: readonly Entry[] }>();
  /** Entries of the text that is replaced now. */
  #noted: Entry[] = [];
  #idStandIns: ReadonlyMap<string, string> | undefined;

  /** Everything that was replaced, as `keyOf` writes it, and ids. */
  get originals(): ReadonlySet<string> {
    return this.#originals.union(this.#ids);
  }

  get replaced(): ReadonlyMap<Kind, ReadonlyMap<string, Entry>> {
    return this.#byKind;
  }

  text(text: string): string {
    if (!this.#idStandIns) return this.#collect(text);
    const known = this.#texts.get(text);
    for (const entry of known?.entries ?? []) entry.times += 1;
    if (known) return known.standIn;
    this.#noted = [];
    const standIn = mapForms(text, (found, form) =>
      form === 'number' && this.isId(found) ? this.id(found) : this.#standIn(found, form),
    );
    this.#texts.set(text, { standIn, entries: this.#noted });
    return standIn;
  }

  #collect(text: string): string {
    if (this.#collected.has(text)) return text;
    this.#collected.add(text);
    for (const form of formsIn(text)) this.#originals.add(form);
    return text;
  }

  /** An Engine's number of an object or event. Larger numbers have larger stand-ins, so that sorted answers stay sorted. */
  id(id: string): string {
    if (!this.#idStandIns) this.#ids.add(id);
    const standIn = this.#idStandIns?.get(id);
    if (standIn === undefined) return id;
    this.#note('id', id, id, () => standIn);
    return standIn;
  }

  /** True for a number that was collected as an id, when it is too long for a chance. */
  isId(text: string): boolean {
    return text.length >= MIN_ID_DIGITS && this.#ids.has(text);
  }

  /** Ends collecting. */
  begin(): void {
    const byLength = new Map<number, bigint[]>();
    for (const id of [...this.#ids].map(BigInt)) {
      const digits = Math.max(MIN_ID_DIGITS, String(id).length);
      byLength.set(digits, [...(byLength.get(digits) ?? []), id]);
    }
    const pairs: [string, string][] = [];
    for (const [digits, ids] of byLength) {
      const drawn = drawNumbers(ids.length, digits, this.#ids);
      ids.sort((one, other) => (one < other ? -1 : 1)).forEach((id, at) => void pairs.push([String(id), drawn[at]!]));
    }
    this.#idStandIns = new Map(pairs);
  }

  #standIn(found: string, form: Form): string {
    const known = this.#note(form, keyOf(found), found, () => this.#draw(keyOf(found), form));
    if (form === 'ip') return known;
    return withCaseOf(found, known);
  }

  #note(kind: Kind, key: string, original: string, draw: () => string): string {
    const ofKind = this.#byKind.get(kind) ?? new Map<string, Entry>();
    this.#byKind.set(kind, ofKind);
    const entry = ofKind.get(key) ?? { original, standIn: draw(), times: 0 };
    entry.times += 1;
    this.#noted.push(entry);
    ofKind.set(key, entry);
    return entry.standIn;
  }

  #draw(key: string, form: Form): string {
    for (let tries = 1; tries <= MAX_TRIES; tries += 1) {
      // There are so few short texts that the last one may have to stay as it is.
      const mayStay = !isSought(key) && tries > MAX_TRIES / 2;
      const drawn = drawLike(key, form, mayStay);
      // What is sought must not be there by chance.
      if (this.#used.has(drawn) || (isSought(drawn) && this.#originals.has(drawn))) continue;
      this.#used.add(drawn);
      return drawn;
    }
    throw new RecordError(`no stand-in is left for a ${form} of ${key.length} characters`);
  }
}

/** Free numbers of a length, ascending. */
function drawNumbers(count: number, digits: number, taken: ReadonlySet<string>): string[] {
  const drawn = new Set<string>();
  if (count * 3 > 9 * 10 ** (digits - 1))
    throw new RecordError(`too many ids of ${digits} digits: choose another account`);
  while (drawn.size < count) {
    const text = [randomInt(1, 10), ...Array.from({ length: digits - 1 }, () => randomInt(10))].join('');
    if (!taken.has(text)) drawn.add(text);
  }
  return [...drawn].sort();
}

function drawLike(key: string, form: Form, mayStay: boolean): string {
  if (form === 'ip') return drawAddress(key);
  if (form === 'sid') return key.replace(/(?<=^s-1-\d+-\d+-.*)\d+/g, (part) => drawWord(part, mayStay));
  const isHex = form === 'guid' || form === 'mac' || /^(?=.*\d)[0-9a-f]{12,}$/.test(key);
  if (!isHex) return drawWord(key, mayStay);
  const hex = key.replaceAll(/[0-9a-f]/g, () => pick(HEX));
  return form === 'mac' ? hex.replace(/^../, '02') : hex; // 02: given by an administrator, no maker's
}

/** Addresses of the networks for tests and documents. Source: RFC 2544, RFC 3849. */
const drawAddress = (key: string): string =>
  isIPv4(key)
    ? `198.${randomInt(18, 20)}.${randomInt(256)}.${randomInt(1, 255)}`
    : `2001:db8:${Array.from({ length: 6 }, () => randomInt(1, 0x10000).toString(16)).join(':')}`;

const pick = (pool: ArrayLike<string>): string => pool[randomInt(pool.length)]!;

/** A word with a letter for each letter, a digit for each digit, and the same accents. @param mayStay a letter may stay itself */
function drawWord(key: string, mayStay: boolean): string {
  const isNumber = /^\d+$/.test(key);
  return [...key]
    .map((letter, at) => {
      const pool = poolOf(letter).filter(
        (each) => (mayStay || each !== letter) && !(isNumber && at === 0 && each === '0'),
      );
      return pool.length === 0 || (isNumber && at === 0 && letter === '0') ? letter : pick(pool);
    })
    .join('');
}

const pools = new Map<string, readonly string[]>();

/** Characters that may stand for one, itself among them. */
function poolOf(letter: string): readonly string[] {
  const pool = pools.get(letter) ?? [...alike(letter)];
  pools.set(letter, pool);
  return pool;
}

function* alike(letter: string): Generator<string> {
  if (/\d/.test(letter)) return yield* DIGITS;
  if (!/\p{L}/u.test(letter)) return yield letter;
  const [base, ...marks] = [...letter.normalize('NFD')] as [string, ...string[]];
  const accents = marks.join('');
  const length = letter.length;
  const others = LETTERS.includes(base)
    ? LETTERS
    : Array.from({ length: 64 }, (_, at) => String.fromCodePoint((base.codePointAt(0)! & ~63) + at));
  for (const other of others) {
    const whole = (other + accents).normalize('NFC');
    const isAlike =
      /^\p{L}\p{M}*$/u.test(whole) &&
      whole.length === length &&
      isNear(whole, letter) &&
      isNear(whole.toUpperCase(), letter.toUpperCase()) &&
      hasCase(whole) === hasCase(letter);
    if (isAlike && lower(whole) === whole) yield whole;
  }
}

/** In the same 256 characters, so that an 8-bit charset has both. */
const isNear = (one: string, other: string): boolean => one.codePointAt(0)! >> 8 === other.codePointAt(0)! >> 8;

const hasCase = (letter: string): boolean =>
  letter.toUpperCase() !== letter && letter.toUpperCase().length === letter.length;

/** The stand-in with capitals, and in the Unicode form, that the original has. */
function withCaseOf(original: string, standIn: string): string {
  if (/^[^a-z\P{ASCII}]*[A-Z][^a-z\P{ASCII}]*$/u.test(original)) return standIn.toUpperCase();
  const composed = [...original.normalize('NFC')];
  const cased = [...standIn].map((letter, at) => {
    const was = composed[at] ?? '';
    return lower(was) === was || !hasCase(letter) ? letter : letter.toUpperCase();
  });
  const text = cased.join('');
  return original === original.normalize('NFC') ? text : text.normalize('NFD');
}
