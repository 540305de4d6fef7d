import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type PortalDatabaseServer, startPortalDatabase } from '../../../../local/portal-database/portal-database.ts';
import { checkMapping } from '../../../../modules/portal/mapping/live-check.ts';
import { PortalMapping } from '../../../../modules/portal/mapping/mapping.ts';
import type { Subject } from '../../../../modules/requests/subject.ts';
import { createOwnPortal } from '../../../support/own-portal.ts';
import { fewPeople } from '../../../support/portal.ts';

const SCHEMA = `
  CREATE TABLE p.people (login text PRIMARY KEY, sid varchar(40) NOT NULL UNIQUE, mac macaddr NOT NULL);
  INSERT INTO p.people VALUES ('nora', 'S-1-5-21-1', '02:00:00:00:00:01'), ('olaf', 'S-1-5-21-2', '02:00:00:00:00:02'),
    ('jdoe', 'S-1-5-21-3', '02:00:00:00:00:03');
  CREATE TABLE p.owned (id int, owner_sid varchar(40) NOT NULL REFERENCES p.people (sid));
  INSERT INTO p.owned VALUES (1, 'S-1-5-21-1'), (2, 'S-1-5-21-2');
  CREATE TABLE p.lent (id int, who text REFERENCES p.people, sid varchar(40) REFERENCES p.people (sid));
  INSERT INTO p.lent VALUES (1, 'nora', 'S-1-5-21-1'), (2, 'olaf', 'S-1-5-21-2');
  CREATE TABLE p.formed (who text PRIMARY KEY CHECK (who ~ '^[a-z]{4}$'), mail text NOT NULL CHECK (mail LIKE '%@%'));
  INSERT INTO p.formed VALUES ('nora', 'n@corp.example'), ('olaf', 'o@corp.example');
  CREATE DOMAIN p.code AS text CHECK (VALUE ~ '^[A-Z]{2}[0-9]{3}$');
  CREATE TABLE p.coded (who p.code, low text GENERATED ALWAYS AS (lower(who)) STORED UNIQUE);
  INSERT INTO p.coded SELECT 'AB99' || n FROM generate_series(0, 8) AS n;
  INSERT INTO p.coded VALUES ('CD123');

  CREATE TABLE p.spelled (account text UNIQUE, badge text NOT NULL UNIQUE);
  INSERT INTO p.spelled VALUES ('jdoe', 'b1'), ('JDOE', 'b2'), ('jdoe2', 'b3');
  CREATE TABLE p.sessions (id int, account text REFERENCES p.spelled (account), note text);
  INSERT INTO p.sessions VALUES (1, 'jdoe', 'x'), (2, 'JDOE', 'of JDOE, jdoe'), (3, 'jdoe2', 'y');
  CREATE TABLE p.apart (who text, EXCLUDE USING hash (who WITH =));
  INSERT INTO p.apart VALUES ('jdoe'), ('JDOE');
  CREATE TABLE p.keyed (id int, doc jsonb, numbers int[]);
  INSERT INTO p.keyed VALUES (1, '{"jdoe": 1, "JDOE": 2}', '{1,2}');

  CREATE TABLE p.devices (name varchar(15) PRIMARY KEY, note varchar(30));
  INSERT INTO p.devices VALUES ('LT-7', 'LT-7 of nobody'), ('LT-77', 'LT-77 of nobody');

  CREATE TABLE p.listed (id int, who text) PARTITION BY LIST (who);
  CREATE TABLE p.listed_d PARTITION OF p.listed FOR VALUES IN ('dora', 'dorb');
  CREATE TABLE p.listed_rest PARTITION OF p.listed DEFAULT;
  INSERT INTO p.listed VALUES (1, 'dora'), (2, 'dorb');
  CREATE TABLE p."my.table ""x"" Y" (id int PRIMARY KEY, "Who Is.It ""?" text, t text, new text);
  INSERT INTO p."my.table ""x"" Y" VALUES (1, 'dora', 'by dora', 'dora'), (2, 'dorb', 'by dorb', 'dorb');
  CREATE SCHEMA "q.r";
  CREATE TABLE "q.r"."Upper Case" ("Who" text);
  INSERT INTO "q.r"."Upper Case" VALUES ('dora'), ('dorb');
  CREATE TABLE p.parent (id int, who text);
  CREATE TABLE p.child (extra text) INHERITS (p.parent);
  INSERT INTO p.parent VALUES (1, 'dora'), (2, 'dorb');
  INSERT INTO p.child VALUES (3, 'dora', 'of dora'), (4, 'dorb', 'of dorb');
  GRANT USAGE ON SCHEMA "q.r" TO gdpr_read, gdpr_anonymize, gdpr_verify;
  GRANT SELECT, UPDATE ON "q.r"."Upper Case" TO gdpr_read, gdpr_anonymize, gdpr_verify;`;

