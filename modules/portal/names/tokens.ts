import { createHash } from 'node:crypto';
import { PortalColumnTooShortError } from '../errors.ts';
import { literal } from './name-matcher.ts';

const BASE32 = 'abcdefghijklmnopqrstuvwxyz234567';
const TOKEN_LETTERS = 26;
const NUMBER_LETTERS = 5;
/** Shorter forms are a human's decision. */
export const MIN_LETTERS = 8;

/** What replaces a Subject: `anon-` and 26 letters (130 bits) of a CSPRNG, never a hash of the name, which could be guessed (R15). */
export function drawToken(random: (size: number) => Uint8Array): string {
  return `anon-${Array.from(random(TOKEN_LETTERS), (byte) => BASE32[byte & 31]).join('')}`;
}

/** As a run might draw it, with every kind of character. */
export const SAMPLE_TOKEN = drawToken((size) =>
  Uint8Array.from({ length: size }, (_, at) => at + BASE32.length - size),
);

/** The token for a column with a maximum length: its last letters. */
export const fittingToken = (token: string, limit: number): string =>
  limit >= token.length ? token : token.slice(-Math.min(limit, TOKEN_LETTERS));

/** `[a-z]{4}`, or a character that stays. */
const PART = /(\[[^\]]+\])(?:\{(\d{1,2})\})?|./gsu;
const ASCII = Array.from({ length: 95 }, (_, at) => String.fromCharCode(at + 32));

/** Whether a form of the mapping, such as `LT-[0-9]{6}`, has something to draw. */
export const isDrawn = (form: string): boolean => Array.from(form.matchAll(PART)).some(([, among]) => among);

/** Letters that a part such as `[a-z]` stands for. @throws {SyntaxError} none can be understood */
const lettersOf = (among: string): string[] => ASCII.filter((letter) => new RegExp(among, 'u').test(letter));

/** Whether each part of a form has letters to draw from. */
export function isDrawable(form: string): boolean {
  try {
    return Array.from(form.matchAll(PART)).every(
      ([, among, times]) => !among || (lettersOf(among)[0] && times !== '0'),
    );
  } catch {
    return false;
  }
}

/** A form as a regular expression of PostgreSQL. */
export const patternOf = (form: string): string =>
  form.replaceAll(PART, (part: string, among?: string) => (among ? part : literal(part)));

/** A text of this form, always the same for a seed. */
const fill = (form: string, seed: string): string =>
  form.replaceAll(PART, (part: string, among: string | undefined, times = '1', start = 0) => {
    if (among === undefined) return part;
    const letters = lettersOf(among);
    const drawn = (at: number) => createHash('sha256').update(`${seed}/${start}/${at}`).digest().readUInt32BE();
    return Array.from({ length: Number(times) }, (_, at) => letters[drawn(at) % letters.length]).join('');
  });

/** A token as a number below zero, so that it is nobody's; at most nine digits. */
const numberFor = (token: string): string =>
  `-${[...token.slice(-NUMBER_LETTERS)].reduce((sum, letter) => sum * 32 + BASE32.indexOf(letter), 1)}`;

const MAX_DRAWS = 1000;

/** Takes the place of the person's words. All are drawn from the token of the run: equal words in equal forms stay equal. */
export class Tokens {
  readonly #token: string;
  readonly #taken: ReadonlySet<string>;
  readonly #isEach: boolean;
  readonly #drawn = new Map<string, string>();
  readonly #spellings: string[] = [];

  /** @param token empty: nothing is written @param taken stored texts, in lower case @param isEach each spelling gets one of its own */
  constructor(token: string, taken: ReadonlySet<string> = new Set(), isEach = false) {
    this.#token = token;
    this.#taken = taken;
    this.#isEach = isEach;
  }

  of(form: string | undefined, word: string): string {
    if (this.#token === '') return '';
    const spelling = this.#isEach ? word : '';
    if (!this.#spellings.includes(spelling)) this.#spellings.push(spelling);
    const at = this.#spellings.indexOf(spelling);
    const drawn = this.#drawn.get(`${at} ${form}`) ?? this.#draw(form, at);
    this.#drawn.set(`${at} ${form}`, drawn);
    return drawn;
  }

  /** In place of a login that is a number. */
  numberOf(word: string): string {
    return numberFor(this.of(undefined, word));
  }

  /** Whether a value shows that this run has written it. @param isName whether a token stands there as a name does */
  isWritten(value: string, isName: (token: string) => boolean): boolean {
    const isToken = (token: string) => (value.includes(token) && isName(token)) || value === numberFor(token);
    return [...this.#drawn.values()].some(isToken);
  }

  #draw(form: string | undefined, at: number): string {
    if (form === undefined && at === 0) return this.#token;
    if (form === undefined)
      return fittingToken(fill(`anon-[a-z2-7]{${TOKEN_LETTERS}}`, `${this.#token}/${at}`), this.#token.length);
    if (!isDrawn(form)) return form;
    const drawn = new Set(this.#drawn.values());
    for (let draw = 0; draw < MAX_DRAWS; draw += 1) {
      const text = fill(form, `${this.#token}/${at}/${draw}`);
      if (!this.#taken.has(text.toLowerCase()) && !drawn.has(text)) return text;
    }
    throw new PortalColumnTooShortError(form);
  }
}
