import type { Treatment } from '../../masking/treatment.ts';
import type { SubjectKind } from '../../requests/subject.ts';
import { COMMON_COLUMNS } from './data-model.ts';
import { ENGINE_TABLES, FILES } from './tables.ts';

/**
 * How one column of an answer is masked; its table's record says so. A user who asks for their
 * own data sees their own account.
 * @param file path in the archive; it gives the table of columns that name none
 * @param column as the Engine names it: `table/field`, or only `field`
 */
export function treatmentOf(file: string, column: string, subject: SubjectKind): Treatment {
  const slash = column.indexOf('/');
  const dynamic = column.startsWith('#') || column.includes(':'); // `#score:Definition/Leaf` names no table
  const table = slash > 0 && !dynamic ? column.slice(0, slash) : (FILES.get(file)?.of ?? '');
  const field = slash > 0 && !dynamic ? column.slice(slash + 1) : column;
  if (table === 'user' && subject === 'user') return 'keep';
  const known = Object.hasOwn(ENGINE_TABLES, table) ? ENGINE_TABLES[table] : undefined;
  if (known && Object.hasOwn(known.columns, field)) return known.columns[field]![2];
  // Nobody knows what the columns of a newer table hold.
  if (!known && table !== '') return Object.hasOwn(COMMON_COLUMNS, field) ? 'keep' : 'hide';
  if (known?.hides === undefined) return usual(field);
  return new RegExp(known.hides, 'i').test(field) ? 'hide' : 'keep';
}

/** Columns that no record lists: paths lose the names of people. Names of destinations and domains stay, since they tell what was used. */
const usual = (field: string): Treatment => (/(^|_)paths?$/.test(field) ? 'path' : 'keep');
