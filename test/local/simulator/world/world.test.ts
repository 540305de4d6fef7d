import { describe, expect, it } from 'vitest';
import { TABLES, tableNames } from '../../../../local/simulator/world/data-model.ts';
import { type RawRow, rawRows } from '../../../../local/simulator/world/raw-rows.ts';
import { AWKWARD_TEXTS } from '../../../../local/simulator/world/values.ts';
import { buildWorld, type EngineWorld } from '../../../../local/simulator/world/world.ts';

const NOW = new Date('2026-11-23T10:20:30Z');
const DAY = 86_400_000;
const world = buildWorld({ engines: 3, rows: 3000, seed: 7, now: NOW });

const allRows = (engine: EngineWorld, table: string): RawRow[] =>
  TABLES.get(table)!.platforms.flatMap((platform) => [...rawRows(engine, table, platform)]);

describe('buildWorld', () => {
  it('knows every table of the data model (R9)', () => {
    expect(TABLES.size).toBe(26);
    expect(tableNames('event')).toHaveLength(14);
  });

  it.each([...TABLES.values()].map((table) => [table.name, table] as const))(
    'has rows of its own in %s on every Engine and platform, with exactly the fields of that platform (R9)',
    (name, table) => {
      for (const engine of world.engines) {
        for (const platform of table.platforms) {
          const rows = [...rawRows(engine, name, platform)];
          expect(rows.length).toBeGreaterThan(0);
          const fields = table.fields.filter((field) => field.platforms.includes(platform)).map((field) => field.name);
          expect(Object.keys(rows[0]!.cells)).toEqual(fields);
        }
      }
    },
  );

  it('gives no two tables the same rows', () => {
    const seen = new Map<string, string>();
    for (const { name } of TABLES.values()) {
      for (const { cells } of allRows(world.engines[0]!, name)) {
        const text = JSON.stringify(cells);
        expect(seen.get(text) ?? name).toBe(name);
        seen.set(text, name);
      }
    }
  });

  it('has as many event rows per Engine as asked for', () => {
    for (const rows of [0, 5, 100, 3000]) {
      const engine = buildWorld({ engines: 1, rows, seed: 1, now: NOW }).engines[0]!;
      const count = tableNames('event').reduce((sum, table) => sum + allRows(engine, table).length, 0);
      expect(count).toBe(rows);
    }
  });

  it('gives the sample user about 60 % of the events with users, and some in each such table to user and twin', () => {
    const engine = world.engines[1]!;
    const idOf = (name: string) => allRows(engine, 'user').find(({ cells }) => cells.name === name)!.id;
    const tables = tableNames('event').filter((table) => TABLES.get(table)!.links.includes('user'));
    const rows = tables.map((table) => allRows(engine, table));
    const [sample, twin] = world.people.users.slice(0, 2).map(({ name }) => idOf(name));

    const share = rows.flat().filter(({ links }) => links.user === sample).length / rows.flat().length;

    expect(share).toBeGreaterThan(0.5);
    expect(share).toBeLessThan(0.7);
    for (const table of rows) {
      expect(table.some(({ links }) => links.user === sample)).toBe(true);
      expect(table.some(({ links }) => links.user === twin)).toBe(true);
    }
    expect(rows.flat().some(({ links }) => links.user === undefined)).toBe(true);
  });

  it('spreads events over 90 days, most of them in the last 30, some across midnight of the Engine', () => {
    for (const engine of world.engines) {
      const rows = allRows(engine, 'connection');
      const ages = rows.map(({ start }) => (NOW.getTime() - start!) / DAY);
      const across = rows.filter(({ start, end }) => engine.zone.midnight(start!) !== engine.zone.midnight(end!));
      expect(Math.max(...ages)).toBeLessThan(91);
      expect(ages.filter((age) => age > 30).length).toBeGreaterThan(0);
      expect(ages.filter((age) => age <= 30).length / ages.length).toBeGreaterThan(0.85);
      expect(across.length).toBeGreaterThan(5);
      for (const { end } of rows) expect(end).toBeLessThanOrEqual(NOW.getTime());
    }
  });

  it('has rows of the sample user at the edges of days in each table with users (R9)', () => {
    const tables = tableNames('event').filter((table) => TABLES.get(table)!.links.includes('user'));
    for (const engine of world.engines) {
      const id = allRows(engine, 'user').find(({ cells }) => cells.name === 'jmeyer')!.id;
      for (const table of tables) {
        const { start: field, end } = TABLES.get(table)!.time!;
        const rows = allRows(engine, table).filter(({ links }) => links.user === id);
        const times = rows.map(({ cells }) => cells[field]!.slice(11));
        expect(times).toContain('00:00:00');
        expect(times).toContain('23:59:59');
        if (end) expect(rows.some((row) => row.end! - row.start! === 3 * DAY)).toBe(true);
      }
    }
  });

  it('gives one person another id on each Engine', () => {
    const ids = world.engines.map((engine) => allRows(engine, 'user').find(({ cells }) => cells.name === 'jmeyer')!.id);

    expect(new Set(ids).size).toBeGreaterThan(1);
  });

  it('holds values that are hard to write', () => {
    const found = new Set(
      tableNames('event')
        .flatMap((table) => allRows(world.engines[0]!, table))
        .flatMap(({ cells }) => Object.values(cells)),
    );

    for (const text of AWKWARD_TEXTS) expect(found).toContain(text);
  });

  it('is the same for the same options and another for another seed', () => {
    const text = (seed: number) => {
      const engine = buildWorld({ engines: 2, rows: 200, seed, now: NOW }).engines[1]!;
      return JSON.stringify([...TABLES.keys()].map((table) => allRows(engine, table)));
    };

    expect(text(3)).toBe(text(3));
    expect(text(3)).not.toBe(text(4));
  });

  it('keeps 200000 rows of an Engine in little memory', () => {
    const { arrayBuffers } = process.memoryUsage();

    const engine = buildWorld({ engines: 1, rows: 200_000, seed: 1, now: NOW }).engines[0]!;

    expect(process.memoryUsage().arrayBuffers - arrayBuffers).toBeLessThan(20_000_000);
    expect(engine.events.get('execution')!.count).toBeGreaterThan(50_000);
  });
});

describe('samplePeople', () => {
  const { users, devices } = world.people;

  it('has a sample user whose name begins the twin and a device whose name begins another', () => {
    expect(users[1]!.name.startsWith(users[0]!.name)).toBe(true);
    expect(devices.filter(({ name }) => name.startsWith(devices[0]!.name))).toHaveLength(2);
    expect(new Set(users.map(({ name }) => name)).size).toBe(users.length);
  });

  it('has names that are hard on quoting', () => {
    const names = users.map(({ name }) => name).join('\n');

    expect(names).toMatch(/'/);
    expect(names).toMatch(/ \(/);
    expect(names).toMatch(/é/);
  });

  it('has every last logged on user among the users, and subjects on several Engines', () => {
    for (const device of devices) expect(users.some(({ name }) => name === device.lastLoggedOnUser)).toBe(true);
    expect(devices.filter(({ engines }) => engines.length > 1).length).toBeGreaterThan(5);
    for (const engine of world.engines) {
      expect(allRows(engine, 'user').some(({ cells }) => cells.name === users[0]!.name)).toBe(true);
      expect(allRows(engine, 'device').some(({ cells }) => cells.name === devices[0]!.name)).toBe(true);
    }
  });
});
