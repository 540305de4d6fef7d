import { COMMA, CR, LF, needsQuotes, QUOTE, TAB } from './bytes';
import { markOf, NEEDS_QUOTES } from './marks';
import { EDGES, KNOWN, MARKS, MAX_CELLS, MAX_RECORD } from './memory';
import { CELLS, ENDS, FROM, find, firstOf, forgetAll, OVER_LINE, TO } from './objects';

// Cuts text into records. It first honours quotes as in RFC 4180. A record that breaks these rules, or that has another
// number of cells than the header, is cut again with quotes as data.

// Returned instead of the start of the next record; modules/rows/tsv.ts has the messages.
const INCOMPLETE: i32 = 0;
const BROKEN: i32 = -1;
const TOO_LONG: i32 = -2;
const OTHER_COUNT: i32 = -3;

let columns: i32 = 0;
let objects: i32 = 0;

/** The last record: number of cells, its end, and whether quotes were honoured. */
export let count: i32 = 0;
export let end: i32 = 0;
export let quoted: bool = false;
export let known: i32 = 0;
let overLine: bool = false;

export function expectColumns(columnCount: i32, objectCount: i32): void {
  columns = columnCount;
  objects = objectCount;
  forgetAll(objectCount);
}

/** @param last no text follows `filled` @returns start of the next record */
export function cutRecord(at: i32, filled: i32, last: bool): i32 {
  quoted = true;
  let next = cutAs(at, filled, last);
  if (next === BROKEN) {
    quoted = false;
    next = cutAs(at, filled, last);
  }
  end = next;
  return next;
}

function cutAs(at: i32, filled: i32, last: bool): i32 {
  const next = findEnd(at, filled, last);
  const tooLong = (next === INCOMPLETE ? filled : next) - at > MAX_RECORD;
  if (next === BROKEN || (next === INCOMPLETE && !tooLong)) return next;
  if (count === 1 && load<i32>(EDGES + 4) === at && columns !== 1) count = 0; // an empty line
  const expected = columns ? columns : min(count, MAX_CELLS);
  if (!tooLong && (count === expected || count === 0)) {
    // Lines that fit the header are kept as they are: one that only ends a bare quote would swallow the others.
    return overLine && columns > 1 && fitsLineByLine(at, min(next, filled)) ? BROKEN : next;
  }
  if (quoted) return BROKEN;
  return tooLong ? TOO_LONG : OTHER_COUNT;
}

/** True when each line of a record has as many cells as the header, with quotes as data. */
function fitsLineByLine(at: i32, next: i32): bool {
  let cells = 1;
  for (let i = at; i < next; i++) {
    const byte = load<u8>(i);
    if (byte === TAB) cells += 1;
    if (byte !== LF && i + 1 < next) continue;
    if (cells !== columns) return false;
    cells = 1;
  }
  return true;
}

function findEnd(at: i32, filled: i32, last: bool): i32 {
  let i = at;
  let cell = 0;
  let object = 0;
  let nextObject = quoted && objects ? 0 : -1;
  overLine = false;
  known = 0;
  store<i32>(EDGES, at - 1);
  while (true) {
    if (cell === nextObject) {
      const slot = find(object, i, filled);
      store<i32>(KNOWN + (object << 2), slot);
      object += 1;
      nextObject = object < objects ? firstOf(object) : -1;
      if (slot) {
        const ends = load<i32>(slot, ENDS);
        const cells = load<i32>(slot, CELLS);
        const edges = EDGES + ((cell + 1) << 2);
        for (let k = 0; k < cells << 2; k += 4) store<i32>(edges + k, i + load<i32>(ends + k));
        cell += cells;
        i += load<i32>(slot, TO) - load<i32>(slot, FROM);
        known += 1;
        if (load<i32>(slot, OVER_LINE)) overLine = true;
        if (cell < columns) continue;
        count = cell;
        return i;
      }
    }
    const start = i;
    let cellEnd: i32;
    let mark = i < filled ? markOf(load<u8>(i)) : 0;
    if (quoted && i < filled && load<u8>(i) === QUOTE) {
      cellEnd = closingQuote(i + 1, filled);
      if (!last && (cellEnd === 0 || cellEnd === filled)) return INCOMPLETE;
      if (cellEnd === 0) return BROKEN;
      i = cellEnd;
      if (i < filled && load<u8>(i) === CR) {
        i += 1;
        if (i === filled && !last) return INCOMPLETE;
      }
      if (i < filled && load<u8>(i) !== LF && (load<u8>(i) !== TAB || i > cellEnd)) return BROKEN;
    } else {
      i = bareEnd(i, filled);
      if (i === filled && !last) return INCOMPLETE;
      const returned = i > start && load<u8>(i - 1) === CR && (i === filled || load<u8>(i) === LF);
      cellEnd = returned ? i - 1 : i;
      const asks = returned ? needsQuotes(start, cellEnd) : seenMarks;
      if (asks) mark |= NEEDS_QUOTES;
      if (cellEnd === start) mark = 0;
    }
    if (cell < MAX_CELLS) {
      store<u8>(MARKS + cell, mark);
      store<i32>(EDGES + ((cell + 1) << 2), cellEnd);
    }
    cell += 1;
    if (i === filled || load<u8>(i) === LF) {
      count = cell;
      return i + 1;
    }
    i += 1;
  }
}

/** Whether `bareEnd` passed a byte that needs quotes. */
let seenMarks: bool = false;

/** End of the bare cell at `at`: a TAB, a line feed, or the end of the text. */
function bareEnd(at: i32, filled: i32): i32 {
  let marks = 0;
  for (let i = at; i < filled; i += 16) {
    const bytes = v128.load(i);
    const ends = i8x16.bitmask(v128.or(i8x16.eq(bytes, i8x16.splat(<i8>TAB)), i8x16.eq(bytes, i8x16.splat(<i8>LF))));
    const asks = i8x16.bitmask(
      v128.or(
        v128.or(i8x16.eq(bytes, i8x16.splat(<i8>COMMA)), i8x16.eq(bytes, i8x16.splat(<i8>QUOTE))),
        i8x16.eq(bytes, i8x16.splat(<i8>CR)),
      ),
    );
    const length = ends ? min(ctz(ends), filled - i) : min(16, filled - i);
    marks |= asks & ((1 << length) - 1);
    if (ends || i + length === filled) {
      seenMarks = marks !== 0;
      return i + length;
    }
  }
  seenMarks = false;
  return at;
}

/** Position after the closing quote of a cell; 0 when there is none. Notes line ends inside the cell. */
function closingQuote(at: i32, filled: i32): i32 {
  for (let i = at; i < filled; i++) {
    const byte = load<u8>(i);
    if (byte === LF) overLine = true;
    else if (byte === QUOTE) {
      if (i + 1 === filled || load<u8>(i + 1) !== QUOTE) return i + 1;
      i += 1;
    }
  }
  return 0;
}
