import type { SubjectKind } from '../../requests/subject.ts';
import { objectStatement, type Platform, packageIdsStatement, packagesStatement } from '../nxql.ts';
import { type EventSpec, eventStatements, newestStatement } from './event-tables.ts';
import { DEVICE_LISTS, type ListPlan, USER_LISTS } from './list-tables.ts';
import type { Question } from './question.ts';

/** A file whose rows are streamed as the Engine gives them, all columns of the answer. */
export interface StreamPlan {
  readonly kind: 'stream';
  /** Path in the archive. */
  readonly file: string;
  readonly platforms: readonly Platform[];
  /** Column that must hold the id of the Subject's object in each row. */
  readonly subjectColumn: string;
  /** Column with the row's time; tables without one are asked once, without windows. */
  readonly timeColumn?: string;
  /** Statements that ask the same, best first: a version that refuses one may know the next. */
  statements(question: Question): readonly string[];
  /** Asks for the newest rows of the span alone, to see whether an answer was cut without a word. */
  newest?(question: Question): string;
  /** For a table without a time that may have many rows: asks for the `id` of each, to see the same. */
  ids?(question: Question): string;
}

export type TablePlan = StreamPlan | ListPlan;

const COMPUTERS: readonly Platform[] = ['windows', 'mac_os'];
const WINDOWS: readonly Platform[] = ['windows'];
const SOFTWARE = ['binary', 'executable', 'application'];

/** Event tables linked to user and device. Source: docs/nxql.md, local/simulator/data-model.json. */
const SHARED_EVENTS: readonly EventSpec[] = [
  { file: 'executions', table: 'execution', links: SOFTWARE, time: 'start_time' },
  {
    file: 'connections',
    table: 'connection',
    links: [...SOFTWARE, 'destination', 'port'],
    unsure: ['service'],
    time: 'start_time',
  },
  {
    file: 'web_requests',
    table: 'web_request',
    links: [...SOFTWARE, 'destination', 'domain', 'port'],
    onWindows: ['url_path'],
    unsure: ['service'],
    time: 'start_time',
  },
  { file: 'user_activity', table: 'user_activity', links: [], time: 'time' },
  { file: 'session_performance', table: 'session_performance', links: [], time: 'start_time', platforms: WINDOWS },
  { file: 'execution_errors', table: 'execution_error', links: SOFTWARE, time: 'time' },
  { file: 'execution_warnings', table: 'execution_warning', links: SOFTWARE, time: 'start_time' },
  { file: 'print_jobs', table: 'print_job', links: ['printer'], time: 'time', platforms: WINDOWS },
  { file: 'port_scans', table: 'port_scan', links: ['binary', 'destination'], time: 'start_time', platforms: WINDOWS },
];

/** Event tables that know the device alone. */
const DEVICE_EVENTS: readonly EventSpec[] = [
  { file: 'device_activity', table: 'device_activity', links: [], time: 'time' },
  { file: 'device_errors', table: 'device_error', links: [], time: 'time' },
  { file: 'device_warnings', table: 'device_warning', links: [], time: 'start_time' },
  { file: 'device_performance', table: 'device_performance', links: [], time: 'start_time', platforms: WINDOWS },
  { file: 'installations', table: 'installation', links: ['package'], time: 'time', platforms: WINDOWS },
];

const events = (spec: EventSpec, subject: SubjectKind, people: readonly SubjectKind[]): StreamPlan => ({
  kind: 'stream',
  file: `engines/${spec.file}.csv`,
  platforms: spec.platforms ?? COMPUTERS,
  subjectColumn: `${subject}/id`,
  timeColumn: `${spec.table}/${spec.time}`,
  statements: (question) => eventStatements(spec, subject, people, question),
  newest: (question) => newestStatement(spec, subject, question),
});

const object = (kind: SubjectKind, platforms: readonly Platform[]): StreamPlan => ({
  kind: 'stream',
  file: `engines/${kind}.csv`,
  platforms,
  subjectColumn: 'id',
  statements: ({ id, dynamicFields }) => [objectStatement(kind, id, dynamicFields), objectStatement(kind, id)],
});

const PACKAGES: StreamPlan = {
  kind: 'stream',
  file: 'engines/packages.csv',
  platforms: COMPUTERS,
  subjectColumn: 'device/id',
  statements: ({ id }) => [packagesStatement(id)],
  ids: ({ id }) => packageIdsStatement(id),
};

/** What is asked of each Engine, in order. Source: docs/nxql.md */
export const PLAN: Readonly<Record<SubjectKind, readonly TablePlan[]>> = {
  user: [
    object('user', COMPUTERS),
    ...USER_LISTS,
    ...SHARED_EVENTS.map((spec) => events(spec, 'user', ['user', 'device'])),
  ],
  device: [
    object('device', [...COMPUTERS, 'mobile']),
    ...DEVICE_LISTS,
    ...SHARED_EVENTS.map((spec) => events(spec, 'device', ['device', 'user'])),
    ...DEVICE_EVENTS.map((spec) => events(spec, 'device', ['device'])),
    PACKAGES,
  ],
};

/** Platforms on which a name is looked up. */
export const platformsOf = (kind: SubjectKind): readonly Platform[] => PLAN[kind][0]!.platforms;
