import { copy, LF, same } from './bytes';
import { EDGES, FIRSTS, KNOWN, MAX_NUMBERS, MAX_TEXT, NUMBERS, SHELVES, SLOT_COUNT, SLOTS, TEXTS } from './memory';

// The known texts of an answer. Its rows repeat the same objects: each row about a user carries all fields of that user,
// of one of a few devices and of one of some hundred programs. The cells of an object are neighbours. So the kernel
// compares bytes instead of reading cells, and copies the CSV of a known text instead of writing it.

/** The fingerprint of a text covers this many bytes from its start. */
const SAMPLED: i32 = 80;
/** After this many searches, the kernel stops searching for an object that was mostly new. */
const TRIAL: i32 = 256;

// Fields of a shelf (one per object): searches and finds since the last trial, whether it is searched for at all, and
// the slot in which to keep the text of this record because it came before; 0 for none.
const LOOKS: i32 = 0;
const FOUND: i32 = 4;
const OPEN: i32 = 8;
const WORTH: i32 = 12;
const SHELF: i32 = 16;

// Fields of a slot: fingerprint of the last text; then the kept text: its object, its start and end (with the TAB or
// line end behind it), the ends of its cells, their number, the borders of its CSV pieces (one per stretch), and
// whether a quoted cell spans a line end.
const PRINT: i32 = 0;
const OBJECT: i32 = 4;
export const FROM: i32 = 8;
export const TO: i32 = 12;
export const ENDS: i32 = 16;
export const CELLS: i32 = 20;
export const CSV: i32 = 24;
export const OVER_LINE: i32 = 28;
const SLOT: i32 = 32;

let usedText: i32 = 0;
let usedNumbers: i32 = 0;

export function firstOf(object: i32): i32 {
  return load<i32>(FIRSTS + (object << 2));
}

export function knownOf(object: i32): i32 {
  return load<i32>(KNOWN + (object << 2));
}

/** Starts an answer. With a single object, nothing is searched for. */
export function forgetAll(objects: i32): void {
  if (objects > 1) forget();
  memory.fill(KNOWN, 0, (objects + 1) << 2);
  for (let object = 0; object < objects; object++) {
    const shelf = SHELVES + object * SHELF;
    store<i32>(shelf, 0, LOOKS);
    store<i32>(shelf, 0, FOUND);
    store<i32>(shelf, i32(objects > 1), OPEN);
    store<i32>(shelf, 0, WORTH);
  }
}

function forget(): void {
  usedText = 0;
  usedNumbers = 0;
  memory.fill(SLOTS, 0, SLOT * SLOT_COUNT);
}

function fingerprint(object: i32, at: i32): i64 {
  let hash: i64 = object;
  for (let i = 0; i < SAMPLED; i += 8) hash = rotl<i64>(hash ^ load<i64>(at + i), 23) * 0x1b_9e37_79b9_7f4b;
  return hash;
}

/** The slot of the known text at `at`, or 0. */
export function find(object: i32, at: i32, filled: i32): i32 {
  const shelf = SHELVES + object * SHELF;
  store<i32>(shelf, 0, WORTH);
  if (!load<i32>(shelf, OPEN) || at + SAMPLED > filled) return 0;
  const looks = load<i32>(shelf, LOOKS) + 1;
  store<i32>(shelf, looks, LOOKS);
  if (looks === TRIAL) {
    store<i32>(shelf, i32(load<i32>(shelf, FOUND) >= TRIAL / 4), OPEN);
    store<i32>(shelf, 0, LOOKS);
    store<i32>(shelf, 0, FOUND);
  }
  const hash = fingerprint(object, at);
  const print = i32(hash);
  const slot = SLOTS + (i32(hash >>> 51) & (SLOT_COUNT - 1)) * SLOT;
  const from = load<i32>(slot, FROM);
  if (from && load<i32>(slot, OBJECT) === object) {
    const length = load<i32>(slot, TO) - from;
    if (at + length <= filled && same(at, from, length)) {
      store<i32>(shelf, load<i32>(shelf, FOUND) + 1, FOUND);
      return slot;
    }
  }
  if (load<i32>(slot, PRINT) === print) store<i32>(shelf, slot, WORTH);
  else store<i32>(slot, print, PRINT);
  return 0;
}

/** The slot in which to keep the text of this record because it repeats; else 0. */
export function worthOf(object: i32): i32 {
  return load<i32>(SHELVES + object * SHELF, WORTH);
}

/** Keeps an object's text of this record, up to `to`; its CSV comes next. @returns false when it is too long */
export function keep(object: i32, to: i32, csvLength: i32, pieces: i32): bool {
  const slot = worthOf(object);
  const first = firstOf(object);
  const cells = firstOf(object + 1) - first;
  const from = load<i32>(EDGES + (first << 2)) + 1;
  const size = to - from + csvLength;
  if (size > MAX_TEXT / 8) return false;
  if (usedText + size > MAX_TEXT || usedNumbers + cells + pieces + 1 > MAX_NUMBERS) forget();
  store<i32>(slot, object, OBJECT);
  store<i32>(slot, TEXTS + usedText, FROM);
  addText(from, to);
  store<i32>(slot, TEXTS + usedText, TO);
  store<i32>(slot, NUMBERS + (usedNumbers << 2), ENDS);
  store<i32>(slot, cells, CELLS);
  for (let cell = 1; cell <= cells; cell++) addNumber(load<i32>(EDGES + ((first + cell) << 2)) - from);
  let overLine = false;
  for (let i = from; i < to - 1; i++) if (load<u8>(i) === LF) overLine = true;
  store<i32>(slot, i32(overLine), OVER_LINE);
  store<i32>(slot, NUMBERS + (usedNumbers << 2), CSV);
  addNumber(TEXTS + usedText);
  return true;
}

/** Keeps a piece of CSV for the last kept text. */
export function keepCsv(from: i32, to: i32): void {
  addText(from, to);
  addNumber(TEXTS + usedText);
}

function addText(from: i32, to: i32): void {
  copy(TEXTS + usedText, from, to - from);
  usedText += to - from;
}

function addNumber(number: i32): void {
  store<i32>(NUMBERS + (usedNumbers << 2), number);
  usedNumbers += 1;
}
