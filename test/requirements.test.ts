import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { projectTree } from './architecture/sources.ts';

const NOT_BUILT = 'not built';
const page = readFileSync('docs/requirements.md', 'utf8');

/** Rows of the page's tables by their number: the last two cells are rooms or the right answer, and tests. */
const rows = [...page.matchAll(/^\| ([RC]\d+a?) \|(.*)\|$/gm)].map(([, id, cells]) => {
  const [what, place, tests] = cells!.split('|').map((cell) => cell.trim());
  return { id: id!, what, place: place!, tests: tests === NOT_BUILT ? [] : tests!.split(', ') };
});

/** Numbers that titles of tests cite, with the files. */
const cited = new Map<string, string[]>();
for (const [file, text] of projectTree()) {
  if (!/^test\/.*\.test\.ts$/.test(file) || file === 'test/requirements.test.ts') continue;
  for (const [number] of text.matchAll(/\b(R([0-9]|[12][0-9]|3[0-3])|C([1-9]|[1-4][0-9])a?)\b/g)) {
    cited.set(number, [...(cited.get(number) ?? []), file.replace(/^test\//, '')]);
  }
}

describe('docs/requirements.md', () => {
  it('lists R0 to R33, each once', () => {
    const numbers = rows.map(({ id }) => id).filter((id) => id.startsWith('R'));

    expect(numbers).toEqual(Array.from({ length: 34 }, (_, number) => `R${number}`));
  });

  it.each(rows.map((row) => [row.id, row] as const))('names rooms that are there for %s', (id, { place, tests }) => {
    if (id.startsWith('C') || tests.length === 0) return expect(place).toBeDefined();

    expect(place.split(', ').filter((room) => !existsSync(room))).toEqual([]);
  });

  it.each(rows.map((row) => [row.id, row] as const))('names tests that cite %s', (id, { tests }) => {
    expect(tests.filter((file) => !cited.get(id)?.includes(file))).toEqual([]);
  });

  it('leaves out no number that a test cites, and calls none of them not built', () => {
    const shown = rows.filter(({ tests }) => tests.length > 0).map(({ id }) => id);

    expect([...cited.keys()].filter((number) => !shown.includes(number))).toEqual([]);
  });
});
