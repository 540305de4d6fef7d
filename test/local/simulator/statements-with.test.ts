import { describe, expect, it } from 'vitest';
import { run, userId } from './evaluating.ts';
import { type all, DAY, decorated, during, type Expected, linked, MIDNIGHT, now, perObject, total } from './oracle.ts';

const isOf = (table: string, id: number) => (row: ReturnType<typeof all>[number]) => row.links[table] === id;

const figures = (
  table: string,
  events: ReturnType<typeof all>,
  names: string[],
  of: (found: ReturnType<typeof all>) => string[],
): Expected => ({
  header: ['name', ...names],
  rows: perObject(table, events).map(([object, found]) => [object.cells.name!, ...of(found)]),
});
const distinct = (rows: ReturnType<typeof all>, table: string) =>
  String(new Set(rows.map(({ links }) => links[table]).filter((id) => id !== undefined)).size);

const STATEMENTS: readonly (readonly [style: string, statement: string, expected: () => Expected])[] = [
  [
    'with and compute',
    '(select (name) (from device (with execution (compute number_of_users number_of_events number_of_executions) (between now-7d now))))',
    () =>
      figures(
        'device',
        during('execution', now - 7 * DAY, now),
        ['number_of_users', 'number_of_events', 'number_of_executions'],
        (found) => [distinct(found, 'user'), String(found.length), String(found.length)],
      ),
  ],
  [
    'between after a with clause',
    '(select (name) (from device (with execution (compute number_of_events))) (between now-2d now))',
    () =>
      figures('device', during('execution', now - 2 * DAY, now), ['number_of_events'], (found) => [
        String(found.length),
      ]),
  ],
  [
    'with and where',
    `(select (name) (from device (with user_activity (where user (eq id (identifier ${userId}))) (compute number_of_logons cumulated_interaction_duration) (between now-60d now))))`,
    () =>
      figures(
        'device',
        during('user_activity', now - 60 * DAY, now).filter(isOf('user', userId)),
        ['number_of_logons', 'cumulated_interaction_duration'],
        (found) => [
          String(found.filter(({ cells }) => cells.type === 'logon').length),
          total(
            found.filter(({ cells }) => cells.type === 'interaction'),
            'duration',
          ),
        ],
      ),
  ],
  [
    'traffic',
    '(select (name) (from user (with connection (compute incoming_traffic outgoing_traffic cumulated_duration) (between midnight-9d midnight))))',
    () =>
      figures(
        'user',
        during('connection', MIDNIGHT - 9 * DAY, MIDNIGHT),
        ['incoming_traffic', 'outgoing_traffic', 'cumulated_duration'],
        (found) => ['incoming_traffic', 'outgoing_traffic', 'duration'].map((field) => total(found, field)),
      ),
  ],
  [
    'warnings',
    '(select (name) (from device (with device_warning (compute number_of_warnings cumulated_warning_duration activity_start_time) (between now-60d now))))',
    () =>
      figures(
        'device',
        during('device_warning', now - 60 * DAY, now),
        ['number_of_warnings', 'cumulated_warning_duration', 'activity_start_time'],
        (found) => [String(found.length), total(found, 'warning_duration'), found[0]!.cells.start_time!],
      ),
  ],
  [
    'ordered by a computed figure',
    '(select (name) (from user (with execution (compute number_of_events) (between now-30d now))) (order_by number_of_events desc) (limit 3))',
    () => {
      const { header, rows } = figures(
        'user',
        during('execution', now - 30 * DAY, now),
        ['number_of_events'],
        (found) => [String(found.length)],
      );
      return { header, rows: rows.toSorted((a, b) => Number(b[1]) - Number(a[1])).slice(0, 3) };
    },
  ],
  [
    'two objects',
    '(select ((user (name)) (device (name))) (from (user device) (with execution (where executable (eq name (pattern "*-1.exe"))) (between now-90d now))))',
    () => {
      const found = during('execution', now - 90 * DAY, now).filter(
        (row) => linked(row, 'executable')!.cells.name!.endsWith('-1.exe') && linked(row, 'user'),
      );
      const once = new Map(found.toReversed().map((row) => [`${row.links.user} ${row.links.device}`, row]));
      return decorated(
        'execution',
        found.filter((row) => [...once.values()].includes(row)),
        ['user/name', 'device/name'],
      );
    },
  ],
];

describe('published statements about activity (R9, R10)', () => {
  it.each(STATEMENTS)('%s: %s', (_, statement, expected) => {
    const { header, rows } = expected();
    expect(rows.length).toBeGreaterThan(0);
    expect(run(statement)).toEqual({ header, rows });
  });

  it('reads two objects alike whether or not their groups stand in a list', () => {
    const source = '(from (user device) (with user_activity (between now-7d now)))';
    const listed = run(`(select ((user (name)) (device (name))) ${source})`);

    expect(listed.rows.length).toBeGreaterThan(0);
    expect(run(`(select (user (name)) (device (name)) ${source})`)).toEqual(listed);
    expect(run(`select (user name) (device name) ${source}`)).toEqual(listed);
  });

  it('finds packages by name and device, without between', () => {
    const { rows } = run(`(select ((device (*)) (package (*))) (from (device package)
(with package (where package (eq name (pattern '*Mail*')))
(where device (eq name (pattern 'LT-101')))))
(limit 100))`);
    const implied = run(
      '(select ((device (id)) (package (id))) (from (device package) (where device (eq name (string LT-101))) (between midnight-1d now)))',
    );

    expect(rows.length).toBeGreaterThan(0);
    expect(implied.rows.length).toBeGreaterThan(rows.length);
  });
});
