import { formsIn, keyOf } from './forms.ts';

/** Maximum encodings one inside the other, such as Base64 in a percent-encoded text. */
const MAX_DEPTH = 2;

/** Texts that a text holds in another encoding. */
function* decoded(text: string): Generator<string> {
  if (text.includes('\0')) yield text.replaceAll('\0', '');
  const decoders: readonly (readonly [RegExp, (found: string) => string])[] = [
    [/\\u[0-9a-f]{4}/gi, (found) => String.fromCharCode(Number.parseInt(found.slice(2), 16))],
    [/\\["\\/bfnrt]/g, (found) => (/[bfnrt]/.test(found) ? ' ' : found.slice(1))],
    [/(?:%[0-9a-f]{2})+/gi, (found) => Buffer.from(found.replaceAll('%', ''), 'hex').toString()],
    [/&#x([0-9a-f]{1,6});/gi, (found) => letter(Number.parseInt(found.slice(3), 16))],
    [/&#\d{1,7};/g, (found) => letter(Number.parseInt(found.slice(2), 10))],
  ];
  for (const [pattern, decode] of decoders) {
    const plain = text.replaceAll(pattern, decode);
    if (plain !== text) yield plain;
  }
  const runs = (pattern: RegExp) => [...text.matchAll(pattern)].map(([run]) => run);
  const hex = runs(/(?:[0-9a-f]{2}){5,}/gi).flatMap((run) => [run, run.slice(1)]);
  const base64 = runs(/[a-z0-9+/_-]{7,}/gi).flatMap((run) => [0, 1, 2, 3].map((from) => run.slice(from)));
  yield textIn(hex.map((run) => Buffer.from(run.slice(0, run.length & ~1), 'hex')));
  yield textIn(base64.map((run) => Buffer.from(run, 'base64')));
}

const letter = (code: number): string => (code <= 0x10ffff ? String.fromCodePoint(code) : ' ');

const LEGIBLE = /[^\p{C}\uFFFD]{4,}/gu;
const WIDE = /(?:[^\0]\0){4,}|(?:\0[^\0]){4,}/g;

/** Stretches of bytes that can be read, as UTF-8 or as the Latin part of UTF-16; most that is decoded was never encoded. */
const textIn = (all: readonly Buffer[]): string =>
  all
    .flatMap((bytes) => [
      ...(bytes.toString('utf8').match(LEGIBLE) ?? []),
      ...(bytes.toString('latin1').match(WIDE) ?? []).map((wide) => wide.replaceAll('\0', '')),
    ])
    .join('\n');

/** A text and all that it holds in other encodings. */
function* readings(text: string, depth = 0): Generator<string> {
  yield text;
  if (depth < MAX_DEPTH) for (const other of decoded(text)) yield* readings(other, depth + 1);
}

/** Each cell of a text once: most of them repeat. The tabs and line ends between them are escaped, as JSON has them. */
const eachOnce = (text: string): string => [...new Set(text.split(/(?<!\\)\\[tn]|[\t\n]/))].join('\n');

/**
 * Searches texts for originals, in UTF-8, UTF-16, Base64, percent encoding, `\u` and HTML escapes and hex, also one in the other.
 * @param words and other forms, as `keyOf` writes them; a text must hold one as a whole
 * @param parts sought inside longer words too
 * @returns how many are there in each text that holds any
 */
export function leaksIn(
  texts: ReadonlyMap<string, string>,
  words: ReadonlySet<string>,
  parts: readonly string[],
): Map<string, Set<string>> {
  const leaks = new Map<string, Set<string>>();
  for (const [file, text] of texts) {
    const found = new Set<string>();
    for (const reading of readings(eachOnce(text))) {
      for (const form of formsIn(reading)) if (words.has(form)) found.add(form);
      const key = keyOf(reading);
      for (const part of parts) if (key.includes(part)) found.add(part);
    }
    if (found.size > 0) leaks.set(file, found);
  }
  return leaks;
}
