import type { SubjectKind } from '../../requests/subject.ts';
import { eventStatement } from '../nxql.ts';
import { COMPUTERS } from './data-model.ts';
import { listingStatement } from './event-statements.ts';
import type { QueriedTable, StreamTable } from './queried-table.ts';
import { TABLES } from './tables.ts';

/** A table of an Engine that has no record here: a newer version has it. Plain JSON. */
export interface UnlistedTable {
  readonly name: string;
  /** Field with the start of an event; without one it is queried once for all days. */
  readonly time?: 'start_time' | 'time' | undefined;
}

/** Retrieves a table that is linked to the Subject as it is: each of its columns, and the people of the event. */
export const unlistedTable = ({ name, time }: UnlistedTable, subject: SubjectKind): StreamTable => ({
  kind: 'stream',
  file: `engines/${name}.csv`,
  about: 'a table that only newer Engines have, as it is',
  platforms: COMPUTERS,
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
