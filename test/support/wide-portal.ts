import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import type { PortalDatabaseServer } from '../../local/portal-database/portal-database.ts';
import type { PortalRoles } from '../../local/portal-database/roles.ts';

/** What a column holds, as the generator knows it. `clear`: it tells the person of its row without the name. */
export type Truth = 'user' | 'device' | 'clear' | 'mention' | 'nobody';

interface Kind {
  readonly name: string;
  readonly type: string;
  /** Over `p` (a person), `d` (a device), `i` (the row) and `k` (the table). */
  readonly sql: string;
  readonly truth: Truth;
}

const kind = (name: string, type: string, sql: string, truth: Truth): Kind => ({ name, type, sql, truth });

/** Of people: each table takes some, the name before what identifies a person beside it. */
const OF_PEOPLE: readonly Kind[] = [
  kind('who', 'text', "p.dom || '\\' || p.login", 'user'),
  kind('c1', 'varchar(90)', 'p.login', 'user'),
  kind('attr_7', 'text', 'upper(p.login)', 'user'),
  kind('sec', 'text', 'p.sec_id', 'clear'),
  kind('c2', 'text', 'p.mail', 'clear'),
  kind('shown_as', 'text', 'p.display', 'clear'),
  kind('home', 'text', "'C:\\Users\\' || p.login || '\\Documents'", 'clear'),
  kind(
    'remark',
    'text',
    "CASE i % 9 WHEN 1 THEN 'asked by ' || p.login || ', closed' ELSE 'nothing to say ' || i END",
    'mention',
  ),
  kind('by', 'text', "(ARRAY['miller', 'LAB\\smith', 'Jo-Ann'])[1 + i % 3]", 'user'),
  kind('last', 'text', "CASE i % 4 WHEN 0 THEN 'SYSTEM' WHEN 1 THEN 'gone' || i ELSE p.login END", 'user'),
  kind('dir_id', 'uuid', 'p.ref', 'clear'),
  kind('box_mac', 'macaddr', 'd.mac', 'clear'),
  kind('box', 'text', 'd.name', 'device'),
  kind('host_full', 'text', "d.name || '.corp.example'", 'device'),
  kind('doc', 'jsonb', "jsonb_build_object('user', p.login, 'n', i)", 'mention'),
  kind('people', 'text[]', "ARRAY[p.login, 'nobody']", 'mention'),
];

/** What tells who somebody is needs the name beside it. */
const NAMES: readonly Kind[] = [
  OF_PEOPLE.find(({ name }) => name === 'who')!,
  OF_PEOPLE.find(({ name }) => name === 'box')!,
];

/** Of nobody, with names of columns that promise people, too. */
const OF_NOBODY: readonly Kind[] = [
  kind('guid', 'text', 'md5(i::text || k)::uuid::text', 'nobody'),
  kind('path', 'text', "'C:\\Program Files\\App ' || i % 40 || '\\bin\\app.exe'", 'nobody'),
  kind('uid', 'uuid', 'md5(k::text || i)::uuid', 'nobody'),
  kind('user_state', 'text', "(ARRAY['active', 'idle', 'gone'])[1 + i % 3]", 'nobody'),
  kind('device_kind', 'text', "(ARRAY['laptop', 'desktop', 'server', 'tablet'])[1 + i % 4]", 'nobody'),
  kind('version', 'text', "'10.' || i % 7 || '.' || i", 'nobody'),
  kind('seen', 'text', "to_char(timestamp '2026-03-01' + i * interval '1 hour', 'YYYY-MM-DD HH24:MI:SS')", 'nobody'),
  kind('amount', 'text', '(i * 37 % 1000)::text', 'nobody'),
  kind('ratio', 'double precision', 'i / 7.0', 'nobody'),
  kind('at', 'timestamptz', "timestamptz '2026-03-01' + i * interval '1 minute'", 'nobody'),
  kind('flag', 'boolean', 'i % 2 = 0', 'nobody'),
  kind('flag_text', 'text', "(ARRAY['yes', 'no'])[1 + i % 2]", 'nobody'),
  kind('digest', 'text', 'md5((i * k)::text)', 'nobody'),
  kind('product', 'text', "'Product ' || chr(65 + i % 26) || ' edition ' || i % 5", 'nobody'),
  kind('mail_server', 'text', "'smtp' || i % 3 || '.corp.example'", 'nobody'),
  kind('empty', 'text', 'NULL', 'nobody'),
];

/** Logins that are hard: a surname, one with a letter beyond ASCII, a number, one with a dash, namesakes in two domains. */
export const PLANTED = ['miller', 'rené.favre', '4711042', 'jo-ann', 'smith', 'smith'];
const [PEOPLE, DEVICES, ROWS, COLUMNS] = [240, 180, 60, 15];

