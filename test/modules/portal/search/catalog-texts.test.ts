import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type PortalDatabaseServer, startPortalDatabase } from '../../../../local/portal-database/portal-database.ts';
import { openConnection } from '../../../../modules/portal/database/connection.ts';
import { placesOutOfReach } from '../../../../modules/portal/search/catalog-texts.ts';
import { portalVerifier } from '../../../../modules/portal/search/preview.ts';
import type { Subject } from '../../../../modules/requests/subject.ts';
import { judgeByName } from '../../../support/judged.ts';
import { connectionOf, fewPeople, runAs } from '../../../support/portal.ts';

let server: PortalDatabaseServer;
beforeAll(async () => {
  server = await startPortalDatabase({ people: fewPeople(), days: 2, now: new Date('2026-03-10T12:00:00Z') });
});
afterAll(() => server.stop());

const owner = (text: string) => runAs(server, 'owner', text);
/** What the role that verifies sees. */
async function placesOf(subject: Subject): Promise<string[]> {
  const connection = await openConnection(connectionOf(server, 'verify'));
  return placesOutOfReach(connection, judgeByName(subject)).finally(() => connection.close());
}

/** What is made, how it is removed again, and the places that are to be told of it. */
type Planted = readonly [what: string, make: string, places: readonly string[], remove: string];

