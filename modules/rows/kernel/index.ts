import { RECORD } from './memory';
import { count, cutRecord, expectColumns, known, quoted } from './records';
import { layOutRows, takeRows, writeRow } from './rows';

// What modules/rows/tsv.ts and modules/rows/row-writer.ts call, and the addresses in the shared memory.

export * from './memory';

export function expect(columns: i32, objects: i32): void {
  expectColumns(columns, objects);
}

export function cut(at: i32, filled: i32, last: i32): i32 {
  const next = cutRecord(at, filled, last !== 0);
  store<i32>(RECORD, count);
  store<i32>(RECORD, i32(quoted), 4);
  store<i32>(RECORD, known, 8);
  return next;
}

export function layOut(prefix: i32, stretches: i32, objects: i32, neutralize: i32): void {
  layOutRows(prefix, stretches, objects, neutralize !== 0);
}

export function write(): i32 {
  return writeRow();
}

export function take(): i32 {
  return takeRows();
}
