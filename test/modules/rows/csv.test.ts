import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { csvRecord, looksLikeFormula } from '../../../modules/rows/csv.ts';
import { parseCsv } from '../../support/csv.ts';

describe('csvRecord', () => {
  it('brings back every cell through a strict RFC 4180 reader (R9)', () => {
    const cell = fc.string({ unit: fc.constantFrom('a', 'é', '"', ',', '\r', '\n', '\t', ' ', '-', '=', '💡') });
    fc.assert(
      fc.property(fc.array(fc.array(cell, { minLength: 2, maxLength: 2 })), (rows) => {
        expect(parseCsv(rows.map((row) => csvRecord(row, false)).join(''))).toEqual(rows);
      }),
    );
  });

  it('puts an apostrophe before formulas when asked', () => {
    expect(csvRecord(['=1+1', '+41 44', '@x', '\tx', '-x', 'a'], true)).toBe(`'=1+1,'+41 44,'@x,"'\tx",'-x,a\r\n`);
  });

  it('writes a record of one empty cell so that it does not vanish', () => {
    expect(csvRecord([null], true)).toBe('""\r\n');
  });
});

describe('looksLikeFormula', () => {
  it('leaves the lone dash and plain numbers alone', () => {
    expect(['-', '-1', '+1.5', '-0.25', '', 'a=b'].filter(looksLikeFormula)).toEqual([]);
  });

  it('catches each first character that a spreadsheet skips (R9)', () => {
    expect(['\0=1+1', '\t=1', '\n=1', '\r=1'].every(looksLikeFormula)).toBe(true);
  });

  it('catches numbers that go on as formulas', () => {
    expect(['-1+cmd', '+1.', '-.5', '＝1', '--'].every(looksLikeFormula)).toBe(true);
  });
});
