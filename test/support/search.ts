/** Text in base64 as it stands inside other base64 text, at each of its three places there. */
const base64Of = (bytes: Buffer): string[] =>
  [0, 1, 2].map((phase) => {
    const text = Buffer.concat([Buffer.alloc(phase), bytes])
      .toString('base64')
      .replace(/=+$/, '');
    return text.slice(phase === 0 ? 0 : phase + 1, -1); // the first and last characters depend on the neighbours
  });

/**
 * Spellings under which a leaked word could hide, in five encodings: plain, URL-encoded, JSON-escaped (letters beyond
 * ASCII as they are, or as `\uXXXX`), base64 and base64url at each of their phases, hex.
 */
export function spellings(word: string): string[] {
  const json = JSON.stringify(word).slice(1, -1);
  const ascii = json.replace(/[^\x20-\x7e]/g, (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`);
  const form = new URLSearchParams({ '': word }).toString().slice(1);
  const hex = Buffer.from(word).toString('hex');
  const base64 = base64Of(Buffer.from(word)).flatMap((text) => [text, text.replaceAll('+', '-').replaceAll('/', '_')]);
  return [...new Set([word, encodeURIComponent(word), form, json, ascii, ...base64, hex, hex.toUpperCase()])];
}

/** Places (by title) that hold a spelling of one of the words. */
export const leaks = (places: Readonly<Record<string, string>>, words: readonly string[]): string[] =>
  Object.entries(places).flatMap(([title, text]) =>
    words.flatMap((word) =>
      spellings(word)
        .filter((spelling) => text.includes(spelling))
        .map((found) => `${title}: ${found}`),
    ),
  );
