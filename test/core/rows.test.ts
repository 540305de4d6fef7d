import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { csvRecord } from '../../core/csv.ts';
import { RowWriter } from '../../core/rows.ts';
import { TsvReader } from '../../core/tsv.ts';

/** Reads text in chunks of `size` bytes; gives the cells of each record. */
function read(text: string | Buffer, size: number, columns = 0): string[][] {
  const bytes = Buffer.from(text as string);
  const reader = new TsvReader();
  const records: string[][] = [];
  const take = (chunk: Buffer, last: boolean) => {
    for (const { bytes, count, starts, ends } of reader.push(chunk, last)) {
      records.push(Array.from({ length: count }, (_, i) => bytes.toString('utf8', starts[i]!, ends[i]!)));
      reader.columns = columns;
    }
  };
  for (let at = 0; at < bytes.length; at += size) take(Buffer.from(bytes.subarray(at, at + size)), false);
  take(Buffer.alloc(0), true);
  return records;
}

const quoted = (cell: string): string => (/["\t\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);
const cell = fc.string({ unit: fc.constantFrom('a', 'é', '"', ',', '\r', '\n', '\t', ' ', '-', '=', '1', '.') });

describe('TsvReader', () => {
  it('reads quoted records whatever the chunks', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(cell, cell, cell)), fc.integer({ min: 1, max: 9 }), (rows, size) => {
        const text = rows.map((row) => `${row.map(quoted).join('\t')}\n`).join('');
        expect(read(text, size, 3)).toEqual(rows);
      }),
    );
  });

  it('takes quotes as data where the number of cells says so', () => {
    expect(read('a\tb\n"x\ty"\n5" disk\tz\n', 4, 2)).toEqual([
      ['a', 'b'],
      ['"x', 'y"'],
      ['5" disk', 'z'],
    ]);
  });

  it('accepts CRLF and drops a byte order mark', () => {
    expect(read('\ufeffa\tb\r\n1\t2\r\n', 2, 2)).toEqual([
      ['a', 'b'],
      ['1', '2'],
    ]);
  });

  it('reads a last record without line end', () => {
    expect(read('a\tb\n1\t2', 3, 2)).toEqual([
      ['a', 'b'],
      ['1', '2'],
    ]);
  });

  it('refuses a record of another number of cells instead of shifting columns', () => {
    expect(() => read('a\tb\n1\t2\t3\n', 100, 2)).toThrow('a record of 3 cells under a header of 2');
  });
});

describe('RowWriter', () => {
  it('writes byte for byte what csvRecord writes, formulas included', () => {
    const withSigns = fc.string({
      unit: fc.constantFrom('=', '+', '-', '@', '＝', '1', '.', ',', '"', '\n', 'é', '\r', 'x'),
    });
    fc.assert(
      fc.property(fc.tuple(withSigns, withSigns), fc.boolean(), (row, neutralize) => {
        const writer = new RowWriter({ cells: [1, -1, 0], prefix: ['engine, 1', 'windows'] }, neutralize);
        const reader = new TsvReader();
        reader.columns = 2;
        for (const record of reader.push(Buffer.from(`${row.map(quoted).join('\t')}\n`), true)) writer.write(record);
        const expected = csvRecord(['engine, 1', 'windows', row[1], '', row[0]], neutralize);
        expect(writer.take().toString()).toBe(expected);
      }),
      { numRuns: 500 },
    );
  });

  it('lets bytes that are no UTF-8 through as they are', () => {
    const writer = new RowWriter({ cells: [0], prefix: ['e'] }, true);
    for (const record of new TsvReader().push(Buffer.from([0x61, 0xff, 0xfe, 0x0a]))) writer.write(record);
    expect([...writer.take()]).toEqual([0x65, 0x2c, 0x61, 0xff, 0xfe, 0x0d, 0x0a]);
  });

  it('grows for a row larger than its buffer', () => {
    const writer = new RowWriter({ cells: [0], prefix: ['e'] }, true);
    const large = 'x'.repeat(700_000);
    for (const record of new TsvReader().push(Buffer.from(`${large}\n`))) writer.write(record);
    expect(writer.take().toString()).toBe(`e,${large}\r\n`);
  });
});
