import { describe, expect, it } from 'vitest';
import { csvRecord } from '../../../../modules/rows/csv.ts';
import { cellTexts, TsvReader } from '../../../../modules/rows/tsv.ts';
import { answerOf, convert, isTwofold, kernel } from '../../../support/converted.ts';

const csvOf = (rows: readonly (readonly string[])[], neutralize = true) =>
  rows.map((row) => csvRecord(['engine, 1', 'windows', ...row], neutralize)).join('');

describe('objects that an answer repeats', () => {
  it('are forgotten and learned again when more come than are kept', () => {
    const header = ['event/id', 'user/id', 'user/name', 'event/end'];
    const rows = Array.from({ length: 6000 }, (_, row) => {
      const user = `${Math.floor(row / 3) % 700}`.padStart(40, 'u');
      return [`${row}`, user, `"${'n'.repeat(500)}`, 'x'];
    });

    const { csv, known } = convert(answerOf([header, ...rows]), { cells: [0, 1, 2, 3], neutralize: true });

    expect(csv).toBe(rows.map((row) => csvRecord(['engine, 1', 'windows', ...row], true)).join(''));
    expect(known).toBeGreaterThan(1000);
  });

  it('do not hide a twofold record of which they are a part (R12)', () => {
    const header = ['b/x', 'a/x', 'a/y', 'c/x'];
    const a = ['a'.repeat(100), 'p\nq'];
    const plain = Array.from({ length: 8 }, (_, i) => [`${i}`, ...a, `${i} and more`.repeat(20)]);
    const cells = [0, 1, 2, 3];
    const { known } = convert(answerOf([header, ...plain]), { cells, neutralize: true });
    expect(known).toBeGreaterThan(0);
    const twofold = ['t\tu', ...a, 'v\tw\tz'];
    expect(isTwofold(twofold)).toBe(true);
    const answer = answerOf([header, ...plain, twofold]);
    const asLines = [
      ['"t', 'u"', a[0]!, '"p'],
      ['q"', '"v', 'w', 'z"'],
    ];
    expect(convert(answer, { cells, neutralize: true }).csv).toBe(csvOf([...plain, ...asLines], true));
  });

  it('are read anew when they are long, and forgotten with the answer, its layout and its switch', () => {
    const header = ['event/id', 'user/id', 'user/name', 'event/end'];
    const long = ['u'.repeat(150_000), '=n'.repeat(100_000)];
    const short = ['u'.repeat(90), '=n'];
    const rows = Array.from({ length: 12 }, (_, row) => [`${row}`, ...(row % 3 ? short : long), 'x']);
    const turned = rows.map((row) => row.toReversed());

    for (const neutralize of [true, false]) {
      const { csv, known } = convert(answerOf([header, ...rows]), { cells: [0, 1, 2, 3], neutralize });
      expect(csv === csvOf(rows, neutralize)).toBe(true);
      expect(known).toBeGreaterThan(5);
      const other = convert(answerOf([header, ...rows]), { cells: [3, 2, 1, 0], neutralize });
      expect(other.csv === csvOf(turned, neutralize)).toBe(true);
    }
  });

  it('are told apart, though two of them hold the same text', () => {
    const header = ['a/x', 'a/y', 'b/x', 'b/y', 'c/x'];
    const objects = Array.from({ length: 40_000 }, (_, i) => [`${i}`.padEnd(90, '.'), `${i}`]);
    const other = ['o'.repeat(90), 'other'];
    const rows = objects.flatMap((object) => [
      ...(Array(3).fill([...object, ...other, 'end']) as string[][]),
      [...other, ...object, 'end'],
    ]);

    const { csv, known } = convert(answerOf([header, ...rows]), { cells: [0, 1, 3, 2, 4], neutralize: true });

    expect(csv === csvOf(rows.map(([a, b, c, d, end]) => [a!, b!, d!, c!, end!]))).toBe(true);
    expect(known).toBeGreaterThan(10_000);
  });

  it('are not known where quotes are data, nor learned there', () => {
    const user = `"q, q"\t${'u'.repeat(90)}`;
    const good = (row: number) => `${row}\t${user}\tend\n`;
    const odd = (row: number) => `${row}\t${user}\t"not" closed\n`;
    const csvOfLines = (lines: readonly string[]) =>
      convert(`e/x\tu/x\tu/y\tz/x\n${lines.join('')}`, { cells: [0, 1, 2, 3], neutralize: true }).csv;

    const text = (row: number, name: string, end: string) =>
      csvRecord(['engine, 1', 'windows', `${row}`, name, 'u'.repeat(90), end], true);
    const goodCsv = (row: number) => text(row, 'q, q', 'end');
    const oddCsv = (row: number) => text(row, '"q, q"', '"not" closed');
    expect(csvOfLines([good(0), good(1), good(2), odd(3), odd(4), good(5)])).toBe(
      [goodCsv(0), goodCsv(1), goodCsv(2), oddCsv(3), oddCsv(4), goodCsv(5)].join(''),
    );
    expect(csvOfLines([odd(0), odd(1), odd(2), good(3)])).toBe([oddCsv(0), oddCsv(1), oddCsv(2), goodCsv(3)].join(''));
  });

  it('are not seen in what the memory holds behind the end of an answer', () => {
    const row = (id: number) => `${id}\t${'u'.repeat(90)}\tname\n`;
    const reader = new TsvReader(kernel);
    for (const record of reader.push(Buffer.from('event/id\tuser/id\tuser/name\n'))) reader.expect(cellTexts(record));
    const known = [1, 2, 3, 4].flatMap((id) => [...reader.push(Buffer.from(row(id)))].map((record) => record.known));

    expect(known).toHaveLength(4);
    expect(() => [...reader.push(Buffer.from(row(5).slice(0, -8)), true)]).toThrow('a record of 2 cells');
  });
});
