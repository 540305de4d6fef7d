import { describe, expect, it } from 'vitest';
import { TABLES, tableNames } from '../../../local/simulator/world/data-model.ts';
import { type RawRow, rawRows } from '../../../local/simulator/world/raw-rows.ts';
import { deviceId, engine, failure, run, userId } from './evaluating.ts';

describe('evaluate, objects', () => {
  it.each(tableNames('object'))('answers every %s on each platform, with all fields', (name) => {
    for (const platform of TABLES.get(name)!.platforms) {
      const { header, rows } = run(`(select (*) (from ${name}))`, { platforms: [platform] });
      const expected = [...rawRows(engine, name, platform)].map(({ cells }) => cells);
      expect(rows.map((row) => Object.fromEntries(row.map((cell, index) => [header[index], cell])))).toEqual(expected);
    }
  });

  it('compares a name as a whole and with its case: the twin is another user', () => {
    const names = (value: string) => run(`(select (name) (from user (where user (eq name ${value}))))`).rows.flat();

    expect(names('(string jmeyer)')).toEqual(['jmeyer']);
    expect(names('(string "jmeyer2")')).toEqual(['jmeyer2']);
    expect(names('(string JMEYER)')).toEqual([]);
    expect(names('(string "jmeyer*")')).toEqual([]);
    expect(names('(pattern "jmeyer*")')).toEqual(['jmeyer', 'jmeyer2']);
    expect(names('(pattern "jmeyer?")')).toEqual(['jmeyer2']);
    expect(names(`(string "o'neil")`)).toEqual(["o'neil"]);
    expect(names("(string 'backup service (night)')")).toEqual(['backup service (night)']);
  });

  it.each([
    ['(gt number_of_cores (integer 8))', (row: RawRow) => Number(row.cells.number_of_cores) > 8],
    [
      '(ge number_of_cores (integer 4)) (le number_of_cores (integer 10))',
      ({ cells }: RawRow) => Number(cells.number_of_cores) >= 4 && Number(cells.number_of_cores) <= 10,
    ],
    ['(lt system_drive_usage (percent 0.5))', (row: RawRow) => Number(row.cells.system_drive_usage) < 0.5],
    ['(ne name (string "LT-101"))', (row: RawRow) => row.cells.name !== 'LT-101'],
    [
      '(eq local_administrators (string "jmeyer"))',
      (row: RawRow) => row.cells.local_administrators!.split(',').includes('jmeyer'),
    ],
    ['(eq bios_serial_number nil)', (row: RawRow) => row.cells.bios_serial_number === '-'],
    ['(eq #Category (enum VIP))', (row: RawRow) => row.dynamic.Category === 'VIP'],
    [
      `(gt #'score:Digital Experience/CPU' (percent 0.4))`,
      (row: RawRow) => Number(row.dynamic['score:Digital Experience/CPU']) > 0.4,
    ],
  ])('filters by %s', (filter, passes) => {
    const expected = [...rawRows(engine, 'device', 'windows')].filter(passes).map(({ id }) => [String(id)]);

    expect(expected.length).toBeGreaterThan(0);
    expect(run(`(select id (from device (where device ${filter})))`).rows).toEqual(expected);
  });

  it.each([
    ['gt', (a: number, b: number) => a > b],
    ['ge', (a: number, b: number) => a >= b],
    ['lt', (a: number, b: number) => a < b],
    ['le', (a: number, b: number) => a <= b],
    ['eq', (a: number, b: number) => a === b],
  ])('%s tells apart below, at and above a value that is there', (operator, passes) => {
    const devices = [...rawRows(engine, 'device', 'windows')];
    for (const bound of new Set(devices.map(({ cells }) => cells.number_of_cores!))) {
      const expected = devices.filter(({ cells }) => passes(Number(cells.number_of_cores), Number(bound)));
      const query = `(select id (from device (where device (${operator} number_of_cores (integer ${bound})))))`;
      expect(run(query).rows.flat()).toEqual(expected.map(({ id }) => String(id)));
    }
  });

  it('orders versions by their parts as numbers', () => {
    const expected = [...rawRows(engine, 'binary', 'windows')].filter(
      ({ cells }) => Number(cells.version!.split('.')[0]) >= 4,
    );

    expect(run('(select (id) (from binary (where binary (ge version (version 4)))))').rows.flat()).toEqual(
      expected.map(({ id }) => String(id)),
    );
  });

  it.each([
    '(eq name (integer 1))',
    '(gt name (string a))',
    '(eq id (string 1))',
    '(eq id (identifier x))',
    '(like name (string a))',
    '(eq * (string a))',
  ])('refuses the filter %s', (filter) => {
    expect(failure(`(select (id) (from device (where device ${filter})))`).status).toBe(400);
  });

  it('selects dynamic fields in their spellings, never by *', () => {
    const { header, rows } = run(
      `(select (name #Category #"Asset tag" #'score:Digital Experience/CPU') (from device))`,
    );

    expect(header).toEqual(['name', '#Category', '#Asset tag', '#score:Digital Experience/CPU']);
    expect(rows).toEqual(
      [...rawRows(engine, 'device', 'windows')].map(({ cells, dynamic }) => [
        cells.name,
        dynamic.Category,
        dynamic['Asset tag'],
        dynamic['score:Digital Experience/CPU'],
      ]),
    );
    expect(run('(select (*) (from device))').header.join()).not.toContain('#');
  });

  it.each(['#""', '#*', '#nonsense'])('tells the dynamic fields of a table when asked for %s', (name) => {
    expect(failure(`(select ${name} (from user))`).options).toContain('#score:Digital Experience/CPU');
  });

  it('tells near names, or else all of them', () => {
    expect(failure('(select (full_nam) (from user))').options).toEqual(['full_name']);
    expect(failure('(select (xyzzy) (from user))').options).toHaveLength(TABLES.get('user')!.fields.length);
  });

  it('gives one row per object with figures of its activity', () => {
    const events = [...rawRows(engine, 'user_activity', 'windows')].filter(({ links }) => links.user === userId);
    const devices = new Set(events.map(({ links }) => String(links.device)));

    const { header, rows } = run(
      `(select (id) (from device (with user_activity (where user (eq id (identifier ${userId}))) (compute number_of_events number_of_users) (between now-91d now))))`,
    );

    expect(header).toEqual(['id', 'number_of_events', 'number_of_users']);
    expect(new Set(rows.map(([id]) => id))).toEqual(devices);
    expect(rows.reduce((sum, [, count]) => sum + Number(count), 0)).toBe(events.length);
  });

  it('gives one row per pair of objects, packages of a device among them', () => {
    const packages = run(
      `(select ((device (name)) (package (*))) (from (device package) (with package (where device (eq id (identifier ${deviceId}))))))`,
    );
    const pairs = run(
      '(select ((user (id)) (device (id))) (from (user device) (with execution (between now-91d now))))',
    );

    expect(packages.rows.length).toBeGreaterThan(3);
    expect(new Set(packages.rows.map(([name]) => name))).toEqual(new Set(['LT-101']));
    const seen = [...rawRows(engine, 'execution', 'windows')].filter(({ links }) => links.user !== undefined);
    expect(pairs.rows).toHaveLength(new Set(seen.map(({ links }) => `${links.user} ${links.device}`)).size);
  });

  it('orders by a field', () => {
    const names = run('(select (name) (from user) (order_by name desc) (limit 5))').rows.flat();

    expect(names).toEqual(
      [...rawRows(engine, 'user', 'windows')]
        .map(({ cells }) => cells.name)
        .sort()
        .reverse()
        .slice(0, 5),
    );
  });
});
