import type { SubjectKind } from '../../requests/subject.ts';
import { type EventQuestion, eventStatement, type Platform } from '../nxql.ts';
import type { Question } from './question.ts';

/** An event table and what is told beside each event. */
export interface EventSpec {
  /** Name of the CSV file. */
  readonly file: string;
  readonly table: string;
  readonly links: readonly string[];
  /** Links that Windows alone has. */
  readonly onWindows?: readonly string[];
  /** Links that not every version has. */
  readonly unsure?: readonly string[];
  readonly time: 'start_time' | 'time';
  readonly platforms?: readonly Platform[];
}

const ALL = ['*'];

/**
 * Statements for the events of one object, best first: with every link, with the sure ones, without an order (the field
 * may have another name), with people alone.
 */
export function eventStatements(
  spec: EventSpec,
  subject: SubjectKind,
  people: readonly SubjectKind[],
  question: Question,
): readonly string[] {
  const order = { field: spec.time, direction: 'asc' } as const;
  const ask = (links: readonly string[], more: Pick<EventQuestion, 'order'> | object): string =>
    eventStatement({
      subject,
      id: question.id,
      between: question.between,
      limit: question.limit,
      fields: [spec.table, ...people, ...links].map((table) => ({ table, fields: ALL })),
      ...more,
    });
  const unsure = [...(question.platform === 'windows' ? (spec.onWindows ?? []) : []), ...(spec.unsure ?? [])];
  const statements = [
    ask([...spec.links, ...unsure], { order }),
    ...unsure.map((link) => ask([...spec.links, link], { order })),
    ask(spec.links, { order }),
    ask(spec.links, {}),
    ask([], {}),
  ];
  return [...new Set(statements)];
}

/** The times of the newest events of the span. */
export const newestStatement = (spec: EventSpec, subject: SubjectKind, question: Question): string =>
  eventStatement({
    subject,
    id: question.id,
    between: question.between,
    limit: question.limit,
    fields: [
      { table: spec.table, fields: ['id', spec.time] },
      { table: subject, fields: ['id'] },
    ],
    order: { field: spec.time, direction: 'desc' },
  });
