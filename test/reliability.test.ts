import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const page = readFileSync('docs/reliability.md', 'utf8');

/** Rows of the page's tables; the head of a table is none. */
const rows = [...page.matchAll(/^\| (?!promise|---)([^|]+) \| ([^|]+) \| ([^|]+) \|$/gm)].map(
  ([, promise, test, figure]) => ({
    promise: promise!,
    test: test!,
    figure: figure!,
  }),
);

describe('docs/reliability.md', () => {
  it('has rows, and no promise twice', () => {
    expect(rows.length).toBeGreaterThan(25);
    expect(new Set(rows.map(({ promise }) => promise)).size).toBe(rows.length);
  });

  it.each(rows.map((row) => [row.promise, row] as const))(
    '%s: its test is there, and it has a figure',
    (_, { test, figure }) => {
      expect(test).toMatch(/^\S+\.test\.ts$/);
      expect([test, existsSync(`test/${test}`)]).toEqual([test, true]);
      expect(figure.trim()).not.toBe('');
    },
  );

  it('tells how many inputs the corpus of the fuzzer holds', () => {
    const kept = readdirSync('test/fuzz/corpus', { recursive: true, withFileTypes: true });
    const count = kept.filter((entry) => entry.isFile() && !entry.name.startsWith('.')).length;
    expect(page).toContain(`${count} inputs kept`);
  });

  it('tells of as many packages as docs/third-party.md', () => {
    const packages = readFileSync('docs/third-party.md', 'utf8').match(/^\| (?!package|---)/gm)!.length;
    expect(page).toContain(`${packages} packages`);
  });
});
