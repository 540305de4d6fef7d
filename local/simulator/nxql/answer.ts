import type { Cell } from '../world/cells.ts';
import type { ColumnGroup } from './columns.ts';

/** What a statement yields: cells in groups as the columns are, one row after the other. */
export interface Answer {
  readonly groups: readonly Pick<ColumnGroup, 'headers' | 'types'>[];
  readonly rows: Iterable<readonly (readonly Cell[])[]>;
}
