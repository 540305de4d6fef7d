import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import type { PortalDatabaseServer } from '../../local/portal-database/portal-database.ts';
import type { PortalRoles } from '../../local/portal-database/roles.ts';
import type { PortalConnectionSource } from '../../modules/portal/database/connection.ts';
import type { PortalMapping } from '../../modules/portal/mapping/mapping.ts';
import type { Cell, RandomPortal } from './portal-plant.ts';
import { fillPeople, mappingOfPeople, type RandomPeople } from './random-people.ts';

/** A database of its own for one random Portal, on a server that is there. */
export interface RandomDatabase {
  readonly owner: Client;
  readonly mapping: PortalMapping;
  /** `table/id` of rows in which the Subject was not planted. */
  readonly bystanders: ReadonlySet<string>;
  connection(role: keyof PortalRoles): PortalConnectionSource;
  drop(): Promise<void>;
}

const PEOPLE = ['joanna', 'sue'];

/** Creates and fills it, with the rights that the roles need and no more. */
export async function createRandomDatabase(
  server: PortalDatabaseServer,
  portal: RandomPortal,
): Promise<RandomDatabase> {
  const bystanders = new Set<string>();
  const database = await openDatabase(server, async (owner) => {
    await createPeople(owner, portal, bystanders);
    for (const [at] of portal.tables.entries()) await createTable(owner, portal, at, bystanders);
    await owner.query(`
      CREATE MATERIALIZED VIEW p.summary AS SELECT name, count(*) AS visits FROM p.people LEFT JOIN p.visits ON person = name GROUP BY name;
      GRANT MAINTAIN ON p.summary TO gdpr_anonymize`);
    if (portal.comment) {
      await owner.query(`COMMENT ON TABLE p.people IS '${`asked by ${portal.name}`.replaceAll("'", "''")}'`);
    }
  });
  return { ...database, mapping: mappingOf(portal), bystanders };
}

/** A database of its own with people who are easily taken for each other. */
export async function createPeopleDatabase(server: PortalDatabaseServer, people: RandomPeople) {
  let theirs = new Set<string>();
  const database = await openDatabase(server, async (owner) => {
    theirs = await fillPeople(owner, people);
  });
  return { ...database, mapping: mappingOfPeople(people), theirs };
}

async function openDatabase({ host, port, roles }: PortalDatabaseServer, fill: (owner: Client) => Promise<void>) {
  const database = `r${randomBytes(6).toString('hex')}`;
  const connect = async (name: string) => {
    const client = new Client({
      host,
      port,
      user: roles.owner.username,
      password: roles.owner.password,
      database: name,
    });
    await client.connect();
    return client;
  };
  const admin = await connect('postgres');
  await admin.query(`CREATE DATABASE ${database}`);
  const owner = await connect(database);
  await owner.query(`
    CREATE EXTENSION citext; CREATE EXTENSION hstore;
    CREATE DOMAIN public.label AS text;
    CREATE TYPE public.pair AS (who text, times int, raw bytea, more text[]);
    CREATE DOMAIN public.labels AS text[];
    CREATE SCHEMA p;
    CREATE TABLE p.run (request_id uuid PRIMARY KEY, outcome jsonb NOT NULL DEFAULT '{}');`);
  await fill(owner);
  await owner.query(`
    ANALYZE;
    GRANT USAGE ON SCHEMA p, public TO gdpr_read, gdpr_anonymize, gdpr_verify, gdpr_maintain;
    GRANT SELECT ON ALL TABLES IN SCHEMA p TO gdpr_read, gdpr_anonymize, gdpr_verify;
    GRANT UPDATE ON ALL TABLES IN SCHEMA p TO gdpr_anonymize;
    GRANT INSERT ON p.run TO gdpr_anonymize;
    GRANT MAINTAIN ON ALL TABLES IN SCHEMA p TO gdpr_maintain;`);
  return {
    owner,
    connection:
      (role: keyof PortalRoles): PortalConnectionSource =>
      async () => ({ host, port, ...roles[role], database }),
    async drop() {
      await owner.end();
      await admin.query(`DROP DATABASE ${database} WITH (FORCE)`);
      await admin.end();
    },
  };
}