const PLANTED: readonly Planted[] = [
  ['a comment', `COMMENT ON TABLE t.plain IS 'as jdoe asked'`, ['comment on table t.plain'], 'SELECT 1'],
  [
    'a comment on what all databases share',
    `COMMENT ON ROLE gdpr_read IS 'as jdoe asked'`,
    ['comment on role gdpr_read'],
    'COMMENT ON ROLE gdpr_read IS NULL',
  ],
  ['the text of a view', `CREATE VIEW t.v AS SELECT 'jdoe'::text AS a`, ['text of view t.v'], 'SELECT 1'],
  [
    'the body of a function',
    `CREATE FUNCTION t.f() RETURNS text LANGUAGE sql AS $$SELECT 'jdoe'$$`,
    ['body of function t.f()'],
    'SELECT 1',
  ],
  [
    'the bound of a partition',
    `CREATE TABLE t.parts (a text) PARTITION BY LIST (a); CREATE TABLE t.part PARTITION OF t.parts FOR VALUES IN ('jdoe')`,
    ['bound of table t.part'],
    'SELECT 1',
  ],
  ['a default', `ALTER TABLE t.plain ALTER a SET DEFAULT 'jdoe'`, ['default of column a of table t.plain'], 'SELECT 1'],
  [
    'a constraint',
    `ALTER TABLE t.plain ADD CONSTRAINT c CHECK (a <> 'jdoe')`,
    ['constraint c on table t.plain'],
    'SELECT 1',
  ],
  [
    'the name of a constraint',
    'ALTER TABLE t.plain ADD CONSTRAINT no_jdoe CHECK (id > 0)',
    ['name of constraint no_(name) on table t.plain'],
    'SELECT 1',
  ],
  ['an index', `CREATE INDEX i ON t.plain (id) WHERE a = 'jdoe'`, ['definition of index t.i'], 'SELECT 1'],
  [
    'a trigger',
    `CREATE FUNCTION t.g() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
     CREATE TRIGGER tr BEFORE UPDATE ON t.plain FOR EACH ROW WHEN (OLD.a = 'jdoe') EXECUTE FUNCTION t.g()`,
    ['definition of trigger tr on table t.plain'],
    'SELECT 1',
  ],
  [
    'a rule',
    `CREATE RULE r AS ON DELETE TO t.plain WHERE OLD.a = 'jdoe' DO INSTEAD NOTHING`,
    ['rule of table t.plain'],
    'SELECT 1',
  ],
  ['a policy', `CREATE POLICY p ON t.plain USING (a <> 'jdoe')`, ['policy of table t.plain'], 'SELECT 1'],
  ['a label', `CREATE TYPE t.who AS ENUM ('jdoe')`, ['label of type t.who'], 'SELECT 1'],
  ['the name of a table', 'CREATE TABLE t.jdoe (id int)', ['name of table t.(name)'], 'SELECT 1'],
  ['the name of a column', 'CREATE TABLE t.c (of_jdoe int)', ['name of column of_(name) of table t.c'], 'SELECT 1'],
  [
    'the name of a function',
    `CREATE FUNCTION t.jdoe() RETURNS int LANGUAGE sql AS 'SELECT 1'`,
    ['name of function t.(name)()'],
    'SELECT 1',
  ],
  ['the name of a type', `CREATE TYPE t.jdoe AS ENUM ('a')`, ['name of type t.(name)'], 'SELECT 1'],
  ['the name of a schema', 'CREATE SCHEMA jdoe', ['name of schema (name)'], 'DROP SCHEMA jdoe'],
  ['the name of a role', 'CREATE ROLE jdoe_app', ['name of a login role'], 'DROP ROLE jdoe_app'],
  ['the name of a database', 'CREATE DATABASE jdoe_old', ['name of a database'], 'DROP DATABASE jdoe_old'],
  ['the default of a domain', `CREATE DOMAIN t.d AS text DEFAULT 'jdoe'`, ['default of type t.d'], 'SELECT 1'],
  [
    'the name of a publication',
    'CREATE PUBLICATION for_jdoe',
    ['name of publication for_(name)'],
    'DROP PUBLICATION for_jdoe',
  ],
  [
    'the filter of a publication',
    `CREATE PUBLICATION pub FOR TABLE t.plain WHERE (a <> 'jdoe')`,
    ['filter of publication of table t.plain in publication pub'],
    'DROP PUBLICATION pub',
  ],
  [
    'extended statistics',
    'CREATE STATISTICS t.of_jdoe ON id, a FROM t.plain',
    ['definition of statistics object t.of_(name)'],
    'SELECT 1',
  ],
  [
    'an expression of extended statistics',
    `CREATE STATISTICS t.s ON id, (a = 'jdoe') FROM t.plain`,
    ['definition of statistics object t.s'],
    'SELECT 1',
  ],
  [
    'an argument of a function, and what it is when nothing is given',
    `CREATE FUNCTION t.f(of_jdoe int) RETURNS int LANGUAGE sql AS 'SELECT 1';
     CREATE FUNCTION t.g(who text DEFAULT 'jdoe') RETURNS int LANGUAGE sql AS 'SELECT 1'`,
    ['body of function t.f(integer)', 'body of function t.g(text)'],
    'SELECT 1',
  ],
  [
    'the key of a partitioned table',
    `CREATE TABLE t.parts (a text) PARTITION BY LIST ((a = 'jdoe'))`,
    ['bound of table t.parts'],
    'SELECT 1',
  ],
  [
    'names of text search, conversions, event triggers and subscriptions',
    `CREATE TEXT SEARCH CONFIGURATION t.of_jdoe (COPY = simple); CREATE TEXT SEARCH DICTIONARY t.jdoe (TEMPLATE = simple);
     CREATE CONVERSION t.conv_jdoe FOR 'UTF8' TO 'LATIN1' FROM utf8_to_iso8859_1;
     CREATE FUNCTION t.e() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
     CREATE EVENT TRIGGER on_jdoe ON ddl_command_end EXECUTE FUNCTION t.e();
     CREATE SUBSCRIPTION sub_jdoe CONNECTION 'dbname=x' PUBLICATION y WITH (connect = false, slot_name = NONE)`,
    [
      'name of conversion t.conv_(name)',
      'name of event trigger on_(name)',
      'name of subscription sub_(name)',
      'name of text search configuration t.of_(name)',
      'name of text search dictionary t.(name)',
    ],
    'DROP EVENT TRIGGER on_jdoe; DROP SUBSCRIPTION sub_jdoe',
  ],
  ['a collation', `CREATE COLLATION t.jdoe FROM "C"`, ['name of collation t.(name)'], 'SELECT 1'],
  [
    'a setting of a role',
    `ALTER ROLE gdpr_read SET portal.note = 'for jdoe'`,
    ['settings of a login role or database'],
    'ALTER ROLE gdpr_read RESET portal.note',
  ],
  [
    'an option of a foreign server',
    `CREATE FOREIGN DATA WRAPPER w; CREATE SERVER s FOREIGN DATA WRAPPER w OPTIONS (home '/home/jdoe')`,
    ['options of server s'],
    'DROP FOREIGN DATA WRAPPER w CASCADE',
  ],
  [
    'an option of a foreign data wrapper',
    `CREATE FOREIGN DATA WRAPPER w OPTIONS (home '/home/jdoe')`,
    ['options of foreign-data wrapper w'],
    'DROP FOREIGN DATA WRAPPER w',
  ],
  [
    'options of a foreign table and its columns',
    `CREATE FOREIGN DATA WRAPPER w; CREATE SERVER s FOREIGN DATA WRAPPER w;
     CREATE FOREIGN TABLE t.ft (a text OPTIONS (mail 'jdoe@corp.example')) SERVER s OPTIONS (file '/home/jdoe')`,
    ['options of column a of foreign table t.ft', 'options of foreign table t.ft'],
    'DROP FOREIGN DATA WRAPPER w CASCADE',
  ],
];

