import { describe, expect, it } from 'vitest';
import { TABLES, tableNames } from '../../../../local/simulator/world/data-model.ts';
import { type RawRow, rawRows } from '../../../../local/simulator/world/raw-rows.ts';
import { DAY, deviceId, engine, failure, midnight, NOW, objectsOf, overlaps, run, userId } from '../evaluating.ts';

describe('evaluate, events', () => {
  const cases = tableNames('event').flatMap((name) =>
    TABLES.get(name)!.platforms.map((platform) => [name, platform] as const),
  );

  it.each(cases)('answers a decorated select of %s on %s with what a plain scan finds (R9, R10)', (name, platform) => {
    const table = TABLES.get(name)!;
    const links = table.links.filter((object) => TABLES.get(object)!.platforms.includes(platform));
    const subject = links.includes('user') ? 'user' : 'device';
    const macDevice = [...rawRows(engine, 'device', 'mac_os')].find(({ cells }) => cells.name === 'MB-201')!.id;
    const id = subject === 'user' ? userId : platform === 'mac_os' ? macDevice : deviceId;
    const scanned = [...rawRows(engine, name, platform)].filter(
      (row) => row.links[subject] === id && overlaps(row, midnight - 20 * DAY, NOW.getTime()),
    );
    const linked = new Map(links.map((object) => [object, objectsOf(object, platform)]));
    const expected = scanned.map((row) => [
      ...Object.values(row.cells),
      ...links.flatMap((object) => {
        const found = linked.get(object)!.get(row.links[object] ?? -1);
        const fields = Object.keys([...linked.get(object)!.values()][0]!.cells);
        return fields.map((field) => found?.cells[field] ?? '-');
      }),
    ]);

    const { header, rows } = run(
      `(select ((${name} (*)) ${links.map((object) => `(${object} (*))`).join(' ')}) (from (${name} ${links.join(' ')}) (where ${subject} (eq id (identifier ${id}))) (between midnight-20d now)) (order_by ${table.time!.start} asc) (limit 100000))`,
      { platforms: [platform] },
    );

    expect(rows.length).toBeGreaterThan(0);
    expect(rows).toEqual(expected);
    expect(header.slice(0, 2)).toEqual(
      table.fields
        .filter((field) => field.platforms.includes(platform))
        .slice(0, 2)
        .map((field) => `${name}/${field.name}`),
    );
  });

  it('selects events that overlap the interval, or on demand those that start in it', () => {
    const query = '(select (id) (from connection (between midnight-9d midnight-8d)) (limit 100000))';
    const [from, to] = [engine.zone.midnight(NOW.getTime(), -9), engine.zone.midnight(NOW.getTime(), -8)];
    const all = [...rawRows(engine, 'connection', 'windows')];
    const ids = (rows: RawRow[]) => rows.map(({ cells }) => [cells.id!]);

    const overlapping = run(query).rows;
    const starting = run(query, { between: 'start' }).rows;

    expect(overlapping).toEqual(ids(all.filter((row) => overlaps(row, from, to))));
    expect(starting).toEqual(ids(all.filter(({ start }) => start! >= from && start! < to)));
    expect(overlapping.length).toBeGreaterThan(starting.length);
  });

  it('leaves out an event that ends when the interval begins, and one that begins when it ends', () => {
    const events = [...rawRows(engine, 'execution', 'windows')];
    const { id, start, end, cells } = events.find((row) => row.end! > row.start! && row.end! < NOW.getTime() - DAY)!;
    const ids = (from: string, to: string) =>
      run(`(select (id) (from execution (between ${from} ${to})) (limit 100000))`).rows.flat();

    expect(end).toBeGreaterThan(start!);
    expect(ids(cells.end_time!, 'now')).not.toContain(String(id));
    expect(ids('now-99d', cells.start_time!)).not.toContain(String(id));
    expect(ids(cells.start_time!, cells.end_time!)).toContain(String(id));
  });

  it('cuts at the limit; limit 0 gives the header alone', () => {
    const query = '(select (id start_time) (from execution (between now-90d now)) (order_by start_time desc)';

    expect(run(`${query} (limit 3))`).rows.map(([, start]) => start)).toEqual(
      [...rawRows(engine, 'execution', 'windows')]
        .slice(-3)
        .reverse()
        .map(({ cells }) => cells.start_time),
    );
    expect(run(`${query} (limit 0))`)).toEqual({ header: ['id', 'start_time'], rows: [] });
  });

  it('keeps to the fields that several platforms share, with the rows of all', () => {
    const { header, rows } = run('(select (*) (from execution (between now-91d now)) (limit 100000))', {
      platforms: ['windows', 'mac_os'],
    });

    expect(header).not.toContain('startup_duration');
    expect(header).toContain('status');
    expect(rows).toHaveLength(engine.events.get('execution')!.count);
  });

  it.each([
    ['no limit', '(select (id) (from execution (between now-1d now)))', 'limit'],
    ['no between', '(select (id) (from execution) (limit 1))', 'between'],
    [
      'an unlinked table',
      '(select ((execution (id)) (printer (*))) (from (execution printer) (between now-1d now)) (limit 1))',
      'application',
    ],
    [
      'an unlinked filter',
      '(select (id) (from device_error (where user (eq name (string x))) (between now-1d now)) (limit 1))',
      'device',
    ],
    [
      'a table that is not in from',
      '(select ((execution (id)) (device (*))) (from execution (between now-1d now)) (limit 1))',
      'execution',
    ],
    ['an unknown table', '(select (id) (from executionn (between now-1d now)) (limit 1))', 'execution'],
    [
      'an unknown aggregate',
      '(select (id) (from device (with execution (compute number_of_cats) (between now-1d now))))',
      'number_of_events',
    ],
  ])('refuses %s and tells what would be good', (_, query, option) => {
    expect(failure(query).options).toContain(option);
  });

  it('refuses a decoration that the platform lacks', () => {
    const query =
      '(select ((web_request (id)) (url_path (*))) (from (web_request url_path) (between now-1d now)) (limit 1))';

    expect(run(query).header).toContain('url_path/path');
    expect(failure(query, { platforms: ['mac_os'] }).options).not.toContain('url_path');
    expect(
      failure('(select (id) (from print_job (between now-1d now)) (limit 1))', { platforms: ['mac_os'] }).status,
    ).toBe(400);
  });
});