const HUB = `
  CREATE SCHEMA hub;
  CREATE TABLE hub.persons (person_key bigint PRIMARY KEY, dom text, login text, display text, sec_id text, principal text,
    mail text, town text, hired date, active boolean, ref uuid);
  INSERT INTO hub.persons SELECT i, dom, login, (ARRAY['Anna', 'Béla', 'Cora', 'Dan', 'Eva', 'Finn', 'Gil'])[1 + i % 7] || ' Mac' || chr(65 + i % 26) || chr(97 + i / 26) || 'son',
    'S-1-5-21-9-9-9-' || 1000 + i, login || '@' || lower(dom) || '.example', 'p' || i || '.' || login || '@mail.example',
    (ARRAY['Bern', 'Basel', 'Genf'])[1 + i % 3], date '2020-01-01' + i, true, md5('p' || i)::uuid
  FROM (SELECT i, CASE WHEN i = 6 OR i % 5 = 4 THEN 'LAB' ELSE 'CORP' END AS dom,
    coalesce(($1::text[])[i], (ARRAY['berg', 'keller', 'moser', 'huber', 'weber', 'frei'])[1 + i % 6] || chr(97 + i % 26) || i) AS login
    FROM generate_series(1, ${PEOPLE}) i) p;
  CREATE TABLE hub.machines (machine_key bigint PRIMARY KEY, name text, serial text, mac macaddr, ip inet, model text);
  INSERT INTO hub.machines SELECT i, 'LT-' || 1000 + i, 'SN' || md5(i::text), ('02:00:00:00:' || to_hex(16 + i % 200) || ':' || to_hex(16 + i / 200))::macaddr,
    ('10.1.' || i / 200 || '.' || 1 + i % 200)::inet, (ARRAY['T14', 'X1', 'Z2'])[1 + i % 3] FROM generate_series(1, ${DEVICES}) i;
  CREATE TABLE hub.contacts (person_key bigint PRIMARY KEY REFERENCES hub.persons, private_mail text);
  INSERT INTO hub.contacts SELECT person_key, 'home' || person_key || '@private.example' FROM hub.persons;`;

/** Columns of one table. Those of a day are alike; of the others each has its own, and a quarter is about nobody. */
function columnsOf(at: number): { readonly table: string; readonly columns: readonly Kind[] } {
  const isDaily = at % 4 === 0;
  const [step, table] = isDaily ? [0, `hub.log_2026${1000 + at}`] : [at, `hub.t${at}`];
  const taken = at % 4 === 3 ? [] : OF_PEOPLE.filter((_, i) => (i * 5 + step) % OF_PEOPLE.length < 6);
  const people = taken.length === 0 ? [] : [...new Set([...NAMES, ...taken])];
  const others = Array.from(
    { length: COLUMNS - 1 - people.length },
    (_, i) => OF_NOBODY[(i * 3 + step) % OF_NOBODY.length]!,
  );
  const columns = [...people, ...others].map((each, i) => ({
    ...each,
    name: isDaily ? `${each.name}_${i}` : `${each.name}${at}_${i}`,
  }));
  return { table, columns };
}

/** A database with many generated tables around people and devices, and what each column holds. */
export async function createWidePortal({ host, port, roles }: PortalDatabaseServer, tables: number) {
  const database = `wide${randomBytes(5).toString('hex')}`;
  const connect = async (to: string) => {
    const { username: user, password } = roles.owner;
    const client = new Client({ host, port, user, password, database: to });
    await client.connect();
    return client;
  };
  const admin = await connect('postgres');
  await admin.query(`CREATE DATABASE ${database}`);
  const owner = await connect(database);
  const hub = HUB.replace('$1::text[]', `'{${PLANTED.join(',')}}'::text[]`);
  const truth = new Map<string, Truth>();
  const made = Array.from({ length: tables - 3 }, (_, at) => columnsOf(at));
  const statements = made.map(({ table, columns }, k) => {
    for (const each of columns) truth.set(`${table}.${each.name}`, each.truth);
    return `CREATE TABLE ${table} (id int PRIMARY KEY, ${columns.map(({ name, type }) => `${name} ${type}`).join(', ')});
      INSERT INTO ${table} SELECT i, ${columns.map(({ sql }) => sql.replace(/\bk\b/g, String(k))).join(', ')}
      FROM generate_series(1, ${ROWS}) i JOIN hub.persons p ON p.person_key = 1 + (i * 7 + ${k}) % ${PEOPLE}
      JOIN hub.machines d ON d.machine_key = 1 + (i * 5 + ${k}) % ${DEVICES};`;
  });
  await owner.query(`BEGIN; ${hub} ${statements.join('\n')} COMMIT`);
  const { rows } = await owner.query<{ user: string }>(`SELECT login || '@' || dom AS "user" FROM hub.persons`);
  const devices = await owner.query<{ name: string }>('SELECT name FROM hub.machines');
  return {
    owner,
    truth,
    columns: made.reduce((sum, each) => sum + each.columns.length + 1, 0),
    /** As Engines store them. */
    known: { user: rows.map((row) => row.user), device: devices.rows.map(({ name }) => name) },
    as: (role: keyof PortalRoles) => async () => ({ host, port, ...roles[role], database }),
    async drop() {
      await owner.end();
      await admin.query(`DROP DATABASE ${database} WITH (FORCE)`);
      await admin.end();
    },
  };
}
