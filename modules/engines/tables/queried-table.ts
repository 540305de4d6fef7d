import type { Subject } from '../../requests/subject.ts';
import type { Between, Platform } from '../nxql.ts';

/** What a statement is about: one object on one platform, a span of time, a number of rows. */
export interface Question {
  readonly id: string;
  readonly platform: Platform;
  readonly between: Between;
  /** Maximum rows; 0 returns only the header. */
  readonly limit: number;
  /** Names of the dynamic fields that this Engine has. */
  readonly dynamicFields: readonly string[];
}

/** A file of the archive that Engines fill. */
interface QueriedFile {
  /** Path in the archive. */
  readonly file: string;
  /** What it holds, in a sentence. */
  readonly about: string;
  /** The table of columns that name none. */
  readonly of?: string;
  readonly platforms: readonly Platform[];
}

/** A file whose rows are streamed as the Engine gives them, with all columns of the answer. */
export interface StreamTable extends QueriedFile {
  readonly kind: 'stream';
  /** Column that must hold the id of the Subject's object in each row. */
  readonly subjectColumn: string;
  /** Column with the id of each row. */
  readonly idColumn: string;
  /** Column with the row's time; a table without one is queried once, without windows. */
  readonly timeColumn?: string;
  /** Statements for the same rows, best first: a version that refuses one may know the next. */
  statements(question: Question): readonly string[];
  /** Queries only the id and the time of each row, newest first, to confirm the answers. */
  listing?(question: Question): string;
  /** For a table without a time that may have many rows: queries the `id` of each, to find a truncated answer. */
  ids?(question: Question): string;
}

/** One row of a small answer, by column. */
export type AnswerRow = Readonly<Record<string, string>>;

/** Sends one small query to the Engine on the current platform; no rows when it refuses the statement. */
export type SendQuery = (statement: string) => Promise<readonly AnswerRow[]>;

/** A short file that is put together from small answers. */
export interface ListTable extends QueriedFile {
  readonly kind: 'list';
  /** Without `engine` and `platform`. */
  readonly columns: readonly string[];
  /** Queried once per platform even where no object carries the name, since other objects hold it. */
  readonly byName?: boolean;
  collect(subject: Subject, question: Question, send: SendQuery): Promise<readonly AnswerRow[]>;
}

export type QueriedTable = StreamTable | ListTable;
