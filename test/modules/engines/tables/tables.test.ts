import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { DICTIONARY } from '../../../../functions/wiring/dictionary.ts';
import { TABLES as SIMULATED } from '../../../../local/simulator/world/data-model.ts';
import { composeArchive } from '../../../../modules/archive/contents/compose.ts';
import { maskedEngine } from '../../../../modules/engines/retrieval/masked-engine.ts';
import {
  COMMON_COLUMNS,
  EVENTS,
  type EventTable,
  LINKED_OBJECTS,
  OBJECTS,
} from '../../../../modules/engines/tables/data-model.ts';
import type { Question } from '../../../../modules/engines/tables/queried-table.ts';
import { ENGINE_TABLES, TABLES } from '../../../../modules/engines/tables/tables.ts';
import type { Treatment } from '../../../../modules/masking/stand-ins.ts';
import { HIDDEN, standInsWith } from '../../../../modules/masking/stand-ins.ts';
import type { SubjectKind } from '../../../../modules/requests/subject.ts';
import { anEngine, scriptedEngine } from '../../../support/fakes.ts';
import { archiveSettings, harvestOf } from '../../../support/stitch.ts';

const KINDS = ['user', 'device'] as const;
const QUERIED = KINDS.flatMap((kind) => TABLES[kind].map((table) => ({ kind, file: table.file, table })));
const question: Question = {
  id: '42',
  platform: 'windows',
  between: { from: 'midnight-3d', to: 'now' },
  limit: 77,
  dynamicFields: ['Badge'],
};
const source = (files: readonly string[]) => {
  const listed = execFileSync('git', ['ls-files', ...files], { encoding: 'utf8' }).split('\n');
  return listed.filter((file) => file.endsWith('.ts') && existsSync(file));
};

describe.each(QUERIED)('$file about a $kind', ({ kind, table }) => {
  it('has a name of its own, a sentence and platforms', () => {
    expect(table.file).toMatch(/^engines\/[a-z_]+\.csv$/);
    expect(TABLES[kind].filter(({ file }) => file === table.file)).toHaveLength(1);
    expect(table.about).not.toBe('');
    expect(table.platforms.length).toBeGreaterThan(0);
    if (table.of !== undefined) expect(Object.keys(ENGINE_TABLES)).toContain(table.of);
  });

  it('is asked for by well-formed statements about one object', async () => {
    const asked: string[] = [];
    if (table.kind === 'list') {
      await table.collect({ kind, name: 'jdoe' }, question, async (...statements) => {
        asked.push(...statements);
        return [];
      });
      expect(asked.length).toBeGreaterThan(0);
    } else {
      asked.push(...table.statements(question), ...(table.listing ? [table.listing(question)] : []));
      expect(new Set(table.statements(question)).size).toBe(table.statements(question).length);
      expect(table.subjectColumn === 'id').toBe(table.listing === undefined);
    }
    const aboutAll = /^\(select \(id name device_uid [a-z_ ]+\) \(from device\)\)$/;
    for (const statement of asked) {
      expect(statement.split('(').length, statement).toBe(statement.split(')').length);
      if (aboutAll.test(statement)) continue; // no filter finds an entry of a list
      expect(statement).toContain('(eq id (identifier 42))');
    }
  });

  it('is explained in the archive: the file, and each column that it may have', async () => {
    const columns = table.kind === 'list' ? table.columns : columnsOf(kind, table.file);
    const samples = [{ source: 'e1', file: table.file, columns: ['engine', 'platform', ...columns], rows: [] }];
    const { files } = composeArchive((await harvestOf(samples)).harvest, archiveSettings(), DICTIONARY);
    const readme = files.find(({ name }) => name === 'README.txt')!.head.toString();
    const page = files.find(({ name }) => name === 'index.html')!.head.toString();
    expect(readme).toContain(`    ${table.about}\r\n`);
    expect(page).toContain(table.about);
    expect(readme).not.toContain('not in our dictionary');
  });
});

const peopleOf = ({ devicesOnly }: EventTable): readonly SubjectKind[] => (devicesOnly ? ['device'] : KINDS);

/** Columns that answers for a streamed file may have, as Engines name them. */
function columnsOf(kind: SubjectKind, file: string): string[] {
  const fields = (table: string) => [...Object.keys(ENGINE_TABLES[table]!.columns), 'id'];
  const event = Object.entries(EVENTS).find(([, record]) => file === `engines/${record.file}.csv`);
  if (!event) return file.includes('packages') ? fields('package').map((field) => `package/${field}`) : fields(kind);
  const [name, { links = [], onWindows = [], unsure = [], time }] = event;
  const own = [...peopleOf(event[1]), ...links, ...onWindows, ...unsure].flatMap((table) =>
    fields(table).map((field) => `${table}/${field}`),
  );
  return [`${name}/${time}`, ...fields(name).map((field) => `${name}/${field}`), ...own];
}

const Columns = z.record(
  z.string().regex(/^[a-z][a-z0-9_]*$/),
  z.tuple([z.string().min(1), z.string().min(1), z.enum(['keep', 'name', 'names', 'id', 'path', 'hide'])]),
);
const Platforms = z.array(z.enum(['windows', 'mac_os', 'mobile'])).min(1);
const Links = z.array(z.enum(Object.keys(LINKED_OBJECTS))).optional();

