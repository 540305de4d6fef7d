import type { EngineWords } from '../../archive/contents/dictionary.ts';
import { isAccount } from '../../masking/accounts.ts';
import type { SubjectKind } from '../../requests/subject.ts';
import {
  activityStatement,
  everyObjectStatement,
  findStatement,
  isQueryable,
  objectStatement,
  type Platform,
  packageIdsStatement,
  packagesStatement,
} from '../nxql.ts';
import { spellingsOf } from '../retrieval/spelling.ts';
import { COMMON_COLUMNS } from './common-columns.ts';
import { DEVICE } from './device.ts';
import { COMPUTERS, type EngineTable, type ObjectTable } from './engine-table.ts';
import { eventStatements, listingStatement } from './event-statements.ts';
import { EVENTS } from './events.ts';
import { LINKED_OBJECTS } from './linked-objects.ts';
import type { AnswerRow, ListTable, QueriedTable, Question, SendQuery, StreamTable } from './queried-table.ts';
import { USER } from './user.ts';

const DEVICE_FIELDS = ['id', 'name', 'device_uid', 'entity', 'last_seen'];
const USER_FIELDS = ['id', 'name', 'type'];
/** Kinds of activity that link users and devices. */
const ACTIVITIES = ['user_activity', 'execution'];

/** Objects that were active together with the Subject's, each once. */
async function activeTogether(
  table: SubjectKind,
  fields: readonly string[],
  subject: SubjectKind,
  question: Question,
  send: SendQuery,
): Promise<readonly AnswerRow[]> {
  const rows = new Map<string, AnswerRow>();
  for (const event of ACTIVITIES) {
    const statement = activityStatement({ table, fields, event, subject, id: question.id, between: question.between });
    for (const row of await send(statement)) rows.set(row.id ?? '', row);
  }
  return [...rows.values()];
}

