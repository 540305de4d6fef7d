import type { Treatment } from '../../masking/stand-ins.ts';
import type { SubjectKind } from '../../requests/subject.ts';
import type { Platform } from '../nxql.ts';
import model from './data-model.json' with { type: 'json' };

/** Columns by name: unit or kind of the values, what they mean, and how a value is masked. */
type Columns = Readonly<Record<string, readonly [unit: string, meaning: string, masking: Treatment]>>;

/** A table of the Engines' data model: all that the product knows of it. */
export interface EngineTable {
  /** Beside `COMMON_COLUMNS`. Answers may have others: versions differ. */
  readonly columns: Columns;
  /** Pattern of the names of columns that are not listed and are hidden; without it, paths lose the names of people and the rest stays. */
  readonly hides?: string;
}

interface ObjectTable extends EngineTable {
  readonly about: string;
  readonly platforms: readonly Platform[];
}

/** A table of events, queried with the objects that are linked to each event. */
export interface EventTable extends EngineTable {
  /** Name of its CSV file, and what that file holds, in a sentence. */
  readonly file: string;
  readonly about: string;
  /** Its events have no user. */
  readonly devicesOnly?: true;
  readonly time: 'start_time' | 'time';
  /** Linked objects, whose columns stand beside the event's own; Windows has further ones, and some versions. */
  readonly links?: readonly string[];
  readonly onWindows?: readonly string[];
  readonly unsure?: readonly string[];
  /** Platforms that record it; Windows and macOS when absent. */
  readonly platforms?: readonly Platform[];
}

/** Columns that mean the same in every table. Source of all of these: docs/nxql.md, "What is asked". */
export const COMMON_COLUMNS = model.common as unknown as Columns;
/** Users, of whom a column is hidden unless it is known not to identify a person, and devices. */
export const OBJECTS = model.objects as unknown as Readonly<Record<SubjectKind, ObjectTable>>;
/** Objects that events are linked to; names of places stay, since they tell what was used. */
export const LINKED_OBJECTS = model.linked as unknown as Readonly<Record<string, EngineTable>>;
/** In the order in which they are queried. */
export const EVENTS = model.events as unknown as Readonly<Record<string, EventTable>>;

export const COMPUTERS: readonly Platform[] = ['windows', 'mac_os'];
