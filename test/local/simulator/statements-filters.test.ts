import { describe, expect, it } from 'vitest';
import { run } from './evaluating.ts';
import { all, type Expected, number, pick } from './oracle.ts';

const users = all('user');
const devices = all('device');
const binaries = all('binary');
const [hash, sha1] = [binaries[3]!.cells.hash!, binaries[5]!.cells.sha1!];
const named = (name: string) => devices.filter(({ cells }) => cells.name === name);

/** How published clients write, each with what a plain look at the data gives. */
const STATEMENTS: readonly (readonly [style: string, statement: string, expected: () => Expected])[] = [
  [
    'logical operators',
    '(select (name) (from device (where device (or (eq name (string LT-101)) (and (eq name (string "LT-1011")) (not (eq id (identifier 0))))))))',
    () =>
      pick(
        devices.filter(({ cells }) => ['LT-101', 'LT-1011'].includes(cells.name!)),
        ['name'],
      ),
  ],
  [
    'percent literal',
    '(select (name) (from device (where device (gt total_drive_usage (percent 0.85)))))',
    () =>
      pick(
        devices.filter((row) => number(row, 'total_drive_usage') > 0.85),
        ['name'],
      ),
  ],
  [
    'permill literal',
    '(select (name) (from user (where user (le database_usage (permill 500)))))',
    () =>
      pick(
        users.filter((row) => number(row, 'database_usage') <= 500),
        ['name'],
      ),
  ],
  [
    'byte literal',
    '(select (name) (from device (where device (ge total_ram (byte 17179869184)))))',
    () =>
      pick(
        devices.filter((row) => number(row, 'total_ram') >= 2 ** 34),
        ['name'],
      ),
  ],
  [
    'day literal',
    '(select (name) (from user (where user (lt total_active_days (day 100)))))',
    () =>
      pick(
        users.filter((row) => number(row, 'total_active_days') < 100),
        ['name'],
      ),
  ],
  [
    'sid literal',
    `(select (name) (from user (where user (eq sid (sid ${users[0]!.cells.sid})))))`,
    () =>
      pick(
        users.filter(({ cells }) => cells.sid === users[0]!.cells.sid),
        ['name'],
      ),
  ],
  [
    'md5 in capitals',
    `(select (executable_name version) (from binary (where binary (eq hash (md5 ${hash.toUpperCase()})))))`,
    () =>
      pick(
        binaries.filter(({ cells }) => cells.hash === hash),
        ['executable_name', 'version'],
      ),
  ],
  [
    'sha1 literal',
    `(select (executable_name) (from binary (where binary (eq sha1 (sha1 ${sha1})))))`,
    () =>
      pick(
        binaries.filter(({ cells }) => cells.sha1 === sha1),
        ['executable_name'],
      ),
  ],
  ...(['sha1', 'sha256'] as const).map((kind): [string, string, () => Expected] => [
    `${kind} on a field of md5, which is another kind`,
    `(select (hash) (from binary (where binary (ne hash (${kind} ${hash})))))`,
    () => pick(binaries, ['hash']),
  ]),
  [
    'hashes of all binaries',
    '(select (hash sha1 sha256) (from binary))',
    () => pick(binaries, ['hash', 'sha1', 'sha256']),
  ],
  [
    'identifier',
    `(select (name) (from user (where user (eq id (identifier ${users[2]!.id})))))`,
    () => pick([users[2]!], ['name']),
  ],
  [
    'boolean',
    '(select (name) (from user (where user (eq seen_on_mac_os (boolean yes)))))',
    () =>
      pick(
        users.filter(({ cells }) => cells.seen_on_mac_os === 'yes'),
        ['name'],
      ),
  ],
  [
    'nil',
    '(select (name) (from user (where user (ne full_name nil))))',
    () =>
      pick(
        users.filter(({ cells }) => cells.full_name !== '-'),
        ['name'],
      ),
  ],
  [
    'two filters in one where',
    '(select (name) (from user (where user (ne name (string jmeyer)) (ne name (string jmeyer2)))))',
    () =>
      pick(
        users.filter(({ cells }) => !['jmeyer', 'jmeyer2'].includes(cells.name!)),
        ['name'],
      ),
  ],
  [
    'two wheres',
    '(select (name) (from device (where device (ne name (string LT-101))) (where device (gt number_of_cores (integer 8)))))',
    () =>
      pick(
        devices.filter((row) => row.cells.name !== 'LT-101' && number(row, 'number_of_cores') > 8),
        ['name'],
      ),
  ],
  [
    'order by name',
    '(select (name "entity" #"score:Digital Experience/CPU") (from device (where device(eq name (string "LT-101")))) (order_by name asc))',
    () => pick(named('LT-101'), ['name', 'entity', '#score:Digital Experience/CPU']),
  ],
  [
    'order, direction first',
    '(select (id) (from device) (order_by (desc id)) (limit 4))',
    () => pick(devices.toSorted((a, b) => b.id - a.id).slice(0, 4), ['id']),
  ],
  [
    'order, by default',
    '(select (id) (from device) (order_by id))',
    () =>
      pick(
        devices.toSorted((a, b) => a.id - b.id),
        ['id'],
      ),
  ],
  [
    'order, two keys',
    '(select (id entity) (from device) (order_by (entity descending) (id asc)))',
    () =>
      pick(
        devices.toSorted((a, b) =>
          a.cells.entity! < b.cells.entity! ? 1 : a.cells.entity! > b.cells.entity! ? -1 : a.id - b.id,
        ),
        ['id', 'entity'],
      ),
  ],
  ['no rows wanted', '(select (id name) (from user) (limit 0))', () => pick([], ['id', 'name'])],
  [
    'time as a filter',
    '(select (name) (from user (where user (gt last_seen (datetime now-30m)))))',
    () =>
      pick(
        users.filter(({ cells }) => cells.last_seen! > '2026-11-23T04:50:30'),
        ['name'],
      ),
  ],
];

describe('published filters and orders of objects (R10)', () => {
  it.each(STATEMENTS)('%s: %s', (_, statement, expected) => {
    expect(run(statement)).toEqual(expected());
  });

  it('are not answered with nothing alone', () => {
    const filled = STATEMENTS.filter(([, , expected]) => expected().rows.length > 0);

    expect(filled.length).toBeGreaterThan(STATEMENTS.length - 4);
  });
});