interface Table {
  readonly table: string;
  readonly names?: readonly string[];
  readonly holds?: 'device';
  readonly beside?: readonly string[];
  readonly freeText?: readonly string[];
  readonly tokens?: Readonly<Record<string, string>>;
}
const TABLES: readonly Table[] = [
  { table: 'p.people', names: ['login'], beside: ['sid', 'mac'], tokens: { mac: '00:00:00:00:00:00' } },
  { table: 'p.owned', freeText: ['owner_sid'] },
  { table: 'p.lent', names: ['who'], beside: ['sid'] },
  { table: 'p.formed', names: ['who'], beside: ['mail'], tokens: { who: '[a-z]{4}', mail: '[a-z]{8}@gone.invalid' } },
  { table: 'p.coded', names: ['who'], tokens: { who: 'AB99[0-9]' } },
  { table: 'p.spelled', names: ['account'], beside: ['badge'] },
  { table: 'p.sessions', names: ['account'], freeText: ['note'] },
  { table: 'p.apart', names: ['who'] },
  { table: 'p.keyed', freeText: ['doc'] },
  { table: 'p.devices', names: ['name'], freeText: ['note'], holds: 'device' },
  { table: 'p.listed', names: ['who'] },
  { table: 'p."my.table ""x"" Y"', names: ['Who Is.It "?'], freeText: ['t', 'new'] },
  { table: '"q.r"."Upper Case"', names: ['Who'] },
  { table: 'p.parent', names: ['who'] },
  { table: 'p.child', names: ['who'], freeText: ['extra'] },
];
/** Of the schema that every database of this kind has. */
const UNUSED = {
  users: ['name', 'full_name', 'sid', 'mail', 'domain'],
  seats: ['badge'],
  badges: ['badge', 'serial'],
  details: ['user_name', 'doc'],
  history: ['account'],
  notes: ['note'],
  log: ['payload'],
  kinds: ['kind', 'definition'],
  papers: ['author'],
};
const IDENTITY = { holds: 'user', table: 'p.people', key: 'login', columns: { name: 'login', sid: 'sid' } };

const mappingOf = (tables: readonly Table[], identity: readonly unknown[] = [IDENTITY]) =>
  PortalMapping.parse({
    identity,
    tables: tables.map(({ table, names = [], holds = 'user', beside = [], freeText = [], tokens }) => ({
      table,
      key: [names[0] ?? freeText[0]],
      names: names.map((column) => ({ column, holds })),
      coIdentifiers: beside.map((column) => ({ column, beside: names[0] })),
      freeText,
      ...(tokens && { tokens }),
    })),
    harmless: Object.entries({ ...UNUSED, owned: ['owner_sid'] }).flatMap(([table, columns]) =>
      table === 'owned' && tables.some((each) => each.table === 'p.owned') ? [] : [{ table: `p.${table}`, columns }],
    ),
    ledger: 'p.run',
    files: tables
      .filter(({ table }) => table !== 'p.child') // its rows are in the file of the table that it inherits from
      .map(({ table, names, freeText }, at) => {
        const [column] = names ?? freeText!;
        return { file: `f${at}`, from: table, columns: [{ header: 'x', column }] };
      }),
  });
const MAPPING = mappingOf(TABLES);

let server: PortalDatabaseServer;
let portal: Awaited<ReturnType<typeof createOwnPortal>>;
beforeAll(async () => {
  server = await startPortalDatabase({ people: fewPeople(), days: 1, now: new Date('2026-03-10T12:00:00Z') });
  portal = await createOwnPortal(server, SCHEMA, MAPPING);
});
afterAll(async () => {
  await portal.drop();
  await server.stop();
});

const rowsOf = async (table: string): Promise<string[]> => {
  const { rows } = await portal.owner.query<{ row: string }>(`SELECT (t.*)::text AS row FROM ${table} t ORDER BY 1`);
  return rows.map(({ row }) => row);
};
const TOKEN = /anon-[a-z2-7]{26}/g;
/** Tokens as letters, the same for the same token. */
const named = (rows: readonly (readonly string[])[]) => {
  const seen: string[] = [];
  const letterOf = (token: string) => {
    if (!seen.includes(token)) seen.push(token);
    return 'ABCDEFGH'[seen.indexOf(token)]!;
  };
  return rows.map((each) => each.map((row) => row.replaceAll(TOKEN, letterOf)));
};

