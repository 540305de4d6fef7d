import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { DICTIONARY } from '../../../../functions/wiring/dictionary.ts';
import { meaningOfColumn, meaningOfFile } from '../../../../modules/archive/contents/dictionary.ts';
import { fill, textsIn } from '../../../../modules/archive/contents/texts.ts';
import { InformationSheet } from '../../../../modules/archive/settings.ts';
import { SourcePhase, SourceState } from '../../../../modules/requests/source.ts';

const FOLDER = 'modules/archive/contents/texts';
const LANGUAGES = readdirSync(FOLDER).map((file) => file.replace('.json', ''));
const ENGLISH = await textsIn('en');

/** Each text by its path, with its places: `.note: {gap}`. */
const placesOf = (value: unknown, path = ''): string[] =>
  typeof value === 'string'
    ? [`${path}: ${(value.match(/\{\w+\}/g) ?? []).sort().join(' ')}`]
    : Object.entries(value as object).flatMap(([key, one]) => placesOf(one, `${path}.${key}`));

/** All that the dictionaries of files and columns say in English. */
const dictionaryWords = (): string[] => {
  const { engines, portal } = DICTIONARY;
  const columns = [engines.common, portal.columns, ...Object.values(engines.tables).map(({ columns }) => columns)];
  const words = [
    ...[...engines.files.values()].map(({ about }) => about),
    ...Object.values(portal.files),
    ...columns.flatMap((meanings) => Object.values(meanings)).flatMap((words) => words.slice(0, 2).map(String)),
    meaningOfFile(DICTIONARY, 'portal/x.csv'),
    meaningOfFile(DICTIONARY, 'engines/x.csv'),
    ...meaningOfColumn(DICTIONARY, 'engines/user.csv', '#x')!.slice(0, 2).map(String),
  ];
  return [...new Set(words)].sort();
};

describe('the words of README.txt and index.html', () => {
  it.each(LANGUAGES)('%s has the keys and places of English, and names itself', async (language) => {
    const { dictionary, ...texts } = await textsIn(language);
    const { dictionary: none, ...english } = ENGLISH;
    expect(texts.language).toBe(language);
    expect(placesOf(texts)).toEqual(placesOf(english));
    expect(Object.keys(dictionary).sort()).toEqual(language === 'en' ? [] : dictionaryWords());
  });

  it('have a sentence for each gap, state and question (R12)', () => {
    const folder = 'modules/engines/retrieval';
    const code = readdirSync(folder).map((file) => readFileSync(`${folder}/${file}`, 'utf8'));
    const names = new Set(code.join().match(/(?<=')[A-Z_]{4,}(?=')/g));
    for (const one of [...SourceState.options, ...SourcePhase.options]) names.delete(one);
    const { other, EngineAnswerError, EngineRowsError, ...gaps } = ENGLISH.gaps;
    expect(Object.keys(gaps).sort()).toEqual([...names].sort());
    expect(Object.keys(ENGLISH.states)).toEqual(SourceState.options);
    expect(Object.keys(ENGLISH.readme.sheet.answers).sort()).toEqual(Object.keys(InformationSheet.shape).sort());
  });

  it('are English where a language has no file', async () => {
    expect((await textsIn('xx')).language).toBe('en');
  });

  it('are filled once: a value is no place', () => {
    expect(fill('{a} {b}', { a: '{b}', b: 2 })).toBe('{b} 2');
  });
});
