import type { Subject } from '../../requests/subject.ts';
import type { Between, Platform } from '../nxql.ts';

/** What a statement is about: one object on one platform, a span of time, a number of rows. */
export interface Question {
  readonly id: string;
  readonly platform: Platform;
  readonly between: Between;
  /** Maximum rows; 0 returns only the header. */
  readonly limit: number;
  readonly dynamicFields: readonly string[];
}

/** A file of the archive that Engines fill. */
interface QueriedFile {
  readonly file: string;
  readonly about: string;
  /** The table of columns that name none. */
  readonly of?: string;
  readonly platforms: readonly Platform[];
  readonly idColumn: string;
  /** Column that must hold the id of the Subject's object in each row; `id` where a row is that object. */
  readonly subjectColumn?: string;
  /** Column with the row's time; a table without one is queried once, without windows. */
  readonly timeColumn?: string;
  /** Queries only the ids of the rows, with the time of each if they have one, newest or highest first, to confirm the answers. */
  listing?(question: Question): string;
}

/** A file whose rows are streamed as the Engine gives them, with all columns of the answer. */
export interface StreamTable extends QueriedFile {
  readonly kind: 'stream';
  readonly subjectColumn: string;
  /** Column with the id of the other object in events that make a list `ofActivity`. */
  readonly otherColumn?: string;
  /** Statements for the same rows, best first: a version that refuses one may know the next. */
  statements(question: Question): readonly string[];
}

/** One row of a small answer, by column. */
export type AnswerRow = Readonly<Record<string, string>>;

/** Sends one small query to the Engine on the current platform: the first statement that it knows. No rows when it refuses all. */
export type SendQuery = (...statements: readonly string[]) => Promise<readonly AnswerRow[]>;

/** A short file that is put together from small answers. */
export interface ListTable extends QueriedFile {
  readonly kind: 'list';
  /** Without `engine` and `platform`. */
  readonly columns: readonly string[];
  /** Queried once per platform even where no object carries the name, since other objects hold it. */
  readonly byName?: boolean;
  /** Its objects are those in the events of streams with an `otherColumn`, which confirm it. */
  readonly ofActivity?: boolean;
  collect(subject: Subject, question: Question, send: SendQuery): Promise<readonly AnswerRow[]>;
}

export type QueriedTable = StreamTable | ListTable;
