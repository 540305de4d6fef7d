import { COMMA, CR, copy, copyCells, LF, QUOTE } from './bytes';
import { isFormula } from './formulas';
import { NEEDS_QUOTES, QUOTED, SIGN } from './marks';
import { EDGES, LAYOUT, MARKS, OUTPUT, OUTPUT_SIZE, PREFIX, STRETCHES } from './memory';
import { CSV, firstOf, keep, keepCsv, knownOf, worthOf } from './objects';
import { end, quoted } from './records';

// Turns the last record into a CSV record of the archive.

const APOSTROPHE: i32 = 0x27;

// Fields of a stretch of the file's columns: its object, the number of earlier stretches of that object, its first
// column, the column after its last, and the place of its text in the last row. modules/rows/row-writer.ts writes the
// first four.
const OBJECT: i32 = 0;
const NTH: i32 = 4;
const FIRST: i32 = 8;
const NEXT: i32 = 12;
const AT: i32 = 16;
const END: i32 = 20;
const STRETCH: i32 = 24;

let prefixLength: i32 = 0;
let stretches: i32 = 0;
let objects: i32 = 0;
let neutralizes: bool = false;
/** The current region, and the end of its rows. */
let region: i32 = OUTPUT;
let out: i32 = OUTPUT;

/** Starts an answer. @param prefix length of the first columns, bytes */
export function layOutRows(prefix: i32, stretchCount: i32, objectCount: i32, neutralize: bool): void {
  prefixLength = prefix;
  stretches = stretchCount;
  objects = objectCount;
  neutralizes = neutralize;
  out = region; // drops the rows of an answer that broke off
}

/** Appends the last record. @returns bytes that wait */
export function writeRow(): i32 {
  out = copy(out, PREFIX, prefixLength);
  for (let i = 0; i < stretches; i++) {
    const stretch = STRETCHES + i * STRETCH;
    const slot = quoted ? knownOf(load<i32>(stretch, OBJECT)) : 0;
    store<i32>(stretch, out, AT);
    if (slot) {
      const border = load<i32>(slot, CSV) + (load<i32>(stretch, NTH) << 2);
      const from = load<i32>(border);
      out = copy(out, from, load<i32>(border, 4) - from);
    } else writeCells(load<i32>(stretch, FIRST), load<i32>(stretch, NEXT));
    store<i32>(stretch, out, END);
  }
  store<u8>(out, CR);
  store<u8>(out, LF, 1);
  out += 2;
  if (quoted) for (let object = 0; object < objects; object++) if (worthOf(object)) learn(object);
  return out - region;
}

function writeCells(first: i32, next: i32): void {
  for (let i = first; i < next; ) {
    const cell = load<i32>(LAYOUT + (i << 2));
    store<u8>(out, COMMA);
    out += 1;
    if (cell < 0) {
      i += 1;
      continue;
    }
    let behind = cell;
    while (i < next && load<i32>(LAYOUT + (i << 2)) === behind && staysAsItIs(behind)) {
      i += 1;
      behind += 1;
    }
    if (behind === cell) {
      writeCell(cell);
      i += 1;
    } else {
      const from = edge(cell) + 1;
      out = copyCells(out, from, edge(behind) - from);
    }
  }
}

function edge(cell: i32): i32 {
  return load<i32>(EDGES + (cell << 2));
}

function staysAsItIs(cell: i32): bool {
  const mark: i32 = load<u8>(MARKS + cell);
  if (mark === 0) return true;
  if (mark !== SIGN) return false;
  return !neutralizes || !isFormula(edge(cell) + 1, edge(cell + 1));
}

function writeCell(cell: i32): void {
  const mark: i32 = load<u8>(MARKS + cell);
  let from = edge(cell) + 1;
  const to = edge(cell + 1);
  const inQuotes = quoted && (mark & QUOTED) !== 0;
  const addQuotes = (mark & NEEDS_QUOTES) !== 0;
  const neutral = neutralizes && (inQuotes ? isFormula(from + 1, to - 1) : isFormula(from, to));
  if (addQuotes || inQuotes) put(QUOTE);
  if (inQuotes) from += 1;
  if (neutral) put(APOSTROPHE);
  if (!addQuotes) {
    out = copy(out, from, to - from);
    return;
  }
  for (; from < to; from++) {
    const byte: i32 = load<u8>(from);
    if (byte === QUOTE) put(QUOTE);
    put(byte);
  }
  put(QUOTE);
}

function put(byte: i32): void {
  store<u8>(out, byte);
  out += 1;
}

function learn(object: i32): void {
  let length = 0;
  let pieces = 0;
  for (let i = 0; i < stretches; i++) {
    const stretch = STRETCHES + i * STRETCH;
    if (load<i32>(stretch, OBJECT) !== object) continue;
    length += load<i32>(stretch, END) - load<i32>(stretch, AT);
    pieces += 1;
  }
  // the last object ends at the next record, after a carriage return
  const to = object + 1 === objects ? end : edge(firstOf(object + 1)) + 1;
  if (!keep(object, to, length, pieces)) return;
  for (let i = 0; i < stretches; i++) {
    const stretch = STRETCHES + i * STRETCH;
    if (load<i32>(stretch, OBJECT) === object) keepCsv(load<i32>(stretch, AT), load<i32>(stretch, END));
  }
}

/** @returns the filled region; later rows go to the other one */
export function takeRows(): i32 {
  const taken = region;
  region = region === OUTPUT ? OUTPUT + OUTPUT_SIZE : OUTPUT;
  out = region;
  return taken;
}