describe('places that no UPDATE reaches', () => {
  const jdoe: Subject = { kind: 'user', name: 'jdoe' };
  let before: readonly string[];
  beforeAll(async () => {
    before = await placesOf(jdoe);
  });
  beforeEach(async () => {
    await owner(`DROP SCHEMA IF EXISTS t CASCADE; CREATE SCHEMA t; GRANT USAGE ON SCHEMA t TO gdpr_verify;
      ALTER DEFAULT PRIVILEGES IN SCHEMA t GRANT SELECT ON TABLES TO gdpr_verify; CREATE TABLE t.plain (id int, a text)`);
  });

  it.each(PLANTED)('are told of: %s (R15, R17)', async (_what, make, places, remove) => {
    await owner(make);
    const after = await placesOf(jdoe).finally(() => owner(remove));

    expect(after.filter((place) => !before.includes(place))).toEqual(places);
  });

  it.each([
    ['john_doe', 'history_john_doe', 'history_(name)'],
    ['a_b_c', 'a_b_c', '(name)'],
    ["o'neil", `"of o'neil"`, '"of (name)"'],
    ['say "hi"', '"say ""hi"""', '"(name)"'],
    ['j.doe', '"j.doe"', '"(name)"'],
  ])('are told of without the name %s of a view that bears it (R24)', async (name, view, masked) => {
    await owner(`CREATE VIEW t.${view} AS SELECT 1 AS a`);
    expect(await placesOf({ kind: 'user', name })).toEqual([`name of view t.${masked}`]);
  });

  it.each(['status', 'monitor', 'integer'])("are not PostgreSQL's own comments and roles: %s (C22)", async (name) => {
    expect(await placesOf({ kind: 'user', name })).toEqual([]);
  });

  it('leave out objects that are named after somebody else', async () => {
    await owner('CREATE VIEW t.history_john_doe2 AS SELECT 1 AS a; CREATE VIEW t.history_xjohn_doe AS SELECT 1 AS a');
    expect(await placesOf({ kind: 'user', name: 'john_doe' })).toEqual([]);
  });

  it('are told of without a name in statistics of a table that bears it (R24)', async () => {
    await owner(`CREATE TABLE t.john_doe AS SELECT 'john_doe'::text AS john_doe FROM generate_series(1, 50);
      ANALYZE t.john_doe`);
    const verifier = portalVerifier(connectionOf(server, 'verify'));
    const places = (await verifier.verify({ kind: 'user', name: 'john_doe' })).outOfReach;
    expect(places).toContain('statistics of t.(name).(name)');
    expect(JSON.stringify(places)).not.toContain('john_doe');
  });
});
