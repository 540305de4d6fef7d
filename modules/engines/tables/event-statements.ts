import type { SubjectKind } from '../../requests/subject.ts';
import { type EventQuery, eventStatement } from '../nxql.ts';
import type { EventTable } from './data-model.ts';
import type { Question } from './queried-table.ts';

const ALL = ['*'];

/**
 * Statements for the events of one object, best first: with every link, with the certain ones, without an order (the time may
 * have another name), with only people.
 * @param table as Engines name it
 */
export function eventStatements(
  table: string,
  spec: EventTable,
  subject: SubjectKind,
  question: Question,
): readonly string[] {
  const people = spec.devicesOnly ? [subject] : [subject, subject === 'user' ? 'device' : 'user'];
  const order = { field: spec.time, direction: 'asc' } as const;
  const statement = (links: readonly string[], more: Pick<EventQuery, 'order'> | object): string =>
    eventStatement({
      ...question,
      subject,
      fields: [table, ...people, ...links].map((each) => ({ table: each, fields: ALL })),
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
export const listingStatement = (
  table: string,
  time: string | undefined,
  subject: SubjectKind,
  question: Question,
): string =>
  eventStatement({
    ...question,
    subject,
    fields: [
      { table, fields: time === undefined ? ['id'] : ['id', time] },
      { table: subject, fields: ['id'] },
    ],
    ...(time !== undefined && { order: { field: time, direction: 'desc' } }),
  });
