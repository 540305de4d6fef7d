import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

/** Longest file, lines; past it look for the second noun hiding in it. Tests may be longer. */
const MAX_LINES = 300;

/** Lists of like things, which splitting would only scatter; the second one is made by `npm run generate`. */
const CATALOGUES = ['modules/common/errors.ts', 'modules/common/errors.ts', 'client/types.ts'];

const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], { encoding: 'utf8' })
  .split('\n')
  .filter((file) => file !== '' && existsSync(file));
const read = (file: string) => readFileSync(file, 'utf8');
const sources = files.filter((file) => /\.(ts|mts|mjs|js)$/.test(file));
const typescript = sources.filter((file) => file.endsWith('.ts'));

const lineCount = (text: string) => text.split('\n').length - 1;
const leftovers = new RegExp(
  `\\b(${['TO', 'FIX'].map((start) => `${start}${start === 'TO' ? 'DO' : 'ME'}`).join('|')})\\b`,
);
const unrun = new RegExp(
  `\\b(it|test|describe)\\.(${['skip', 'skipIf', 'runIf', 'only', 'todo', 'fails'].join('|')})\\b`,
);

describe('files', () => {
  it(`are at most ${MAX_LINES} lines long`, () => {
    const long = sources
      .filter((file) => !file.startsWith('test/') && !CATALOGUES.includes(file))
      .map((file) => ({ file, lines: lineCount(read(file)) }));

    expect(long.filter(({ lines }) => lines > MAX_LINES)).toEqual([]);
  });

  it('leave nothing to be done later', () => {
    const texts = files.filter(
      (file) => /\.(ts|mjs|js|md|json|html|css|sql|sh)$/.test(file) && file !== 'package-lock.json',
    );

    expect(texts.filter((file) => leftovers.test(read(file)))).toEqual([]);
  });

  it('skip no test', () => {
    expect(typescript.filter((file) => file.startsWith('test/') && unrun.test(read(file)))).toEqual([]);
  });
});
