import type { Field } from './data-model.ts';
import type { Zone } from './zone.ts';

/** One value: a time stamp is milliseconds since 1970 UTC, `null` is a missing value. */
export type Cell = string | number | boolean | null | readonly string[];

/** What a cell looks like in CSV, before any quoting: `-` when missing, lists joined by commas, times Engine-local. */
export function cellText(type: Field['type'], cell: Cell, zone: Zone): string {
  if (cell === null) return '-';
  if (typeof cell === 'string') return cell;
  if (typeof cell === 'number') return type === 'datetime' ? zone.text(cell) : String(cell);
  if (typeof cell === 'boolean') return cell ? 'yes' : 'no';
  return cell.join(',');
}
