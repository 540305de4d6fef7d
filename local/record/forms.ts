import { isIP } from 'node:net';

/** Texts that are one thing as a whole; the rest is words with something between them. */
export type Form = 'guid' | 'mac' | 'ip' | 'sid' | 'number' | 'word';

const PATTERNS = {
  guid: '(?<![0-9a-z])[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?![0-9a-z])',
  mac: '(?<![0-9a-z:-])[0-9a-f]{2}(?:[:-][0-9a-f]{2}){5}(?![0-9a-z:-])',
  sid: '(?<![0-9a-z])S-1(?:-\\d+){2,15}',
  ipv6: '(?<![0-9a-z:])[0-9a-f:]*:[0-9a-f]*:[0-9a-f:]*(?![0-9a-z:])',
  ipv4: '(?<![0-9.])(?:\\d{1,3}\\.){3}\\d{1,3}(?!\\d|\\.\\d)',
  word: '[\\p{L}\\p{M}\\p{N}]+',
} as const;

const ALL = new RegExp(
  Object.entries(PATTERNS)
    .map(([name, pattern]) => `(?<${name}>${pattern})`)
    .join('|'),
  'giu',
);
const WORD = new RegExp(PATTERNS.word, 'gu');

/** Security identifiers that are the same on every Windows, such as `S-1-5-18` and `S-1-5-32-544`; those of domains are `S-1-5-21-...`. */
const isWellKnown = (sid: string): boolean => /^S-1-[0-5]-\d{1,2}$|^S-1-5-32-\d{3}$/i.test(sid);

/** Rewrites each form in a text; what stands between stays. */
export function mapForms(text: string, map: (found: string, form: Form) => string): string {
  return text.replace(ALL, (found, ...rest) => {
    const groups = rest.at(-1) as Readonly<Record<keyof typeof PATTERNS, string | undefined>>;
    if (groups.guid !== undefined) return map(found, 'guid');
    if (groups.mac !== undefined) return map(found, 'mac');
    if (groups.sid !== undefined) return isWellKnown(found) ? found : map(found, 'sid');
    if (groups.ipv6 === undefined && groups.ipv4 === undefined) return map(found, formOfWord(found));
    if (isIP(found)) return map(found, 'ip');
    return found.replace(WORD, (word) => map(word, formOfWord(word)));
  });
}

const formOfWord = (word: string): Form => (/^\d+$/.test(word) ? 'number' : 'word');

/** The same text for each spelling of it: case and Unicode form do not count. */
export const keyOf = (text: string): string => [...text.normalize('NFC')].map(lower).join('');

/** A small letter, where it is one character too. */
export const lower = (letter: string): string => {
  const small = letter.toLowerCase();
  return small.length === letter.length ? small : letter;
};

/** Each form of a text, as `keyOf` writes it. */
export function formsIn(text: string): string[] {
  const found: string[] = [];
  mapForms(text, (each) => {
    found.push(keyOf(each));
    return each;
  });
  return found;
}

/** True for a form that the fixtures are searched for: shorter ones would be found by chance. */
export const isSought = (form: string): boolean => form.length >= (/^\p{ASCII}*$/u.test(form) ? 5 : 3);
