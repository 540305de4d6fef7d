import type { EngineWords } from '../../archive/contents/dictionary.ts';
import { isAccount } from '../../masking/stand-ins.ts';
import type { SubjectKind } from '../../requests/subject.ts';
import {
  type EventQuery,
  eventStatement,
  everyObjectStatement,
  highestFirst,
  objectStatement,
  type Platform,
  packagesStatement,
  pairsStatement,
} from '../nxql.ts';
import {
  COMMON_COLUMNS,
  COMPUTERS,
  type EngineTable,
  EVENTS,
  type EventTable,
  LINKED_OBJECTS,
  OBJECTS,
} from './data-model.ts';
import type { AnswerRow, ListTable, QueriedTable, Question, StreamTable } from './queried-table.ts';

/** Kinds of activity that link users and devices. */
const ACTIVITIES = ['user_activity', 'execution'];

/** Objects that were active together with the Subject's, each once. Each row of an answer names the Subject. */
const activeTogether = (
  subject: SubjectKind,
  table: SubjectKind,
  columns: readonly string[],
): Omit<ListTable, 'file' | 'about'> => ({
  kind: 'list',
  of: table,
  platforms: COMPUTERS,
  columns,
  idColumn: `${table}/id`,
  subjectColumn: `${subject}/id`,
  ofActivity: true,
  async collect(_subject, { id, between }, send) {
    const rows = new Map<string, AnswerRow>();
    for (const event of ACTIVITIES) {
      for (const row of await send(pairsStatement({ table, fields: columns, event, subject, id, between }))) {
        const cells = columns.map((column) => [column, row[`${table}/${column}`] ?? '']);
        rows.set(row[`${table}/id`]!, Object.fromEntries(cells));
      }
    }
    return [...rows.values()];
  },
});

