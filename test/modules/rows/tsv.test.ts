import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { makeKernel, type RowKernel } from '../../../modules/rows/row-kernel.ts';
import { cellTexts, TsvReader } from '../../../modules/rows/tsv.ts';

const kernel = makeKernel();

/** Reads bytes in chunks of `size`; the first record is the header. */
function read(text: string | Buffer, size: number): string[][] {
  const bytes = Buffer.from(text as string);
  const reader = new TsvReader(kernel);
  const records: string[][] = [];
  const take = (chunk: Buffer, last: boolean) => {
    for (const record of reader.push(chunk, last)) {
      records.push(cellTexts(record));
      if (records.length === 1) reader.expect(records[0]!);
    }
  };
  for (let at = 0; at < bytes.length; at += size) take(Buffer.from(bytes.subarray(at, at + size)), false);
  take(Buffer.alloc(0), true);
  return records;
}

const needsQuotes = /["\t\r\n]/;
const inQuotes = (cell: string) => `"${cell.replaceAll('"', '""')}"`;
/** How Engines may write cells: quotes where needed, or around each. */
const QUOTINGS = [(cell: string) => (needsQuotes.test(cell) ? inQuotes(cell) : cell), inQuotes];
/** A record of three cells that may as well be several, with quotes as data. */
const isTwofold = (record: string) =>
  record.includes('\n') && record.split('\n').every((line) => line.split('\t').length === 3);
const cell = fc.string({ unit: fc.constantFrom('a', 'é', '"', ',', '\r', '\n', '\t', ' ', '-', '=', '1', '💡') });
const bare = fc.string({ unit: fc.constantFrom('a', 'é', ',', ' ', '-', '=', '1', "'") });
const records = <T>(of: fc.Arbitrary<T>) => fc.array(fc.tuple(of, of, of), { minLength: 1, maxLength: 8 });
const chunkSize = fc.integer({ min: 1, max: 40 });

describe('TsvReader', () => {
  it('reads both ways of quoting, LF and CRLF, with and without byte order mark, whatever the chunks (R10)', () => {
    const choices = [
      fc.constantFrom(...QUOTINGS),
      fc.constantFrom('\n', '\r\n'),
      fc.constantFrom('', '\ufeff'),
    ] as const;
    fc.assert(
      fc.property(records(cell), chunkSize, ...choices, (rows, size, quote, lineEnd, mark) => {
        fc.pre(!rows.slice(1).some((row) => isTwofold(row.map(quote).join('\t'))));
        const text = mark + rows.map((row) => row.map(quote).join('\t') + lineEnd).join('');
        expect(read(text, size)).toEqual(rows);
      }),
      { numRuns: 1000 },
    );
  });

  it('reads a single column, empty cells and all', () => {
    const rows = fc.array(cell, { maxLength: 8 });
    fc.assert(
      fc.property(
        rows,
        chunkSize,
        fc.constantFrom(...QUOTINGS),
        fc.constantFrom('\n', '\r\n'),
        (cells, size, quote, end) => {
          const text = ['x', ...cells].map((text) => quote(text) + end).join('');
          expect(read(text, size)).toEqual([['x'], ...cells.map((text) => [text])]);
        },
      ),
    );
  });

  it('takes quotes that are not around a cell as data', () => {
    const odd = fc.tuple(fc.constantFrom('5" disk', '"a" b', 'say "x"', '""c'), bare);
    fc.assert(
      fc.property(fc.array(odd, { maxLength: 5 }), chunkSize, (rows, size) => {
        const all = [['x', 'y'], ...rows, ['"open', 'z']];
        expect(read(all.map((row) => `${row.join('\t')}\n`).join(''), size)).toEqual(all);
      }),
    );
  });

  it.each([1, 7, 100])(
    'keeps lines that may be one record or several as they are: no row is swallowed (chunks of %i, C11)',
    (size) => {
      const swallowing = 'id\ttitle\n1\t"draft\n2\tother\n3\tMonitor 15"\n4\tlast\n';
      const linesOf = (text: string) =>
        text
          .trimEnd()
          .split('\n')
          .map((line) => line.split('\t'));
      expect(read(swallowing, size)).toEqual(linesOf(swallowing));
      const byObject = 'a/id\ta/t\tb/x\n1\t"x\t2\n3\ty"\t4\n';
      expect(read(byObject, size)).toEqual(linesOf(byObject));
      const whole = [
        ['id', 'title'],
        ['1', 'first line\nsecond "line"'],
        ['2', 'tab\there\n'],
        ['3', '"bare'],
      ];
      const text = whole.map((row) => row.map((text) => (/[\t\n]/.test(text) ? inQuotes(text) : text)).join('\t'));
      expect(read(`${text.join('\n')}\n`, size)).toEqual(whole);
    },
  );

  it('takes quotes as data where the number of cells says so', () => {
    const rows = [
      ['a', 'b'],
      ['"x', 'y"'],
      ['5" disk', 'z'],
    ];

    expect(read('a\tb\n"x\ty"\n5" disk\tz\n', 4)).toEqual(rows);
  });

  it('reads a last record without line end, and no record where there is none', () => {
    expect(read('a\tb\n1\t2', 3)).toEqual([
      ['a', 'b'],
      ['1', '2'],
    ]);
    expect(read('\n\r\n', 1)).toEqual([]);
  });

  it('looks at nothing behind the last record, where the memory holds older ones', () => {
    const reader = new TsvReader(kernel);
    for (const record of reader.push(Buffer.from('a\tb\n1234567890\t"6"\n')))
      reader.expect(cellTexts(record).slice(0, 2));

    expect([...reader.push(Buffer.from('"1"\t"2"\n"3456"\t'), true)].map(({ quoted }) => quoted)).toEqual([true, true]);
  });

  it('refuses a record of another number of cells instead of shifting columns', () => {
    expect(() => read('a\tb\n1\t2\t3\n', 100)).toThrow('a record of 3 cells under a header of 2');
    expect(() => read('a\tb\n1\n', 100)).toThrow('a record of 1 cells under a header of 2');
  });

  it.each([16_000, 64 * 1024, 3_000_000])('reads records up to its limit and none above, chunks of %i', (size) => {
    const longest = 'x'.repeat(kernel.maxRecordBytes - 3);

    expect(read(`a\tb\n${longest}\ty\n`, size)[1]).toEqual([longest, 'y']);
    expect(read(`a\tb\n"${longest.slice(2)}"\ty\n`, size)[1]![0]).toHaveLength(longest.length - 2);
    expect(() => read(`a\tb\n${longest}xx\ty\n`, size)).toThrow(`a record of more than ${kernel.maxRecordBytes} bytes`);
    expect(() => read(`a\tb\n"${longest}x\ty`, size)).toThrow(`a record of more than ${kernel.maxRecordBytes} bytes`);
  });

  it('cuts text in pieces of any size in steps that grow with its length alone (C46)', () => {
    const hostile = fc.array(fc.constantFrom('"', '""', '\t', '\n', '\r\n', 'a'), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(hostile, fc.integer({ min: 1, max: 3 }), (unit, size) => {
        const text = `"${unit.join('')}`;
        const [once, twice] = [20_000, 40_000].map((length) => stepsFor(text.repeat(length / text.length), size));
        expect(twice! / once!).toBeLessThan(2.5);
        expect(once! / 20_000).toBeLessThan(20);
      }),
      { numRuns: 60 },
    );
    const open = (length: number) => stepsFor(`"${'a\n'.repeat(length / 2)}`, 1);
    expect(open(200_000) / open(100_000)).toBeLessThan(2.5);
  });
});

/** Bytes that the kernel looks at for a text in pieces of `size`, as far as they are read in vain or as a record. */
function stepsFor(text: string, size: number): number {
  let steps = 0;
  const cut = (at: number, filled: number, last: number) => {
    const next = kernel.run.cut(at, filled, last);
    steps += (next > 0 ? next : filled) - at;
    return next;
  };
  const reader = new TsvReader(Object.assign(Object.create(kernel), { run: { ...kernel.run, cut } }) as RowKernel);
  const bytes = Buffer.from(text);
  try {
    for (let at = 0; at < bytes.length; at += size) for (const _ of reader.push(bytes.subarray(at, at + size)));
    for (const _ of reader.push(Buffer.alloc(0), true));
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
  }
  return steps;
}
