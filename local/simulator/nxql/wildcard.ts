/** A pattern in which `*` stands for any run of characters and, when asked for, `?` for one. Its time is bounded. */
export function wildcard(pattern: string, single = false): { test(text: string): boolean } {
  return { test: (text) => matches(pattern, text, single) };
}

/** Walks both texts once and comes back to the last `*` only. */
function matches(pattern: string, text: string, single: boolean): boolean {
  let [at, place] = [0, 0];
  let star = -1;
  let retry = 0;
  while (at < text.length) {
    if (pattern[place] === '*') {
      star = place;
      retry = at;
      place += 1;
    } else if (place < pattern.length && (pattern[place] === text[at] || (single && pattern[place] === '?'))) {
      at += 1;
      place += 1;
    } else if (star >= 0) {
      retry += 1;
      at = retry;
      place = star + 1;
    } else return false;
  }
  while (pattern[place] === '*') place += 1;
  return place === pattern.length;
}
