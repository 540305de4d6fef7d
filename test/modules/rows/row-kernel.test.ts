import { describe, expect, it } from 'vitest';
import { borrowKernel, makeKernel, returnKernel } from '../../../modules/rows/row-kernel.ts';
import { RowWriter } from '../../../modules/rows/row-writer.ts';
import { cellTexts, TsvReader } from '../../../modules/rows/tsv.ts';

const kernel = makeKernel();
const constant = (name: string) => (kernel.run[name] as WebAssembly.Global<'i32'>).value;

describe('makeKernel', () => {
  it('has its regions one behind another, with room where a copy may go up to 15 bytes too far', () => {
    const cells = 4 * (constant('MAX_CELLS') + 1);
    const columns = constant('MAX_COLUMNS');
    const row = 2 * constant('MAX_RECORD') + 4 * columns + constant('MAX_PREFIX');
    const regions: [string, number][] = [
      ['RECORD', 12],
      ['EDGES', cells],
      ['MARKS', constant('MAX_CELLS')],
      ['FIRSTS', cells],
      ['KNOWN', cells],
      ['SHELVES', 16 * constant('MAX_CELLS')],
      ['LAYOUT', 4 * columns],
      ['STRETCHES', 24 * columns],
      ['PREFIX', constant('MAX_PREFIX')],
      ['SLOTS', 32 * constant('SLOT_COUNT')],
      ['NUMBERS', 4 * constant('MAX_NUMBERS')],
      ['TEXTS', constant('MAX_TEXT')],
      ['INPUT', constant('MAX_RECORD') + 2 * constant('TEXT_PIECE')],
      ['OUTPUT', 2 * constant('OUTPUT_SIZE')],
    ];
    const copied = ['PREFIX', 'TEXTS', 'INPUT'];
    const starts = [...regions.map(([name]) => constant(name)), kernel.bytes.length];

    regions.forEach(([name, size], i) => {
      expect(starts[i + 1]! - starts[i]! - size, name).toBeGreaterThanOrEqual(copied.includes(name) ? 16 : 0);
    });
    expect(constant('OUTPUT_SIZE') - constant('ROWS_PIECE') - row).toBeGreaterThanOrEqual(16);
  });

  it('has room for the longest record, of quotes alone, after rows that nobody has taken yet', () => {
    const reader = new TsvReader(kernel);
    const quotes = '"'.repeat(kernel.maxRecordBytes - 4);
    let writer: RowWriter | undefined;
    let pending = 0;
    for (const record of reader.push(Buffer.from(`a\tb\n${'x\ty\n'.repeat(32_767)}z\tx${quotes}\n`))) {
      if (writer) pending = writer.write();
      else {
        reader.expect(cellTexts(record));
        writer = new RowWriter(reader, { cells: [0, 1], prefix: ['e'] }, true);
      }
    }

    expect(pending).toBe(7 * 32_767 + 5 + 2 * quotes.length + 4);
    expect(writer!.take().toString()).toBe(`${'e,x,y\r\n'.repeat(32_767)}e,z,"x${quotes}${quotes}"\r\n`);
  });

  it('refuses rows when as many wait as are handed on at once, and files that it has no room for', () => {
    const reader = new TsvReader(kernel);
    const writer = new RowWriter(reader, { cells: [0], prefix: ['e'] }, true);
    for (const _ of reader.push(Buffer.from(`${'x'.repeat(kernel.rowsPiece)}\n`))) writer.write();

    expect(() => writer.write()).toThrow('call take() before the next write()');
    const cells = Array.from({ length: constant('MAX_COLUMNS') + 1 }, () => -1);
    expect(() => new RowWriter(reader, { cells, prefix: ['e'] }, true)).toThrow(RangeError);
    const prefix = ['e'.repeat(constant('MAX_PREFIX') + 1)];
    expect(() => new RowWriter(reader, { cells: [0], prefix }, true)).toThrow(RangeError);
  });

  it('reads more cells than a record may have without writing past their places', () => {
    const reader = new TsvReader(kernel);
    const cells = constant('MAX_CELLS');
    const read = () => [...reader.push(Buffer.from(`${',\t'.repeat(cells + 3000)}1\n`), true)];

    const others = kernel.bytes.subarray(constant('FIRSTS'), constant('PREFIX'));
    const before = Buffer.from(others);
    expect(read).toThrow(`a record of ${cells + 3001} cells under a header of ${cells}`);
    expect(others.equals(before)).toBe(true);
  });
});

describe('borrowKernel', () => {
  it('lends one that was given back, and never one twice', () => {
    const [first, second] = [borrowKernel(), borrowKernel()];
    returnKernel(first);

    expect(second === first).toBe(false);
    expect(borrowKernel() === first).toBe(true);
    expect(borrowKernel() === first).toBe(false);
  });
});
