import { describe, expect, it } from 'vitest';
import { run } from './evaluating.ts';
import { all, DAY, decorated, during, type Expected, HOUR, linked, MIDNIGHT, now, number, pick } from './oracle.ts';

const binary = all('binary')[2]!;
const domain = all('domain')[1]!.cells.name!;
const isOf = (table: string, id: number) => (row: ReturnType<typeof all>[number]) => row.links[table] === id;
const FOUND = [
  'binary/executable_name',
  'binary/version',
  'user/name',
  'device/name',
  'device/last_ip_address',
  'execution/binary_path',
  'execution/start_time',
];

const STATEMENTS: readonly (readonly [style: string, statement: string, expected: () => Expected])[] = [
  [
    'plain',
    '(select (id start_time) (from connection (between now-7d now)) (limit 100000))',
    () => pick(during('connection', now - 7 * DAY, now), ['id', 'start_time']),
  ],
  [
    'minutes',
    '(select (id) (from connection (between now-90m now)) (limit 1000))',
    () => pick(during('connection', now - 1.5 * HOUR, now), ['id']),
  ],
  [
    'hours',
    '(select (id) (from execution (between now-36h now-12h)) (limit 100000))',
    () => pick(during('execution', now - 36 * HOUR, now - 12 * HOUR), ['id']),
  ],
  [
    'weeks',
    '(select (id) (from execution (between now-2w now)) (limit 100000))',
    () => pick(during('execution', now - 14 * DAY, now), ['id']),
  ],
  [
    'midnights',
    '(select (id) (from user_activity (between midnight-3d midnight-1d)) (order_by time asc) (limit 10000))',
    () => pick(during('user_activity', MIDNIGHT - 3 * DAY, MIDNIGHT - DAY), ['id']),
  ],
  [
    'absolute, bare',
    '(select (id) (from execution (between 2026-11-10T00:00:00 2026-11-12T12:30:00)) (limit 10000))',
    () => pick(during('execution', Date.parse('2026-11-10T05:00:00Z'), Date.parse('2026-11-12T17:30:00Z')), ['id']),
  ],
  [
    'absolute, in quotes',
    `(select (id) (from execution (between "2026-11-10" '2026-11-11')) (limit 10000))`,
    () => pick(during('execution', Date.parse('2026-11-10T05:00:00Z'), Date.parse('2026-11-11T05:00:00Z')), ['id']),
  ],
  [
    'absolute, with its type',
    '(select (id) (from execution (between (datetime "2026-11-10 06:00:00") (datetime now-3d))) (limit 10000))',
    () => pick(during('execution', Date.parse('2026-11-10T11:00:00Z'), now - 3 * DAY), ['id']),
  ],
  [
    'descending',
    '(select (id) (from execution (between now-7d now)) (order_by start_time desc) (limit 5))',
    () =>
      pick(
        during('execution', now - 7 * DAY, now)
          .reverse()
          .slice(0, 5),
        ['id'],
      ),
  ],
  [
    'ordered by a figure',
    '(select (id duration) (from execution (between now-7d now)) (order_by duration) (limit 9))',
    () =>
      pick(
        during('execution', now - 7 * DAY, now)
          .toSorted((a, b) => number(a, 'duration') - number(b, 'duration'))
          .slice(0, 9),
        ['id', 'duration'],
      ),
  ],
  [
    'ordered by a linked field',
    '(select ((execution (id)) (device (name))) (from (execution device) (between now-7d now)) (order_by device/name desc) (limit 100000))',
    () =>
      decorated(
        'execution',
        during('execution', now - 7 * DAY, now).toSorted((a, b) => {
          const [left, right] = [linked(a, 'device')!.cells.name!, linked(b, 'device')!.cells.name!];
          return left < right ? 1 : left > right ? -1 : 0;
        }),
        ['execution/id', 'device/name'],
      ),
  ],
  [
    'tables in any order',
    `(select ((binary (executable_name version)) (user (name)) (device (name last_ip_address)) (execution (binary_path start_time)))
    (from (binary user device execution) (where binary (eq hash (md5 ${binary.cells.hash}))) (between now-30d now)) (limit 1000))`,
    () => decorated('execution', during('execution', now - 30 * DAY, now).filter(isOf('binary', binary.id)), FOUND),
  ],
  [
    'between outside of from',
    `(select ((binary (executable_name version)) (user (name)) (device (name last_ip_address)) (execution (binary_path start_time)))
\t(from (binary user device execution)
    (where binary (eq sha1 (sha1 ${binary.cells.sha1}))))
    (between now-15d now)
\t(limit 1000))
    `,
    () => decorated('execution', during('execution', now - 15 * DAY, now).filter(isOf('binary', binary.id)), FOUND),
  ],
  [
    'bare, with a table several times',
    `select ((device name) (device (name last_ip_address)) (user name)(user department) (binary #"Suspicious binary")(domain protocol) (port port_number)(web_request incoming_traffic))
(from (web_request device user binary executable destination domain port)
(where domain (eq name(string ${domain})))
(between now-60d now))
(limit 1000)`,
    () =>
      decorated(
        'web_request',
        during('web_request', now - 60 * DAY, now).filter((row) => linked(row, 'domain')!.cells.name === domain),
        [
          'device/name',
          'device/name',
          'device/last_ip_address',
          'user/name',
          'user/department',
          'binary/#Suspicious binary',
          'domain/protocol',
          'port/port_number',
          'web_request/incoming_traffic',
        ],
      ),
  ],
  [
    'where on several tables',
    '(select ((connection (id)) (user name)) (from (connection user device) (where user (eq name (string jmeyer))) (where device (eq name (string LT-101))) (where connection (ne status (enum closed))) (between now-30d now)) (limit 10000))',
    () =>
      decorated(
        'connection',
        during('connection', now - 30 * DAY, now).filter(
          (row) =>
            linked(row, 'user')?.cells.name === 'jmeyer' &&
            linked(row, 'device')?.cells.name === 'LT-101' &&
            row.cells.status !== 'closed',
        ),
        ['connection/id', 'user/name'],
      ),
  ],
  [
    'an event by its own figure',
    '(select (id) (from web_request (where web_request (ge http_status (http_status_code 400))) (between now-30d now)) (limit 100000))',
    () =>
      pick(
        during('web_request', now - 30 * DAY, now).filter((row) => number(row, 'http_status') >= 400),
        ['id'],
      ),
  ],
  [
    'milliseconds',
    '(select (id) (from execution (where execution (gt duration (millisecond 1000000))) (between now-30d now)) (limit 100000))',
    () =>
      pick(
        during('execution', now - 30 * DAY, now).filter((row) => number(row, 'duration') > 1e6),
        ['id'],
      ),
  ],
];

describe('published statements about events (R9, R10)', () => {
  it.each(STATEMENTS)('%s: %s', (_, statement, expected) => {
    const { header, rows } = expected();
    expect(rows.length).toBeGreaterThan(0);
    expect(run(statement)).toEqual({ header, rows });
  });
});
