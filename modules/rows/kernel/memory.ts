// Layout of the kernel's memory, in bytes. Everything has a limit, so the memory never grows. Unused pages cost nothing.

export const MAX_RECORD: i32 = 0x10_0000;
/** Maximum cells of a record, columns of a file, and bytes of the first columns. */
export const MAX_CELLS: i32 = 0x1000;
export const MAX_COLUMNS: i32 = 0x4000;
export const MAX_PREFIX: i32 = 0x1_0000;
/** Text is read in pieces of this size; rows must be taken before more than this waits. */
export const TEXT_PIECE: i32 = 0x1_0000;
export const ROWS_PIECE: i32 = 0x4_0000;

/** What `cut` reports about a record: number of cells, whether quotes are honoured, number of known objects. */
export const RECORD: i32 = 0x800;
/** Ends of the cells of the record: cell i is `edges[i] + 1 .. edges[i + 1]`. */
export const EDGES: i32 = 0x1000;
/** A mark for each cell: see marks.ts. */
export const MARKS: i32 = 0x6000;
/** The first column of each object, then the number of columns. */
export const FIRSTS: i32 = 0x7000;
/** The slot of each object of the record with known text, else 0. */
export const KNOWN: i32 = 0xc000;
/** A shelf for each object. */
export const SHELVES: i32 = 0x1_1000;
/** The answer's column for each column of the file, -1 when it has none. */
export const LAYOUT: i32 = 0x3_1000;
/** Stretches of the file's columns that hold cells of one object. */
export const STRETCHES: i32 = 0x4_1000;
/** The first columns, the same in each row. */
export const PREFIX: i32 = 0xb_1000;
/** Known texts: their slots, the ends of their cells, and their bytes. */
export const SLOTS: i32 = 0xc_2000;
export const SLOT_COUNT: i32 = 0x2000;
export const NUMBERS: i32 = 0x10_2000;
export const MAX_NUMBERS: i32 = 0x8000;
export const TEXTS: i32 = 0x12_2000;
export const MAX_TEXT: i32 = 0x8_0000;
/** Text read: the longest record and two pieces. */
export const INPUT: i32 = 0x1a_3000;
/** Two regions for written rows, each with room for a piece and the longest row. */
export const OUTPUT: i32 = 0x2d_0000;
export const OUTPUT_SIZE: i32 = 0x27_0000;
