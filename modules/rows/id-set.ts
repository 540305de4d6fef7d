import { QUOTE, type TsvRecord } from './tsv.ts';

const MAX_DIGITS = 15;
const START = 1024;
const DASH = 0x2d;

/** Ids of records. Numbers of up to 15 digits take 8 to 32 bytes each and are never made strings; other ids are kept as text. */
export class IdSet {
  /** The ids plus 1, at the place of their hash or behind it; 0 is free. */
  #numbers = new Float64Array(START);
  #count = 0;
  readonly #texts = new Set<string>();
  /** True when a record had no id: it is no double of another one without. */
  lacksSome = false;

  /** Adds the id in this cell. @returns false when it is in the set already */
  add({ bytes, edges, quoted }: TsvRecord, cell: number): boolean {
    let [start, end] = [edges[cell]! + 1, edges[cell + 1]!];
    if (quoted && bytes[start] === QUOTE && end > start + 1) [start, end] = [start + 1, end - 1];
    if (start === end || (start + 1 === end && bytes[start] === DASH)) {
      this.lacksSome = true;
      return true;
    }
    let number = 0;
    for (let i = start; i < end; i++) {
      const digit = bytes[i]! - 0x30;
      if (digit < 0 || digit > 9 || i - start >= MAX_DIGITS || (digit === 0 && i === start && end > start + 1))
        return this.#addText(bytes.toString('latin1', start, end));
      number = 10 * number + digit;
    }
    return this.#addNumber(number + 1);
  }

  #addText(text: string): boolean {
    if (this.#texts.has(text)) return false;
    this.#texts.add(text);
    return true;
  }

  #addNumber(number: number): boolean {
    const place = this.#placeOf(number);
    if (this.#numbers[place] === number) return false;
    this.#numbers[place] = number;
    this.#count++;
    if (2 * this.#count > this.#numbers.length) this.#grow();
    return true;
  }

  #placeOf(number: number): number {
    const mask = this.#numbers.length - 1;
    let place = Math.imul(number ^ (number / 2 ** 32), 0x9e37_79b1) >>> 0;
    for (place = (place ^ (place >>> 15)) & mask; this.#numbers[place] !== 0 && this.#numbers[place] !== number; )
      place = (place + 1) & mask;
    return place;
  }

  #grow(): void {
    const old = this.#numbers;
    this.#numbers = new Float64Array(2 * old.length);
    for (const number of old) if (number !== 0) this.#numbers[this.#placeOf(number)] = number;
  }

  *[Symbol.iterator](): Generator<string> {
    for (const number of this.#numbers) if (number !== 0) yield String(number - 1);
    yield* this.#texts;
  }
}
