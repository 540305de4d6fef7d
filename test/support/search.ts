/** Spellings under which a leaked word could hide: plain, URL-encoded, JSON-escaped and base64 at each of its phases. */
export function spellings(word: string): string[] {
  const base64 = [0, 1, 2].flatMap((phase) => {
    const bytes = Buffer.concat([Buffer.alloc(phase), Buffer.from(word)]);
    const text = bytes.toString('base64').replace(/=+$/, '');
    // the first and last characters depend on the neighbours
    return [text.slice(phase === 0 ? 0 : phase + 1, -1)];
  });
  const all = [word, encodeURIComponent(word), JSON.stringify(word).slice(1, -1), ...base64];
  return [...new Set(all.flatMap((text) => [text, text.replaceAll('+', '-').replaceAll('/', '_')]))];
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
