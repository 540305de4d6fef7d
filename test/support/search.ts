/** Encodings in which a word could hide. Each gives every spelling that it has of the word. */
export const ENCODINGS = {
  'UTF-8': (word) => [Buffer.from(word)],
  'UTF-16LE': (word) => [Buffer.from(word, 'utf16le')],
  'UTF-16BE': (word) => [Buffer.from(word, 'utf16le').swap16()],
  base64: (word) =>
    texts(base64Of(Buffer.from(word)).flatMap((text) => [text, text.replaceAll('+', '-').replaceAll('/', '_')])),
  hex: (word) => inBothCases(Buffer.from(word).toString('hex')),
  'URL-encoded': (word) => {
    const form = new URLSearchParams({ '': word }).toString().slice(1);
    const whole = Buffer.from(word).toString('hex').replace(/../g, '%$&');
    return [encodeURIComponent(word), form, whole].flatMap(withBothCasesOf(/%[\da-f]{2}/gi));
  },
  JSON: (word) => {
    const written = (text: string) => JSON.stringify(text).slice(1, -1);
    const escaped = (letters: RegExp, text: string) => text.replace(letters, (letter) => escapeOf(letter));
    const once = [written(word), escaped(/[^\x20-\x7e]/g, written(word)), escaped(/./gs, word)];
    const inJson = once.map(written); // an input in a history, which is JSON itself
    return [...once, ...inJson].flatMap(withBothCasesOf(/\\u[\da-f]{4}/gi));
  },
} as const satisfies Readonly<Record<string, (word: string) => Buffer[]>>;

type Encoding = keyof typeof ENCODINGS;

const texts = (spellings: readonly string[]): Buffer[] => spellings.map((text) => Buffer.from(text));
const inBothCases = (text: string): Buffer[] => texts([text.toLowerCase(), text.toUpperCase()]);
const escapeOf = (letter: string): string => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`;

/** A text with the digits of its escapes in small letters, and in capitals. */
const withBothCasesOf =
  (escapes: RegExp) =>
  (text: string): Buffer[] =>
    texts([
      text.replace(escapes, (one) => one.toLowerCase()),
      text.replace(escapes, (one) => one.replace(/[\da-f]+$/i, (digits) => digits.toUpperCase())),
    ]);

/** Text in base64 as it stands inside other base64 text, at each of its three places there. */
const base64Of = (bytes: Buffer): string[] =>
  [0, 1, 2].map((phase) => {
    const text = Buffer.concat([Buffer.alloc(phase), bytes])
      .toString('base64')
      .replace(/=+$/, '');
    return text.slice(phase === 0 ? 0 : phase + 1, -1); // the first and last characters depend on the neighbours
  });

interface Spelling {
  readonly word: string;
  readonly encoding: Encoding;
  readonly bytes: Buffer;
}

/** Every spelling of a word, and of the same word in small letters and in capitals, which are the same name. */
function spellingsOf(word: string): Spelling[] {
  const cases = [...new Set([word, word.toLowerCase(), word.toUpperCase()])];
  const all = Object.entries(ENCODINGS).flatMap(([encoding, spell]) =>
    cases.flatMap(spell).map((bytes) => ({ word, encoding: encoding as Encoding, bytes })),
  );
  return [...new Map(all.map((one) => [one.bytes.toString('latin1'), one] as const).reverse()).values()];
}

/** Finds many words in all their spellings in one pass. */
class WordSearch {
  /** By the first two bytes. */
  readonly #spellings: (Spelling[] | undefined)[] = new Array(65_536);

  constructor(words: readonly string[]) {
    for (const spelling of words.flatMap(spellingsOf)) {
      const at = spelling.bytes.readUInt16BE(0);
      this.#spellings[at] = [...(this.#spellings[at] ?? []), spelling];
    }
  }

  /** Spellings that are in these bytes, each once. */
  in(bytes: Buffer): Set<Spelling> {
    const found = new Set<Spelling>();
    for (let at = 0; at + 1 < bytes.length; at += 1) {
      const spellings = this.#spellings[bytes[at]! * 256 + bytes[at + 1]!];
      if (!spellings) continue;
      for (const spelling of spellings) if (standsAt(bytes, at, spelling.bytes)) found.add(spelling);
    }
    return found;
  }
}

function standsAt(bytes: Buffer, at: number, wanted: Buffer): boolean {
  if (at + wanted.length > bytes.length) return false;
  for (let index = 2; index < wanted.length; index += 1) if (bytes[at + index] !== wanted[index]) return false;
  return true;
}

/** Places (by title) that hold one of the words in any of the encodings. */
export function leaks(places: Readonly<Record<string, string | Buffer>>, words: readonly string[]): string[] {
  const search = new WordSearch(words);
  return Object.entries(places).flatMap(([title, place]) =>
    [...search.in(typeof place === 'string' ? Buffer.from(place) : place)].map(
      ({ word, encoding }) => `${title}: ${word} in ${encoding}`,
    ),
  );
}
