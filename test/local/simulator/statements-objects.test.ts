import { describe, expect, it } from 'vitest';
import { run } from './evaluating.ts';
import { all, type Expected, pick } from './oracle.ts';

const users = all('user');
const devices = all('device');
const ip = devices[0]!.cells.ip_addresses!.split(',')[0]!;
const named = (name: string) => devices.filter(({ cells }) => cells.name === name);
const columns = (table: string, matches: (field: string) => boolean) =>
  Object.keys(all(table)[0]!.cells).filter(matches);

const grouped = () => ({ ...pick(devices, ['id', 'name']), header: ['device/id', 'device/name'] });

/** How published clients write, each with what a plain look at the data gives. */
const STATEMENTS: readonly (readonly [style: string, statement: string, expected: () => Expected])[] = [
  ['whole', '(select (name) (from device))', () => pick(devices, ['name'])],
  ['without blanks', '(select(name)(from device))', () => pick(devices, ['name'])],
  ['a blank too many', '(select (name) (from device ) (limit 1))', () => pick(devices.slice(0, 1), ['name'])],
  ['bare, after a verb', 'select (name device_type) (from device)', () => pick(devices, ['name', 'device_type'])],
  [
    'bare and unclosed',
    'select (name) (from device (where device (eq name (string LT-101',
    () => pick(named('LT-101'), ['name']),
  ],
  ['several fields without a list', 'select id name (from device)', () => pick(devices, ['id', 'name'])],
  ['a group without a list', '(select (device (id name)) (from device))', grouped],
  ['a group in its list', '(select ((device (id name))) (from device))', grouped],
  ['one field without a list', '(select id (from device))', () => pick(devices, ['id'])],
  [
    'all without a list',
    '(select * (from user))',
    () =>
      pick(
        users,
        columns('user', () => true),
      ),
  ],
  [
    'several lines and tabs',
    '(select \n\t(id name entity) \r\n  (from device)\n  (limit 10000)\n )\n',
    () => pick(devices, ['id', 'name', 'entity']),
  ],
  [
    'fields in quotes',
    `(select (name "last_logon_time" 'entity') (from device))`,
    () => pick(devices, ['name', 'last_logon_time', 'entity']),
  ],
  [
    'unclosed after a quote',
    '(select (name) (from device (where device (eq name (string "LT-101"',
    () => pick(named('LT-101'), ['name']),
  ],
  [
    'single quotes',
    `(select (name) (from device (where device ( eq ip_addresses (ip_address '${ip}')))))`,
    () =>
      pick(
        devices.filter(({ cells }) => cells.ip_addresses!.split(',').includes(ip)),
        ['name'],
      ),
  ],
  [
    'bare literal',
    '(select (name) (from device (where device (eq name (string LT-1011)))))',
    () => pick(named('LT-1011'), ['name']),
  ],
  [
    'no blank after the field',
    '(select (name)(from device(where device(eq name(pattern "LT-*")))))',
    () =>
      pick(
        devices.filter(({ cells }) => cells.name!.startsWith('LT-')),
        ['name'],
      ),
  ],
  [
    'literal without type',
    '(select (name) (from device (where device (eq name "LT-101"))))',
    () => pick(named('LT-101'), ['name']),
  ],
  [
    'wildcard in front',
    '(select (name *entity) (from device))',
    () => pick(devices, ['name', ...columns('device', (f) => f.endsWith('entity'))]),
  ],
  [
    'wildcard around',
    '(select (*antivirus*) (from device))',
    () =>
      pick(
        devices,
        columns('device', (f) => f.includes('antivirus')),
      ),
  ],
  ['dynamic, bare', '(select (id #Category) (from device))', () => pick(devices, ['id', '#Category'])],
  [
    'dynamic, double quotes',
    '(select (id #Category #"Asset tag") (from device))',
    () => pick(devices, ['id', '#Category', '#Asset tag']),
  ],
  [
    'dynamic, single quotes',
    `(select (name) (from device (where device (eq #'Source is active' (enum yes))))`,
    () =>
      pick(
        devices.filter(({ dynamic }) => dynamic['Source is active'] === 'yes'),
        ['name'],
      ),
  ],
  [
    'scores',
    '(select (name #"score:Digital Experience/CPU" #"score:Digital Experience/CPU/payload") (from user))',
    () => pick(users, ['name', '#score:Digital Experience/CPU', '#score:Digital Experience/CPU/payload']),
  ],
];

describe('published statements about objects (R10)', () => {
  it.each(STATEMENTS)('%s: %s', (_, statement, expected) => {
    expect(run(statement)).toEqual(expected());
  });

  it('are not answered with nothing alone', () => {
    const filled = STATEMENTS.filter(([, , expected]) => expected().rows.length > 0);

    expect(filled.length).toBeGreaterThan(STATEMENTS.length - 4);
  });
});