/** Preview, archive, run and verification agree. @returns the tables after the run */
async function erased(subject: Subject, rows: number, ...tables: string[]): Promise<string[][]> {
  const preview = await portal.preview(subject);
  expect(preview.tables.reduce((sum, each) => sum + each.rows, 0)).toBe(rows);
  expect(await portal.retrieve(subject)).toHaveLength(rows);
  const run = await portal.anonymize(subject);
  expect(run.rows).toBe(rows);
  expect(run.verified).toMatchObject({ residue: 0, places: [] });
  return named(await Promise.all(tables.map(rowsOf)));
}

/** What is wrong with a mapping, but for its missing fingerprint. */
const problemsOf = async (mapping: PortalMapping) => (await checkMapping(portal.as('anonymize'), mapping)).slice(0, -1);
const changed = (table: string, change: Partial<Table>) =>
  TABLES.map((each) => (each.table === table ? { ...each, ...change } : each));
const without = (table: string) => TABLES.filter((each) => each.table !== table);

describe('columns that resist (C27)', () => {
  it('fit a mapping that names their ways on', async () => {
    expect(await problemsOf(MAPPING)).toEqual([]);
  });

  it.each([
    [
      'a NOT NULL co-identifier that is no text',
      mappingOf(changed('p.people', { tokens: {} })),
      'p.people.mac (macaddr) may not be null: give the value that takes its place in "tokens"',
    ],
    [
      'a foreign key on a co-identifier',
      mappingOf(without('p.owned')),
      'p.owned.owner_sid refers to p.people.sid, which a run changes: list it in p.owned, too',
    ],
    [
      'a foreign key to what stays',
      mappingOf(changed('p.people', { beside: ['mac'] })),
      'p.owned.owner_sid refers to p.people.sid, which no run changes: list it, too, or give p.owned.owner_sid one of its values in "tokens"',
    ],
    [
      'two forms for the two sides of a foreign key',
      mappingOf(changed('p.lent', { tokens: { who: '[a-z]{9}' } })),
      'p.lent.who refers to p.people.login, which must have the same form in "tokens"',
    ],
    [
      'a CHECK on the form of the name',
      mappingOf(changed('p.formed', { tokens: { mail: '[a-z]@b' } })),
      'p.formed.who: CHECK formed_who_check takes no token: give it a form in "tokens"',
    ],
    [
      'a CHECK on a co-identifier',
      mappingOf(changed('p.formed', { tokens: { who: '[a-z]{4}' } })),
      'p.formed.mail: CHECK formed_mail_check takes no token: give it a form in "tokens"',
    ],
    [
      'the CHECK of a domain',
      mappingOf(changed('p.coded', { tokens: {} })),
      'p.coded.who: its domain takes no token: give it a form in "tokens"',
    ],
    [
      'an array of numbers',
      {
        ...MAPPING,
        tables: MAPPING.tables.map((one) => (one.table === 'p.keyed' ? { ...one, arrays: ['numbers'] } : one)),
      },
      'p.keyed.numbers (integer[]) is not searched: take it out of "arrays"',
    ],
    [
      'a form for a number',
      mappingOf(changed('p.keyed', { names: ['id'], tokens: { id: '9[0-9]{6}' } })),
      'p.keyed.id (integer) gets a negative number, which "tokens" cannot change',
    ],
  ])('are named before anything starts, with the setting that makes them work: %s', async (_, mapping, problem) => {
    expect(await problemsOf(mapping)).toContain(problem);
  });

  it.each([
    [
      'ALTER TABLE p.listed DETACH PARTITION p.listed_rest',
      'ALTER TABLE p.listed ATTACH PARTITION p.listed_rest DEFAULT',
      'p.listed.who: no partition takes a token: CREATE TABLE ... PARTITION OF p.listed DEFAULT',
    ],
    [
      'ALTER TABLE p.apart ENABLE ROW LEVEL SECURITY; ALTER TABLE p.apart FORCE ROW LEVEL SECURITY',
      'ALTER TABLE p.apart DISABLE ROW LEVEL SECURITY',
      'p.apart cannot be read in full: ALTER ROLE gdpr_anonymize BYPASSRLS',
    ],
    [
      'REVOKE USAGE ON SCHEMA "q.r" FROM gdpr_anonymize',
      'GRANT USAGE ON SCHEMA "q.r" TO gdpr_anonymize',
      '"q.r".Upper Case cannot be read in full: GRANT USAGE ON SCHEMA "q.r" TO gdpr_anonymize',
    ],
    [
      'ALTER TABLE p.devices ALTER COLUMN name TYPE varchar(6)',
      'ALTER TABLE p.devices ALTER COLUMN name TYPE varchar(15)',
      'p.devices.name is too short for a token: give it a form in "tokens"',
    ],
  ])('are named with the statement that makes them work: %s', async (change, undo, problem) => {
    await portal.owner.query(change);
    try {
      expect(await problemsOf(MAPPING)).toContain(problem);
    } finally {
      await portal.owner.query(undo);
    }
  });

  it('are searched in spite of row-level security once the named statement has run', async () => {
    await portal.owner.query('ALTER TABLE p.apart ENABLE ROW LEVEL SECURITY; ALTER ROLE gdpr_anonymize BYPASSRLS');
    // A run whose verification cannot read would be committed and never proved.
    expect(await problemsOf(MAPPING)).toEqual(['p.apart cannot be read in full: ALTER ROLE gdpr_verify BYPASSRLS']);
    await portal.owner.query('ALTER ROLE gdpr_verify BYPASSRLS');
    expect(await problemsOf(MAPPING)).toEqual([]);
    await portal.owner.query('ALTER ROLE gdpr_verify NOBYPASSRLS');
    await portal.owner.query('ALTER TABLE p.apart DISABLE ROW LEVEL SECURITY; ALTER ROLE gdpr_anonymize NOBYPASSRLS');
  });

  it('undo a run that finds the rows of one side of a foreign key only, and name the setting', async () => {
    const before = await rowsOf('p.people');
    await expect(
      portal.anonymize({ kind: 'user', name: 'nora' }, undefined, mappingOf(TABLES, [])),
    ).rejects.toMatchObject({
      name: 'PortalDatabaseError',
      code: '23503',
      message: expect.stringContaining('"identity"'),
    });
    expect(await rowsOf('p.people')).toEqual(before);
  });

  it('get tokens of their form, the same on both sides of a foreign key', async () => {
    const [people, owned, lent, formed] = await erased(
      { kind: 'user', name: 'nora' },
      4,
      ...['p.people', 'p.owned', 'p.lent', 'p.formed'],
    );
    expect(people).toEqual([
      '(A,A,00:00:00:00:00:00)',
      '(jdoe,S-1-5-21-3,02:00:00:00:00:03)',
      '(olaf,S-1-5-21-2,02:00:00:00:00:02)',
    ]);
    expect([owned, lent]).toEqual([
      ['(1,A)', '(2,S-1-5-21-2)'],
      ['(1,A,)', '(2,olaf,S-1-5-21-2)'],
    ]);
    expect(formed).toContain('(olaf,o@corp.example)');
    expect(formed!.join()).toMatch(/\((?!nora)[a-z]{4},[a-z]{8}@gone\.invalid\)/);
  });

  it('get a token that nobody has, however few there are', async () => {
    const codes = Array.from('012345678', (digit) => `(AB99${digit},ab99${digit})`);
    expect(await erased({ kind: 'user', name: 'cd123' }, 1, 'p.coded')).toEqual([[...codes, '(AB999,ab999)']]);
  });

  it('get a token for each spelling where rows or keys would collide', async () => {
    const [spelled, sessions, apart, keyed] = await erased(
      { kind: 'user', name: 'jdoe' },
      8,
      ...['p.spelled', 'p.sessions', 'p.apart', 'p.keyed'],
    );
    expect(spelled).toHaveLength(3);
    expect(spelled).toContain('(jdoe2,b3)');
    expect(new Set(spelled!.join().match(/[A-D]/g))).toEqual(new Set('ABCD'));
    const [one, other] = [sessions![0]![3], sessions![1]![3]];
    expect(sessions).toEqual([`(1,${one},x)`, `(2,${other},"of ${other}, ${one}")`, '(3,jdoe2,y)']);
    expect([...apart!].sort()).toEqual([`(${one})`, `(${other})`].sort());
    expect(keyed![0]).toContain(`""${one}"": 1`);
    expect(keyed![0]).toContain(`""${other}"": 2`);
  });

  it('get a shorter token where there is little room', async () => {
    const [devices] = await erased({ kind: 'device', name: 'lt-7' }, 1, 'p.devices');
    expect(devices).toContain('(LT-77,"LT-77 of nobody")');
    expect(devices!.join()).toMatch(/\(([a-z2-7]{15}),"\1 of nobody"\)/);
  });

  it('are found under any name, in the partition for all others, and in tables that inherit', async () => {
    const all = await erased(
      { kind: 'user', name: 'dora' },
      5,
      ...['p."my.table ""x"" Y"', '"q.r"."Upper Case"', 'p.listed', 'ONLY p.parent', 'p.child'],
    );
    expect(all).toEqual([
      ['(1,A,"by A",A)', '(2,dorb,"by dorb",dorb)'],
      ['(A)', '(dorb)'],
      ['(1,A)', '(2,dorb)'],
      ['(1,A)', '(2,dorb)'],
      ['(3,A,"of A")', '(4,dorb,"of dorb")'],
    ]);
  });
});