describe('data-model.json', () => {
  it('has the fields that the code reads, and no others', () => {
    const object = z.strictObject({ about: z.string(), platforms: Platforms, hides: z.string(), columns: Columns });
    const event = z.strictObject({
      file: z.string().regex(/^[a-z_]+$/),
      about: z.string(),
      devicesOnly: z.literal(true).optional(),
      time: z.enum(['start_time', 'time']),
      links: Links,
      onWindows: Links,
      unsure: Links,
      platforms: Platforms.optional(),
      columns: Columns,
    });
    Columns.parse(COMMON_COLUMNS);
    z.strictObject({ user: object, device: object }).parse(OBJECTS);
    z.record(z.string(), z.strictObject({ columns: Columns })).parse(LINKED_OBJECTS);
    z.record(z.string(), event).parse(EVENTS);
  });
});

describe('records of event tables', () => {
  it.each(Object.entries(EVENTS))(
    '%s is queried with its links about each subject that it belongs to',
    (name, record) => {
      for (const kind of KINDS) {
        const table = TABLES[kind].find(({ file }) => file === `engines/${record.file}.csv`);
        if (!peopleOf(record).includes(kind)) expect(table).toBeUndefined();
        else {
          const [widest, ...others] = table?.kind === 'stream' ? table.statements(question) : [];
          const selected = [
            name,
            ...peopleOf(record),
            ...(record.links ?? []),
            ...(record.onWindows ?? []),
            ...(record.unsure ?? []),
          ];
          for (const each of selected) expect(widest).toContain(`(${each} (*))`);
          expect(widest).toContain(`(order_by ${record.time} asc) (limit 77))`);
          // The last resort knows neither links nor the name of the time.
          const people = [kind, ...peopleOf(record).filter((each) => each !== kind)];
          expect(others.at(-1)).toBe(
            `(select (${[name, ...people].map((each) => `(${each} (*))`).join(' ')}) (from (${[name, ...people].join(' ')}) ` +
              `(where ${kind} (eq id (identifier 42))) (between midnight-3d now)) (limit 77))`,
          );
        }
      }
    },
  );

  it('are listed in docs/nxql.md', () => {
    const page = readFileSync('docs/nxql.md', 'utf8');
    expect(Object.keys(EVENTS).filter((name) => !page.includes(`\`${name}\``))).toEqual([]);
  });

  it('link to objects that something uses', () => {
    const used = new Set(
      Object.values(EVENTS).flatMap(({ links = [], onWindows = [], unsure = [] }) => [
        ...links,
        ...onWindows,
        ...unsure,
      ]),
    );
    expect(Object.keys(LINKED_OBJECTS).filter((name) => !used.has(name as never))).toEqual([]);
  });
});

describe('the columns of records', () => {
  it('are all that the data model knows', () => {
    const missing = [...SIMULATED.values()].flatMap(({ name, fields }) =>
      fields
        .filter((field) => !Object.hasOwn(ENGINE_TABLES[name]?.columns ?? {}, field.name))
        .filter((field) => !Object.hasOwn(COMMON_COLUMNS, field.name))
        .map((field) => `${name}/${field.name}`),
    );
    expect(missing).toEqual([]);
  });

  it('are each in the data model of the simulator, so that tests see them delivered', () => {
    const unknown = Object.entries(ENGINE_TABLES).flatMap(([table, { columns }]) => {
      const fields = (SIMULATED.get(table)?.fields ?? []).map(({ name }) => name);
      return Object.keys(columns)
        .filter((column) => !fields.includes(column))
        .map((column) => `${table}/${column}`);
    });

    expect(unknown).toEqual([]);
  });

  it('are masked as each says, and a person hides what is not listed', async () => {
    const names = standInsWith('a2V5', { kind: 'device', name: 'LT-101' });
    const shown: Readonly<Record<Treatment, RegExp>> = {
      keep: /^C:\\Users\\jdoe\\x$/,
      name: /^user-[a-z2-7]{8}$/,
      names: /^user-[a-z2-7]{8}$/,
      id: /^id-[a-z2-7]{8}$/,
      path: /^C:\\Users\\user-[a-z2-7]{8}\\x$/,
      hide: new RegExp(`^${HIDDEN}$`),
    };
    const listed = Object.entries(ENGINE_TABLES).flatMap(([table, { columns }]) =>
      Object.entries(columns).map(([column, [, , masking]]) => [`${table}/${column}`, masking] as const),
    );
    const all = [
      ...listed,
      ['user/never_heard_of', 'hide'],
      ['user/#Badge', 'hide'],
      ['device/owner', 'hide'],
    ] as const;
    const answer = `${all.map(([column]) => column).join('\t')}\n${all.map(() => 'C:\\Users\\jdoe\\x').join('\t')}\n`;
    const query = { statement: '', platform: 'windows', file: 'engines/executions.csv' } as const;
    const api = maskedEngine(
      scriptedEngine(() => answer),
      names,
    );
    const [, row] = (await text(await api.query(anEngine('e1'), { username: '', password: '' }, query))).split('\n');
    for (const [at, cell] of row!.split('\t').entries()) expect(cell, all[at]![0]).toMatch(shown[all[at]![1]]);
    expect(new Set(listed.map(([, masking]) => masking))).toEqual(new Set(Object.keys(shown)));
  });

  it('are named nowhere but in modules/engines/tables/', () => {
    const elsewhere = source(['modules/archive', 'modules/masking', 'modules/engines/retrieval', 'functions']);
    const names = Object.entries(ENGINE_TABLES).flatMap(([table, { columns }]) => [table, ...Object.keys(columns)]);
    const telling = [...new Set(names)].filter((name) => name.includes('_') && !Object.hasOwn(COMMON_COLUMNS, name));
    const mention = new RegExp(`\\b(${telling.join('|')})\\b`);
    const code = (file: string) => readFileSync(file, 'utf8').replace(/\/\*\*[\s\S]*?\*\/|\/\/.*/g, '');
    expect(telling.length).toBeGreaterThan(100);
    expect(elsewhere.filter((file) => mention.test(code(file)))).toEqual([]);
  });
});
