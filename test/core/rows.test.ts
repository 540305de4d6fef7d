import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { csvRecord } from '../../core/csv.ts';
import { RowKernel } from '../../core/row-kernel.ts';
import { RowWriter } from '../../core/rows.ts';
import { cellTexts, TsvReader } from '../../core/tsv.ts';
import { parseCsv } from '../support/csv.ts';

const kernel = new RowKernel();

const quoted = (cell: string): string => (/["\t\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);

interface Options {
  readonly cells: readonly number[];
  readonly neutralize: boolean;
  readonly size?: number;
  /** Rows that are not written. */
  readonly drop?: (row: number) => boolean;
}

/** Writes an answer, its header first, as CSV; tells how many objects were known. */
function convert(answer: string, { cells, neutralize, size = 1e6, drop = () => false }: Options) {
  const reader = new TsvReader(kernel);
  const pieces: Buffer[] = [];
  let writer: RowWriter | undefined;
  let [row, known] = [0, 0];
  const bytes = Buffer.from(answer);
  for (let at = 0; at <= bytes.length; at += size) {
    for (const record of reader.push(bytes.subarray(at, at + size), at + size > bytes.length)) {
      if (!writer) {
        reader.expect(cellTexts(record));
        writer = new RowWriter(reader, { cells, prefix: ['engine, 1', 'windows'] }, neutralize);
      } else if (!drop(row++)) {
        if (writer.write() >= reader.kernel.rowsPiece) pieces.push(Buffer.from(writer.take()));
        known += record.known;
      }
    }
    if (writer) pieces.push(Buffer.from(writer.take()));
  }
  return { csv: Buffer.concat(pieces).toString(), known };
}

const answerOf = (rows: readonly (readonly string[])[], lineEnd = '\n') =>
  rows.map((row) => row.map(quoted).join('\t') + lineEnd).join('');

/** True for a record that may as well be several, with quotes as data; such are refused. */
function isTwofold(row: readonly string[]): boolean {
  const lines = row.map(quoted).join('\t').split('\n');
  return lines.length > 1 && lines.every((line) => line.split('\t').length === row.length);
}

const HARD = ['=', '+', '-', '@', '＝', '＠', '1', '.', ',', '"', '\n', 'é', '\r', 'x', '\t', "'"];
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
    });
    let hits = 0;
    fc.assert(
      fc.property(world, ({ users, devices, rows, cells, size, neutralize, dropped }) => {
        const drop = (row: number) => row % 7 === dropped;
        const texts = rows.map(([user, device, first, last]) => [
          first,
          ...long(users[user % users.length]!),
          ...long(devices[device % devices.length]!),
          last,
        ]);
        fc.pre(!texts.some(isTwofold));
        const { csv, known } = convert(answerOf([header, ...texts]), { cells, neutralize, size, drop });

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

  it('forgets and learns again when more objects come than it keeps', () => {
    const header = ['event/id', 'user/id', 'user/name', 'event/end'];
    const rows = Array.from({ length: 6000 }, (_, row) => {
      const user = `${Math.floor(row / 3) % 700}`.padStart(40, 'u');
      return [`${row}`, user, `"${'n'.repeat(500)}`, 'x'];
    });

    const { csv, known } = convert(answerOf([header, ...rows]), { cells: [0, 1, 2, 3], neutralize: true });

    expect(csv).toBe(rows.map((row) => csvRecord(['engine, 1', 'windows', ...row], true)).join(''));
    expect(known).toBeGreaterThan(1000);
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

  it('refuses a twofold record also where a part of it is known (R12)', () => {
    const header = ['b/x', 'a/x', 'a/y', 'c/x'];
    const a = ['a'.repeat(100), 'p\nq'];
    const plain = Array.from({ length: 8 }, (_, i) => [`${i}`, ...a, `${i} and more`.repeat(20)]);
    const cells = [0, 1, 2, 3];
    const { known } = convert(answerOf([header, ...plain]), { cells, neutralize: true });
    expect(known).toBeGreaterThan(0);
    const twofold = ['t\tu', ...a, 'v\tw\tz'];
    expect(isTwofold(twofold)).toBe(true);
    const answer = answerOf([header, ...plain, twofold]);
    expect(() => convert(answer, { cells, neutralize: true })).toThrow('one record or several');
  });
});
