import { EVENT_FIELDS, PORTAL_FIELDS } from './dictionary-events.ts';
import { OBJECT_FIELDS } from './dictionary-objects.ts';
import type { Fields, Meaning } from './field-meaning.ts';

/** What each file holds, in a sentence. */
const FILES: Readonly<Record<string, string>> = {
  'engines/user': 'the account itself: what the Engines know about the user',
  'engines/device': 'the device itself: what the Engines know about it',
  'engines/user_dynamic_fields': 'scores, categories, answers and results of remote actions, one per row',
  'engines/device_dynamic_fields': 'scores, categories, answers and results of remote actions, one per row',
  'engines/devices_used': 'devices on which the user was active',
  'engines/devices_last_logged_on': 'devices that name the user as the last one who logged on',
  'engines/devices_local_admin': 'devices that list the user among administrators or power users',
  'engines/users_of_device': 'users who were active on the device',
  'engines/executions': 'programs that ran; runs close in time are one row',
  'engines/connections': 'network connections; equal ones close in time are one row',
  'engines/web_requests': 'web requests; equal ones close in time are one row',
  'engines/user_activity': 'logons and stretches of activity',
  'engines/session_performance': 'remote and virtual sessions; recorded only where it was switched on',
  'engines/execution_errors': 'crashes of programs, and programs that did not respond',
  'engines/execution_warnings': 'programs that used much processor or memory',
  'engines/print_jobs': 'print jobs',
  'engines/port_scans': 'port scans that were detected',
  'engines/device_activity': 'starts of the system and stretches of activity',
  'engines/device_errors': 'crashes of the system, hard resets, failing disks',
  'engines/device_warnings': 'times of high use of processor, memory or disk',
  'engines/device_performance': 'hourly figures; recorded only where it was switched on',
  'engines/installations': 'packages installed or removed',
  'engines/packages': 'packages that were seen on the device',
  'portal/users': 'users whom the Portal knows',
  'portal/devices': 'devices that the Portal knows',
  'portal/count_metric_details': 'users and devices that a metric counted on a day, with details',
  'portal/count_metric_history': 'days on which a metric counted the user or the device',
  'portal/quantity_metric_details': 'values of a metric for one user or device on a day',
  'portal/top_metric_results': 'places in rankings of a metric on a day',
  'portal/metric_annotations': 'remarks on results of metrics',
  'portal/saved_selections': 'lists of users and devices that somebody saved',
};

/** Fields that mean the same in every table. */
const COMMON: Fields = {
  id: ['id', 'number of this record on its Engine; means nothing on another Engine'],
  platform: ['keyword', 'windows, mac_os or mobile'],
  first_seen: ['time', 'first time it was seen'],
  last_seen: ['time', 'last time it was seen'],
  start_time: ['time', 'beginning'],
  end_time: ['time', 'end; an event that goes on may have been longer'],
  time: ['time', 'when it happened'],
  duration: ['milliseconds', 'how long it lasted'],
  cardinality: ['number', 'how many equal events were merged into this row'],
  total_active_days: ['days', 'days on which it was active'],
  database_usage: ['per mille', "share of the Engine's database that it takes"],
  storage_policy: ['keyword', 'what the Engine stores about it'],
  engine: ['text', 'Engine that the row comes from'],
  field: ['text', 'name of the field'],
  value: ['text', 'value of the field'],
  list: ['keyword', 'list that the entry stands in'],
  entry: ['text', 'entry of the list'],
};

const TABLES: Readonly<Record<string, Fields>> = { ...OBJECT_FIELDS, ...EVENT_FIELDS };

/** What a file holds; files of a single Engine mean the same as the shared ones. */
export function meaningOfFile(name: string): string {
  const [folder, file] = name.replace(/\.csv$/, '').split('/');
  const known = FILES[`${folder}/${file?.split('.')[0]}`];
  if (known) return known;
  return folder === 'portal' ? 'results that the Portal holds' : 'a table of the Engines';
}

/** Which table a column of a file belongs to: `user` for `user/name`; `''` for the columns that we put in front. */
export function tableOfColumn(file: string, column: string): string {
  const [table, field] = column.split('/');
  if (field !== undefined && TABLES[table!]) return table!;
  if (file.startsWith('portal/')) return 'portal';
  if (column === 'engine' || column === 'platform') return '';
  return /\/(user|device)s?[_.]/.exec(file)?.[1] ?? '';
}

/** What a column means, when the dictionary knows it. */
export function meaningOfColumn(file: string, column: string): Meaning | undefined {
  const table = tableOfColumn(file, column);
  if (table === 'portal') return PORTAL_FIELDS[column];
  const numbered = column.slice(column.startsWith(`${table}/`) ? table.length + 1 : 0);
  const field = numbered.replace(/ \(\d+\)$/, ''); // `platform (2)`
  if (column.startsWith('#')) return ['text', 'field that the company has defined, or a score'];
  return TABLES[table]?.[field] ?? COMMON[field];
}