async function createPeople(owner: Client, { name, reference }: RandomPortal, bystanders: Set<string>): Promise<void> {
  await owner.query(`
    CREATE TABLE p.people (id int PRIMARY KEY, name varchar(40) NOT NULL UNIQUE, sid text, upn text NOT NULL,
      shown text GENERATED ALWAYS AS (upper(name)) STORED);
    CREATE TABLE p.visits (id int PRIMARY KEY, person varchar(40) REFERENCES p.people (name) ${reference}, note text)`);
  const names = [name, `${name}2`, ...PEOPLE];
  for (const [id, person] of names.entries()) {
    await owner.query('INSERT INTO p.people VALUES ($1, $2, $3, $4)', [
      id,
      person,
      `S-${id}`,
      `${person}@corp.example`,
    ]);
    for (const visit of [0, 1]) {
      const note = `${person} met ${names[(id + 2) % names.length]}`;
      await owner.query('INSERT INTO p.visits VALUES ($1, $2, $3)', [id * 2 + visit, person, note]);
      if (person !== name && !note.endsWith(` ${name}`)) bystanders.add(`p.visits/${id * 2 + visit}`);
    }
    if (person !== name) bystanders.add(`p.people/${id}`);
  }
}

async function createTable(owner: Client, portal: RandomPortal, at: number, bystanders: Set<string>): Promise<void> {
  const { columns, rows, partitioned } = portal.tables[at]!;
  const defined = columns.map(({ type }, i) => `c${i} ${type}`).join(', ');
  const table = `p.t${at}`;
  await owner.query(
    `CREATE TABLE ${table} (id int, who text COLLATE "C", co text, ${defined}) ${partitioned ? 'PARTITION BY HASH (who)' : ''}`,
  );
  if (partitioned) {
    for (const remainder of [0, 1, 2]) {
      await owner.query(
        `CREATE TABLE ${table}_${remainder} PARTITION OF ${table} FOR VALUES WITH (MODULUS 3, REMAINDER ${remainder})`,
      );
    }
  }
  for (const [id, cells] of rows.entries()) {
    const texts = (cells as readonly Cell[]).map(({ text }) => text(portal.name));
    const named = id % 3 === 0;
    const who = named ? [portal.name, portal.name.toUpperCase()][id % 2]! : `${portal.name}2`;
    await owner.query(`INSERT INTO ${table} (id, who, co) VALUES ($1, $2, $3)`, [id, who, `S-${id}`]);
    for (const [i, { value, write }] of columns.entries()) {
      const bound = write ? write(texts[i]!) : texts[i]!;
      await owner.query(`UPDATE ${table} SET c${i} = ${value} WHERE id = ${id}`, [bound]);
    }
    const about = named || (cells as readonly Cell[]).some((cell) => cell.about);
    if (!about) bystanders.add(`${table}/${id}`);
  }
}

function mappingOf({ tables }: RandomPortal): PortalMapping {
  const bare = (column: string) => ({ column, holds: 'user' as const });
  const nothing = { coIdentifiers: [], freeText: [], json: [], arrays: [] };
  return {
    tables: [
      {
        ...nothing,
        table: 'p.people',
        key: ['id'],
        names: [bare('name'), { column: 'upn', holds: 'user' }],
        coIdentifiers: [{ column: 'sid', beside: 'name' }],
      },
      { ...nothing, table: 'p.visits', key: ['id'], names: [bare('person')], freeText: ['note'] },
      ...tables.map(({ columns }, at) => ({
        ...nothing,
        table: `p.t${at}`,
        key: ['id'],
        names: [bare('who')],
        coIdentifiers: [{ column: 'co', beside: 'who' }],
        freeText: columns.map((_, i) => `c${i}`),
      })),
    ],
    harmless: [],
    accounts: [],
    derived: ['p.summary'],
    ledger: 'p.run',
    files: [],
  };
}
