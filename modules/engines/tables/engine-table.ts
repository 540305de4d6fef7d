import type { Treatment } from '../../masking/treatment.ts';
import type { Platform } from '../nxql.ts';

/** A column: unit or kind of its values, what it means, and how a value is masked. */
type EngineColumn = readonly [unit: string, meaning: string, masking: Treatment];

/** A table of the Engines' data model: all that the product knows of it. */
export interface EngineTable {
  /** Columns by name, beside `COMMON_COLUMNS`. Answers may have others: versions differ. */
  readonly columns: Readonly<Record<string, EngineColumn>>;
  /** Masking of a column that is not listed; without it, paths lose the names of people and the rest stays. */
  readonly unlisted?: (column: string) => Treatment;
}

/** A table of the objects that subjects are. */
export interface ObjectTable extends EngineTable {
  /** What its CSV file holds, in a sentence. */
  readonly about: string;
  readonly platforms: readonly Platform[];
}

/** Platforms of computers. */
export const COMPUTERS: readonly Platform[] = ['windows', 'mac_os'];
