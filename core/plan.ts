import type { SubjectKind } from './model.ts';
import { type Between, eventStatement, objectStatement, type Platform, packagesStatement } from './nxql.ts';

/** One CSV file of an Engine's data and how its rows are asked for. */
export interface TablePlan {
  /** Path in the archive. */
  readonly file: string;
  readonly platforms: readonly Platform[];
  /** Column that must hold the id of the Subject's object in each row. */
  readonly subjectColumn: string;
  /** Column with the row's time; tables without one are asked once, without windows. */
  readonly timeColumn?: string;
  /** @param limit rows at most; 0 asks for the header alone */
  statement(id: string, between: Between, limit: number): string;
}

interface EventSpec {
  readonly file: string;
  readonly table: string;
  readonly links: readonly string[];
  readonly timeField: 'start_time' | 'time';
  readonly platforms?: readonly Platform[];
}

const COMPUTERS: readonly Platform[] = ['windows', 'mac_os'];
const WINDOWS: readonly Platform[] = ['windows'];
const SOFTWARE = ['binary', 'executable', 'application'];

/** Event tables linked to user and device. Source: domain/retrieval-plan.md section 3, nxql-data-model.json. */
const SHARED_EVENTS: readonly EventSpec[] = [
  { file: 'executions', table: 'execution', links: SOFTWARE, timeField: 'start_time' },
  { file: 'connections', table: 'connection', links: [...SOFTWARE, 'destination', 'port'], timeField: 'start_time' },
  {
    file: 'web_requests',
    table: 'web_request',
    links: [...SOFTWARE, 'destination', 'domain', 'port'],
    timeField: 'start_time',
  },
  { file: 'user_activity', table: 'user_activity', links: [], timeField: 'time' },
  {
    file: 'session_performance',
    table: 'session_performance',
    links: [],
    timeField: 'start_time',
    platforms: WINDOWS,
  },
  { file: 'execution_errors', table: 'execution_error', links: SOFTWARE, timeField: 'time' },
  { file: 'execution_warnings', table: 'execution_warning', links: SOFTWARE, timeField: 'start_time' },
  { file: 'print_jobs', table: 'print_job', links: ['printer'], timeField: 'time', platforms: WINDOWS },
  {
    file: 'port_scans',
    table: 'port_scan',
    links: ['binary', 'destination'],
    timeField: 'start_time',
    platforms: WINDOWS,
  },
];

/** Event tables that know the device alone. */
const DEVICE_EVENTS: readonly EventSpec[] = [
  { file: 'device_activity', table: 'device_activity', links: [], timeField: 'time' },
  { file: 'device_errors', table: 'device_error', links: [], timeField: 'time' },
  { file: 'device_warnings', table: 'device_warning', links: [], timeField: 'start_time' },
  { file: 'device_performance', table: 'device_performance', links: [], timeField: 'start_time', platforms: WINDOWS },
  { file: 'installations', table: 'installation', links: ['package'], timeField: 'time', platforms: WINDOWS },
];

const events = (spec: EventSpec, subject: SubjectKind, people: readonly SubjectKind[]): TablePlan => ({
  file: `engines/${spec.file}.csv`,
  platforms: spec.platforms ?? COMPUTERS,
  subjectColumn: `${subject}/id`,
  timeColumn: `${spec.table}/${spec.timeField}`,
  statement: (id, between, limit) =>
    eventStatement({
      table: spec.table,
      links: [...people, ...spec.links],
      subject,
      id,
      timeField: spec.timeField,
      between,
      limit,
    }),
});

const object = (kind: SubjectKind, platforms: readonly Platform[]): TablePlan => ({
  file: `engines/${kind}.csv`,
  platforms,
  subjectColumn: 'id',
  statement: (id) => objectStatement(kind, id),
});

const PACKAGES: TablePlan = {
  file: 'engines/packages.csv',
  platforms: COMPUTERS,
  subjectColumn: 'device/id',
  statement: (id) => packagesStatement(id),
};

/** What is asked of each Engine, in order. Source: domain/retrieval-plan.md section 3. */
export const PLAN: Readonly<Record<SubjectKind, readonly TablePlan[]>> = {
  user: [object('user', COMPUTERS), ...SHARED_EVENTS.map((spec) => events(spec, 'user', ['user', 'device']))],
  device: [
    object('device', [...COMPUTERS, 'mobile']),
    ...SHARED_EVENTS.map((spec) => events(spec, 'device', ['device', 'user'])),
    ...DEVICE_EVENTS.map((spec) => events(spec, 'device', ['device'])),
    PACKAGES,
  ],
};

/** Platforms on which a name is looked up. */
export const platformsOf = (kind: SubjectKind): readonly Platform[] => PLAN[kind][0]!.platforms;