/** Dynamic fields, which answers hold as columns, one per row. */
const dynamicRows = (kind: SubjectKind): ListTable => ({
  kind: 'list',
  file: `engines/${kind}_dynamic_fields.csv`,
  about: 'scores, categories, answers and results of remote actions, one per row',
  of: kind,
  platforms: (kind === 'user' ? USER : DEVICE).platforms,
  columns: ['id', 'name', 'field', 'value'],
  async collect(_subject, { id, dynamicFields }, send) {
    if (dynamicFields.length === 0) return [];
    const rows = await send(objectStatement(kind, id, dynamicFields, ['id', 'name']));
    const names = dynamicFields.map((field) => field.replace(/^#/, '')); // with or without `#`, as the Engine heads them
    return rows.flatMap(({ id: objectId = '', name = '', ...values }) =>
      names.map((field) => ({ id: objectId, name, field, value: values[`#${field}`] ?? values[field] ?? '' })),
    );
  },
});

const ADMINISTRATORS = ['local_administrators', 'local_power_users'];

/** Short files about a user. Source: docs/nxql.md */
const USER_LISTS: readonly ListTable[] = [
  dynamicRows('user'),
  {
    kind: 'list',
    file: 'engines/devices_used.csv',
    about: 'devices on which the user was active',
    of: 'device',
    platforms: COMPUTERS,
    columns: DEVICE_FIELDS,
    collect: (_subject, question, send) => activeTogether('device', DEVICE_FIELDS, 'user', question, send),
  },
  {
    kind: 'list',
    file: 'engines/devices_last_logged_on.csv',
    about: 'devices that name the user as the last one who logged on',
    of: 'device',
    platforms: DEVICE.platforms,
    columns: ['id', 'name', 'device_uid', 'last_logged_on_user', 'last_logon_time'],
    byName: true,
    async collect({ name }, _question, send) {
      const rows = new Map<string, AnswerRow>();
      for (const spelled of spellingsOf('user', name).filter(isQueryable)) {
        const statement = findStatement('device', this.columns, 'last_logged_on_user', spelled);
        for (const row of await send(statement))
          if (isAccount(row.last_logged_on_user ?? '', name)) rows.set(row.id ?? '', row);
      }
      return [...rows.values()];
    },
  },
  {
    kind: 'list',
    file: 'engines/devices_local_admin.csv',
    about: 'devices that list the user among administrators or power users',
    of: 'device',
    platforms: DEVICE.platforms,
    columns: ['id', 'name', 'device_uid', 'list', 'entry'],
    byName: true,
    // No filter finds an entry of a list exactly, and the user need not have been active on the device: each device is looked at.
    async collect({ name }, _question, send) {
      const found: AnswerRow[] = [];
      for (const list of ADMINISTRATORS) {
        for (const { [list]: cell = '', ...device } of await send(
          everyObjectStatement('device', ['id', 'name', 'device_uid', list]),
        )) {
          const entries = cell.split(/,\s*/).filter((entry) => isAccount(entry, name));
          found.push(...entries.map((entry) => ({ ...device, list, entry })));
        }
      }
      return found;
    },
  },
];

/** Short files about a device. Source: docs/nxql.md */
const DEVICE_LISTS: readonly ListTable[] = [
  dynamicRows('device'),
  {
    kind: 'list',
    file: 'engines/users_of_device.csv',
    about: 'users who were active on the device',
    of: 'user',
    platforms: COMPUTERS,
    columns: USER_FIELDS,
    collect: (_subject, question, send) => activeTogether('user', USER_FIELDS, 'device', question, send),
  },
];

const OBJECTS: Readonly<Record<SubjectKind, ObjectTable>> = { user: USER, device: DEVICE };

/** Every table whose columns answers may have, by the name that Engines give it. */
export const ENGINE_TABLES: Readonly<Record<string, EngineTable>> = { ...OBJECTS, ...LINKED_OBJECTS, ...EVENTS };

const object = (kind: SubjectKind): StreamTable => ({
  kind: 'stream',
  file: `engines/${kind}.csv`,
  about: OBJECTS[kind].about,
  of: kind,
  platforms: OBJECTS[kind].platforms,
  subjectColumn: 'id',
  idColumn: 'id',
  statements: ({ id, dynamicFields }) => [objectStatement(kind, id, dynamicFields), objectStatement(kind, id)],
});

/** Tables of events that belong to this kind of subject, those of users first. */
const events = (subject: SubjectKind): StreamTable[] =>
  Object.entries(EVENTS)
    .filter(([, { devicesOnly }]) => subject === 'device' || !devicesOnly)
    .map(([table, event]) => ({
      kind: 'stream',
      file: `engines/${event.file}.csv`,
      about: event.about,
      platforms: event.platforms ?? COMPUTERS,
      subjectColumn: `${subject}/id`,
      idColumn: `${table}/id`,
      timeColumn: `${table}/${event.time}`,
      statements: (question) => eventStatements(table, event, subject, question),
      listing: (question) => listingStatement(table, event, subject, question),
    }));

const PACKAGES: StreamTable = {
  kind: 'stream',
  file: 'engines/packages.csv',
  about: 'packages that were seen on the device',
  platforms: COMPUTERS,
  subjectColumn: 'device/id',
  idColumn: 'package/id',
  statements: ({ id }) => [packagesStatement(id)],
  ids: ({ id }) => packageIdsStatement(id),
};

/** What each Engine is queried for, in order (R5). Checkpoints hold positions in these lists. Source: docs/nxql.md. */
export const TABLES: Readonly<Record<SubjectKind, readonly QueriedTable[]>> = {
  user: [object('user'), ...USER_LISTS, ...events('user')],
  device: [object('device'), ...DEVICE_LISTS, ...events('device'), PACKAGES],
};

/** Each file that Engines fill, by its path in the archive. */
export const FILES: ReadonlyMap<string, QueriedTable> = new Map(
  Object.values(TABLES).flatMap((tables) => tables.map((table) => [table.file, table])),
);

/** What the archive says about the files and columns of Engines. */
export const ENGINE_WORDS: EngineWords = { files: FILES, tables: ENGINE_TABLES, common: COMMON_COLUMNS };

/** Platforms on which a name is looked up. */
export const platformsOf = (kind: SubjectKind): readonly Platform[] => OBJECTS[kind].platforms;

/** The column that tells the domain of an object whose name does not. */
export const DOMAIN_COLUMN = { user: 'upn', device: 'group_name' } as const;

/** Columns in which the accounts of one person are equal. */
export const PERSON_COLUMNS = ['sid', 'full_name'] as const;