/** Dynamic fields, which answers hold as columns, one per row. */
const dynamicRows = (kind: SubjectKind): ListTable => ({
  kind: 'list',
  file: `engines/${kind}_dynamic_fields.csv`,
  about: 'scores, categories, answers and results of remote actions, one per row',
  of: kind,
  platforms: OBJECTS[kind].platforms,
  columns: ['id', 'name', 'field', 'value'],
  idColumn: 'id',
  subjectColumn: 'id',
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
const LAST_LOGON = ['last_logged_on_user', 'last_logon_time'];

const everyDevice = (fields: readonly string[]): string =>
  everyObjectStatement('device', ['id', 'name', 'device_uid', ...fields]);

/** No filter finds an entry of a list exactly, and the user need not have been active there: each device is looked at. */
const DEVICES_WITH_NAME = {
  kind: 'list',
  of: 'device',
  platforms: OBJECTS.device.platforms,
  byName: true,
  idColumn: 'id',
  listing: () => highestFirst(everyObjectStatement('device', ['id'])),
} as const;
const ALL_OF_DEVICES = everyDevice([...LAST_LOGON, ...ADMINISTRATORS]);

const USER_LISTS: readonly ListTable[] = [
  dynamicRows('user'),
  {
    ...activeTogether('user', 'device', ['id', 'name', 'device_uid', 'entity', 'last_seen']),
    file: 'engines/devices_used.csv',
    about: 'devices on which the user was active',
  },
  {
    ...DEVICES_WITH_NAME,
    file: 'engines/devices_last_logged_on.csv',
    about: 'devices that name the user as the last one who logged on',
    columns: ['id', 'name', 'device_uid', ...LAST_LOGON],
    async collect({ name }, _question, send) {
      const devices = await send(ALL_OF_DEVICES, everyDevice(LAST_LOGON));
      return devices.filter((device) => isAccount(device.last_logged_on_user ?? '', name));
    },
  },
  {
    ...DEVICES_WITH_NAME,
    file: 'engines/devices_local_admin.csv',
    about: 'devices that list the user among administrators or power users',
    columns: ['id', 'name', 'device_uid', 'list', 'entry'],
    async collect({ name }, _question, send) {
      const found: AnswerRow[] = [];
      for (const list of ADMINISTRATORS) {
        for (const { [list]: cell = '', ...device } of await send(ALL_OF_DEVICES, everyDevice([list]))) {
          const entries = cell.split(/,\s*/).filter((entry) => isAccount(entry, name));
          found.push(...entries.map((entry) => ({ ...device, list, entry })));
        }
      }
      return found;
    },
  },
];

const DEVICE_LISTS: readonly ListTable[] = [
  dynamicRows('device'),
  {
    ...activeTogether('device', 'user', ['id', 'name', 'type']),
    file: 'engines/users_of_device.csv',
    about: 'users who were active on the device',
  },
];

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

/** Statements for the events of one object, best first: with every link, with the certain ones, without an order, with only people. */
function eventStatements(table: string, spec: EventTable, subject: SubjectKind, question: Question): readonly string[] {
  const people = spec.devicesOnly ? [subject] : [subject, subject === 'user' ? 'device' : 'user'];
  const order = { field: spec.time, direction: 'asc' } as const;
  const statement = (links: readonly string[], more: Pick<EventQuery, 'order'> | object): string =>
    eventStatement({
      ...question,
      subject,
      fields: [table, ...people, ...links].map((each) => ({ table: each, fields: ['*'] })),
      ...more,
    });
  const unsure = [...(question.platform === 'windows' ? (spec.onWindows ?? []) : []), ...(spec.unsure ?? [])];
  const { links = [] } = spec;
  const statements = [
    statement([...links, ...unsure], { order }),
    ...unsure.map((link) => statement([...links, link], { order })),
    statement(links, { order }),
    statement(links, {}),
    statement([], {}),
  ];
  return [...new Set(statements)];
}

/** Queries only the id and the time of each event, newest first; of a table without a time, the ids as they come. */
const listingStatement = (table: string, time: string | undefined, subject: SubjectKind, question: Question): string =>
  eventStatement({
    ...question,
    subject,
    fields: [
      { table, fields: time === undefined ? ['id'] : ['id', time] },
      { table: subject, fields: ['id'] },
    ],
    ...(time !== undefined && { order: { field: time, direction: 'desc' } }),
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
      ...(ACTIVITIES.includes(table) && { otherColumn: subject === 'user' ? 'device/id' : 'user/id' }),
      statements: (question) => eventStatements(table, event, subject, question),
      listing: (question) => listingStatement(table, event.time, subject, question),
    }));

const PACKAGES: StreamTable = {
  kind: 'stream',
  file: 'engines/packages.csv',
  about: 'packages that were seen on the device',
  platforms: COMPUTERS,
  subjectColumn: 'device/id',
  idColumn: 'package/id',
  statements: ({ id }) => [packagesStatement(id, '*', 'id name device_uid')],
  listing: ({ id }) => highestFirst(packagesStatement(id, 'id', 'id')),
};

/** What each Engine is queried for, in order (R5). Checkpoints hold positions in these lists. Source: docs/nxql.md. */
export const TABLES: Readonly<Record<SubjectKind, readonly QueriedTable[]>> = {
  user: [object('user'), ...USER_LISTS, ...events('user')],
  device: [object('device'), ...DEVICE_LISTS, ...events('device'), PACKAGES],
};

/** A table of an Engine that has no record here: a newer version has it. Plain JSON. */
export interface UnlistedTable {
  readonly name: string;
  /** Field with the start of an event; without one it is queried once for all days. */
  readonly time?: 'start_time' | 'time' | undefined;
  /** Those on which it is linked to the Subject; states of 0.2.0 have none: Windows and macOS. */
  readonly on?: readonly Platform[];
}

/** Retrieves a table that is linked to the Subject as it is: each of its columns, and the people of the event. */
export const unlistedTable = ({ name, time, on = COMPUTERS }: UnlistedTable, subject: SubjectKind): StreamTable => ({
  kind: 'stream',
  file: `engines/${name}.csv`,
  about: 'a table that only newer Engines have, as it is',
  platforms: on,
  subjectColumn: `${subject}/id`,
  idColumn: `${name}/id`,
  ...(time && { timeColumn: `${name}/${time}` }),
  listing: (question) => listingStatement(name, time, subject, question),
  statements: (question) =>
    [
      [name, subject, subject === 'user' ? 'device' : 'user'],
      [name, subject],
    ].map((tables) =>
      eventStatement({
        ...question,
        subject,
        fields: tables.map((table) => ({ table, fields: ['*'] })),
        ...(time && { order: { field: time, direction: 'asc' } }),
      }),
    ),
});

/** The tables that an Engine is queried for: those with a record, then its own. Checkpoints hold positions in this list. */
export const tablesOf = (kind: SubjectKind, unlisted: readonly UnlistedTable[] = []): readonly QueriedTable[] => [
  ...TABLES[kind],
  ...unlisted.map((table) => unlistedTable(table, kind)),
];

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
