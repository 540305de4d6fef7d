import type en from './texts/en.json';

/** The words of README.txt and index.html in one language. A language is a file in `texts/` with the keys of `en.json`. */
export type Texts = typeof en;

/** The words in this language; in English where there is no such file. */
export const textsIn = (language: string): Promise<Texts> =>
  import(`./texts/${language}.json`, { with: { type: 'json' } }).then(
    (file) => file.default,
    () => textsIn('en'),
  );

export const fill = (text: string, values: Readonly<Record<string, string | number>>): string =>
  text.replaceAll(/\{(\w+)\}/g, (_, name: string) => String(values[name]));

export const textOf = (texts: Readonly<Record<string, string>>, key: string): string | undefined => texts[key];

/** What a dictionary of files and columns says in English; `dictionary` of each other language translates it. */
export const translated = (english: string, { dictionary }: Texts): string => textOf(dictionary, english) ?? english;

/** A number with thin spaces between thousands. */
export const count = (value: number): string => String(value).replaceAll(/\B(?=(\d{3})+$)/g, '\u202f');
