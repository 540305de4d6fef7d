import { isTelling } from './person.ts';

const WORD = /[\p{L}\p{N}\p{M}_]+/gu;
/** Inside a text, a value is looked for from word to word: `+49 30 4711` without its `+`. */
const EDGES = /^[^\p{L}\p{N}\p{M}_]+|[^\p{L}\p{N}\p{M}_]+$/gu;
const NUMBER = /^-?[\d.]+$/;

/** What casts and JSON write in different ways: hosts without their mask, times with `T`, the time zone UTC, blanks. */
const plain = (value: string): string =>
  value
    .trimEnd()
    .toLowerCase()
    .replace(/\/(32|128)$/, '')
    .replace(/^(\d{4}-\d\d-\d\d)t/, '$1 ')
    .replace(/\+00:00$/, '+00');

/** Values that a run has cleared beside the person's names: triggers may have copied them. */
export class ClearedValues {
  readonly #columns = new Map<string, Set<string>>();
  readonly #lengths = new Set<number>();
  #words = 1;

  /** A single letter and a truth value tell nothing. */
  add(value: string, column: string): void {
    if (value.length < 2 || /^(true|false)$/.test(value)) return;
    for (const form of [value, value.replace(EDGES, '')].filter(({ length }) => length > 1)) {
      this.#columns.set(plain(form), (this.#columns.get(plain(form)) ?? new Set()).add(column));
      this.#lengths.add(form.length).add(plain(form).length);
    }
    this.#words = Math.max(this.#words, value.match(WORD)?.length ?? 0);
  }

  /** Whether a whole cell is one. Numbers are equal by chance: the column must be named like the cleared one. */
  has(value: string, column: string): boolean {
    const from = this.#columns.get(plain(value));
    return from !== undefined && (!NUMBER.test(value) || [...from].some((each) => column.includes(each)));
  }

  /** Where a text is one, or holds long ones. */
  in(text: string): { readonly start: number; readonly end: number }[] {
    if (this.#columns.has(plain(text))) return [{ start: 0, end: text.length }];
    const words = Array.from(text.matchAll(WORD), (word) => [word.index, word.index + word[0].length] as const);
    let next = 0; // where the last one ends
    return words.flatMap(([start], first) => {
      const isOne = (part: string) =>
        this.#lengths.has(part.length) && isTelling(part) && this.#columns.has(plain(part));
      const ends = start < next ? [] : words.slice(first, first + this.#words).map(([, end]) => end);
      const end = ends.findLast((one) => isOne(text.slice(start, one)));
      next = end ?? next;
      return end === undefined ? [] : [{ start, end }];
    });
  }
}
