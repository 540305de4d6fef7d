import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { csvRecord } from '../../../modules/rows/csv.ts';
import { RowWriter } from '../../../modules/rows/row-writer.ts';
import { TsvReader } from '../../../modules/rows/tsv.ts';
import { answerOf, convert, isTwofold, kernel } from '../../support/converted.ts';
import { parseCsv } from '../../support/csv.ts';

const HARD = [
  '\0',
  '=',
  '+',
  '-',
  '@',
  '＝',
  '＋',
  '－',
  '＠',
  '＂',
  '1',
  '.',
  ',',
  '"',
  '\n',
  'é',
  '\r',
  'x',
  '\t',
  "'",
];
const hardCell = fc.string({ unit: fc.constantFrom(...HARD), maxLength: 6 });

describe('RowWriter', () => {
  it('writes byte for byte what csvRecord writes, formulas included (R9)', () => {
    const rows = fc.array(fc.tuple(hardCell, hardCell), { minLength: 1, maxLength: 4 });
    const lineEnd = fc.constantFrom('\n', '\r\n');
    fc.assert(
      fc.property(rows, lineEnd, fc.boolean(), fc.integer({ min: 1, max: 30 }), (rows, lineEnd, neutralize, size) => {
        fc.pre(!rows.some(isTwofold));
        const { csv } = convert(answerOf([['a', 'b'], ...rows], lineEnd), { cells: [1, -1, 0], neutralize, size });

        const expected = rows.map(([a, b]) => csvRecord(['engine, 1', 'windows', b, '', a], neutralize));
        expect(csv).toBe(expected.join(''));
      }),
      { numRuns: 1000 },
    );
  });

  it('writes the same for objects that it has seen before, in any layout, with rows left out', () => {
    const header = ['event/id', 'user/id', 'user/name', 'user/mail', 'device/id', 'device/name', 'event/end'];
    const layouts = [header.map((_, i) => i), [0, 1, 2, 3, -1, 4, 5, 6], [-1, 4, 1, 6, 5, 2, -1, 3], [5, -1, 3]];
    const object = (cells: number) => fc.array(fc.tuple(hardCell, hardCell), { minLength: cells, maxLength: cells });
    const long = (pairs: [string, string][]) => pairs.map(([a, b]) => `${a}${'ä'.repeat(30)}${b}`);
    const world = fc.record({
      users: fc.array(object(3), { minLength: 1, maxLength: 3 }),
      devices: fc.array(object(2), { minLength: 1, maxLength: 3 }),
      rows: fc.array(fc.tuple(fc.nat(), fc.nat(), hardCell, hardCell), { minLength: 5, maxLength: 40 }),
      cells: fc.constantFrom(...layouts),
      size: fc.constantFrom(701, 4000, 1e6),
      neutralize: fc.boolean(),
      dropped: fc.nat({ max: 6 }),
      lineEnd: fc.constantFrom('\n', '\r\n'),
    });
    let hits = 0;
    fc.assert(
      fc.property(world, ({ users, devices, rows, cells, size, neutralize, dropped, lineEnd }) => {
        const drop = (row: number) => row % 7 === dropped;
        const texts = rows.map(([user, device, first, last]) => [
          first,
          ...long(users[user % users.length]!),
          ...long(devices[device % devices.length]!),
          last,
        ]);
        fc.pre(!texts.some(isTwofold));
        const { csv, known } = convert(answerOf([header, ...texts], lineEnd), { cells, neutralize, size, drop });

        const kept = texts.filter((_, row) => !drop(row));
        const expected = kept.map((row) =>
          csvRecord(['engine, 1', 'windows', ...cells.map((cell) => row[cell] ?? '')], neutralize),
        );
        expect(csv).toBe(expected.join(''));
        hits += known;
      }),
      { numRuns: 300 },
    );
    expect(hits).toBeGreaterThan(1000);
  });

  it('keeps lone dashes, lists and plain numbers, and marks exponents as formulas', () => {
    const cells = ['-', 'a,b', '-1', '+1.5', '-1.5e3', '-', ''];

    const { csv } = convert(answerOf([['a', 'b', 'c', 'd', 'e', 'f', 'g'], cells]), {
      cells: [0, 1, 2, 3, 4, 5, 6],
      neutralize: true,
    });

    expect(parseCsv(csv)).toEqual([['engine, 1', 'windows', '-', 'a,b', '-1', '+1.5', "'-1.5e3", '-', '']]);
  });

  it('copies cells that came in quotes, needed or not', () => {
    const { csv } = convert('"a"\tb\n"x"\t"=1"\n', { cells: [0, 1], neutralize: true });

    expect(parseCsv(csv)).toEqual([['engine, 1', 'windows', 'x', "'=1"]]);
  });

  it('lets bytes that are no UTF-8 through as they are', () => {
    const reader = new TsvReader(kernel);
    const writer = new RowWriter(reader, { cells: [0], prefix: ['e'] }, true);
    for (const _ of reader.push(Buffer.from([0x61, 0xff, 0xfe, 0x0a]))) writer.write();

    expect([...writer.take()]).toEqual([0x65, 0x2c, 0x61, 0xff, 0xfe, 0x0d, 0x0a]);
  });

  it('grows for a row larger than its buffer, and keeps what was taken before until the take after', () => {
    const large = 'x'.repeat(700_000);
    const reader = new TsvReader(kernel);
    const writer = new RowWriter(reader, { cells: [0], prefix: ['e'] }, true);
    const taken = ['first', large, 'third'].map((text) => {
      for (const _ of reader.push(Buffer.from(`${text}\n`))) writer.write();
      return writer.take();
    });

    expect(taken[1]!.toString()).toBe(`e,${large}\r\n`);
    expect(taken[2]!.toString()).toBe('e,third\r\n');
  });
});
