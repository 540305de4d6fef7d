import type { EngineWords } from '../../archive/contents/dictionary.ts';
import type { SubjectKind } from '../../requests/subject.ts';
import { objectStatement, type Platform, packageIdsStatement, packagesStatement } from '../nxql.ts';
import { COMMON_COLUMNS } from './common-columns.ts';
import { DEVICE } from './device.ts';
import { COMPUTERS, type EngineTable, type ObjectTable } from './engine-table.ts';
import { eventStatements, newestStatement } from './event-statements.ts';
import { EVENTS } from './events.ts';
import { LINKED_OBJECTS } from './linked-objects.ts';
import { DEVICE_LISTS, USER_LISTS } from './lists.ts';
import type { QueriedTable, StreamTable } from './queried-table.ts';
import { USER } from './user.ts';

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
      timeColumn: `${table}/${event.time}`,
      statements: (question) => eventStatements(table, event, subject, question),
      newest: (question) => newestStatement(table, event, subject, question),
    }));

const PACKAGES: StreamTable = {
  kind: 'stream',
  file: 'engines/packages.csv',
  about: 'packages that were seen on the device',
  platforms: COMPUTERS,
  subjectColumn: 'device/id',
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
