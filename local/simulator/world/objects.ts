import type { Cell } from './cells.ts';
import type { Table } from './data-model.ts';
import type { Platform } from './people.ts';
import { Random } from './random.ts';
import { drawValue } from './values.ts';

/** One object of an Engine. Its id is the Engine's own: another Engine has other ids for the same person or thing. */
interface ObjectRow {
  readonly id: number;
  /** Platforms it was seen on: one for all but users. */
  readonly platforms: readonly Platform[];
  readonly cells: ReadonlyMap<string, Cell>;
  /** Values of dynamic fields, by name without `#`; an `update` sets them. */
  readonly dynamic: Map<string, Cell>;
}

/** All objects of one table on one Engine. */
export interface ObjectTable {
  readonly table: Table;
  readonly rows: readonly ObjectRow[];
}

/** What is known of an object before the rest of its fields is drawn. */
export interface ObjectDraft {
  readonly platforms: readonly Platform[];
  readonly cells: Readonly<Record<string, Cell>>;
  readonly dynamic?: Readonly<Record<string, Cell>>;
}

/** Gives drafts their ids, in no order, and draws every field of the data model that the draft leaves open. */
export function completeObjects(table: Table, drafts: readonly ObjectDraft[], seed: number, now: number): ObjectTable {
  const ids = new Random(seed).shuffled(drafts.map((_, index) => index + 1));
  const rows = drafts.map((draft, row) => {
    const cells = new Map<string, Cell>();
    for (const field of table.fields) {
      if (!field.platforms.some((platform) => draft.platforms.includes(platform))) continue;
      const given = draft.cells[field.name];
      cells.set(
        field.name,
        given === undefined ? drawValue(field, field.number, { table: table.name, seed, row, now }) : given,
      );
    }
    cells.set('id', ids[row]!);
    return { id: ids[row]!, platforms: draft.platforms, cells, dynamic: new Map(Object.entries(draft.dynamic ?? {})) };
  });
  return { table, rows };
}

/** A field of an object as asked on one platform: `platform` names the one that is asked. */
export const objectCell = (row: ObjectRow, field: string, platform: Platform): Cell =>
  field === 'platform' ? platform : (row.cells.get(field) ?? null);
