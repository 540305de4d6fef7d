import type { SubjectKind } from '../requests/subject.ts';

/** What becomes of a column's values when other people are masked. */
export type Treatment = 'keep' | 'name' | 'names' | 'id' | 'path' | 'hide';

/** Fields of a user that tell nothing about who it is; every other one, known or not, does. */
const HARMLESS_OF_USERS = new Set([
  'platform',
  'type',
  'first_seen',
  'last_seen',
  'total_active_days',
  'number_of_days_since_last_seen',
  'database_usage',
  'seen_on_windows',
  'seen_on_mac_os',
  'seen_on_mobile',
]);

/** Fields of a device that name accounts. */
const OF_DEVICES: Readonly<Record<string, Treatment>> = {
  last_logged_on_user: 'name',
  local_administrators: 'names',
  local_power_users: 'names',
  privileges_of_last_logged_on_users: 'keep',
  administrator_account_status: 'keep',
  user_account_control_status: 'keep',
};

/** A field of a device that we do not know and that sounds like a person. */
const SOUNDS_PERSONAL = /user|owner|administrator|contact|person/i;

/** Free text of an application's failure may quote anything. */
const FREE_TEXT = new Set(['execution_error/info', 'execution_warning/info']);

/**
 * What becomes of one column. Source: local/simulator/data-model.json, `identifies`; names of destinations and domains stay, since
 * they tell what was connected to, not who did.
 * @param file path in the archive; it tells the table of columns that name none
 * @param column as the Engine names it: `table/field`, or `field` alone
 */
export function treatmentOf(file: string, column: string, subject: SubjectKind): Treatment {
  const slash = column.indexOf('/');
  const dynamic = column.startsWith('#') || column.includes(':');
  const table = slash > 0 && !dynamic ? column.slice(0, slash) : tableOf(file);
  const field = slash > 0 && !dynamic ? column.slice(slash + 1) : column;
  if (table === 'user') return subject === 'user' ? 'keep' : ofUser(field);
  if (table === 'device') return OF_DEVICES[field] ?? (SOUNDS_PERSONAL.test(field) ? 'hide' : 'keep');
  if (FREE_TEXT.has(`${table}/${field}`)) return 'hide';
  return /(^|_)paths?$/.test(field) ? 'path' : 'keep';
}

function ofUser(field: string): Treatment {
  if (field === 'name') return 'name';
  if (field === 'id') return 'id';
  return HARMLESS_OF_USERS.has(field) ? 'keep' : 'hide';
}

/** `engines/users_of_device.csv` is about users, `engines/devices_used.csv` about devices. */
const tableOf = (file: string): string => /\/(user|device)s?[_.]/.exec(file)?.[1] ?? '';
