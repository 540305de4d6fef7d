import { Client } from 'pg';
import { type PortalDatabaseServer, startPortalDatabase } from '../../local/portal-database/portal-database.ts';
import type { PortalMapping } from '../../modules/portal/mapping/mapping.ts';
import type { PortalConnection } from '../../modules/portal/settings.ts';

/** A Portal of millions of rows, and how its roles reach it. */
export interface FilledPortal {
  readonly server: PortalDatabaseServer;
  readonly connections: Readonly<Record<'owner' | 'read' | 'anonymize' | 'verify', PortalConnection>>;
  /** Size of the detail rows with their indexes, bytes. */
  readonly bytes: number;
  owner(text: string): Promise<void>;
}

const DAYS = 30;
const PEOPLE = 50_000;

/** Subjects of the benchmark, all of the same size. Each is for one run, which anonymizes it. */
export const subjectName = (run: number): string => `subject-${String(run).padStart(3, '0')}`;
export const SUBJECTS = 40;

/** On `lower(user_name)` of the details. */
export const INDEX = 'bench.details_of_user';

/** Detail rows over daily partitions, a fact table with names in a column and in JSON; people; remarks. */
export const MAPPING: PortalMapping = {
  tables: [
    {
      table: 'bench.people',
      key: ['id'],
      freeText: [],
      json: [],
      arrays: [],
      names: [{ column: 'name', holds: 'user' }],
      coIdentifiers: [{ column: 'sid', beside: 'name' }],
    },
    {
      table: 'bench.details',
      key: ['day', 'id'],
      coIdentifiers: [],
      freeText: [],
      json: ['details'],
      arrays: [],
      names: [{ column: 'user_name', holds: 'user' }],
    },
    { table: 'bench.notes', key: ['id'], names: [], coIdentifiers: [], freeText: ['note'], json: [], arrays: [] },
  ],
  harmless: [],
  accounts: [],
  derived: [],
  ledger: 'gdpr.anonymization_run',
  files: [
    {
      file: 'details',
      from: 'bench.details',
      joins: [],
      columns: ['day', 'metric_id', 'user_name', 'device_name', 'details'].map((column) => ({
        header: column,
        column,
      })),
    },
  ],
};

/** @param rows of details */
export async function fillPortal(rows: number): Promise<FilledPortal> {
  const server = await startPortalDatabase({ people: { users: [], devices: [] }, days: 1 });
  const { host, port, roles } = server;
  const owner = async (text: string): Promise<void> => {
    await run({ host, port, ...roles.owner }, text);
  };
  for (const setting of ["max_wal_size = '4GB'", "checkpoint_timeout = '30min'", 'autovacuum = off']) {
    await owner(`ALTER SYSTEM SET ${setting}`);
  }
  await owner('SELECT pg_reload_conf()');
  await owner(`
    CREATE SCHEMA bench;
    CREATE TABLE bench.people (id int PRIMARY KEY, name text NOT NULL, sid text);
    CREATE TABLE bench.details (day date, id bigint, metric_id int, user_name text, device_name text, details jsonb)
      PARTITION BY RANGE (day);
    CREATE TABLE bench.notes (id int PRIMARY KEY, note text)`);
  for (let day = 0; day < DAYS; day += 1) {
    await owner(`CREATE TABLE bench.details_${day} PARTITION OF bench.details
      FOR VALUES FROM ('2026-01-01'::date + ${day}) TO ('2026-01-01'::date + ${day + 1})`);
  }
  const person = (at: string) =>
    `CASE WHEN ${at} % ${PEOPLE} < ${SUBJECTS} THEN 'subject-' || lpad((${at} % ${PEOPLE})::text, 3, '0') ELSE 'user' || ${at} % ${PEOPLE} END`;
  await owner(
    `INSERT INTO bench.people SELECT i, ${person('i')}, 'S-1-5-' || i FROM generate_series(0, ${PEOPLE - 1}) AS i`,
  );
  await owner(`INSERT INTO bench.notes
    SELECT i, 'ticket ' || i || ' of CORP\\' || (${person('i')}) || ', seen twice' FROM generate_series(0, ${PEOPLE - 1}) AS i`);
  await owner(`INSERT INTO bench.details
    SELECT '2026-01-01'::date + (i / ${PEOPLE} % ${DAYS})::int, i, (i % 40)::int, name, 'PC-' || i % 60000,
      jsonb_build_object('user', 'CORP\\' || name, 'device', 'PC-' || i % 60000, 'score', i % 997, 'os', 'Windows 10 Pro 22H2')
    FROM (SELECT i, ${person('i')} AS name FROM generate_series(0::bigint, ${rows - 1}) AS i) AS drawn`);
  await owner('CREATE INDEX details_of_user ON bench.details (lower(user_name))');
  await owner(`
    GRANT USAGE ON SCHEMA bench TO gdpr_read, gdpr_anonymize, gdpr_verify;
    GRANT SELECT ON ALL TABLES IN SCHEMA bench TO gdpr_read, gdpr_anonymize, gdpr_verify;
    GRANT UPDATE ON bench.people, bench.details, bench.notes TO gdpr_anonymize`);
  await owner('VACUUM ANALYZE');
  const connection = (role: 'owner' | 'read' | 'anonymize' | 'verify') => ({ host, port, ...roles[role] });
  const [size] = await run(
    connection('owner'),
    "SELECT sum(pg_total_relation_size(relid))::text AS bytes FROM pg_partition_tree('bench.details')",
  );
  return {
    server,
    owner,
    bytes: Number(size!.bytes),
    connections: {
      owner: connection('owner'),
      read: connection('read'),
      anonymize: connection('anonymize'),
      verify: connection('verify'),
    },
  };
}

async function run(connection: PortalConnection, text: string): Promise<Record<string, string>[]> {
  const client = new Client({ ...connection, user: connection.username });
  await client.connect();
  try {
    return (await client.query<Record<string, string>>(text)).rows;
  } finally {
    await client.end();
  }
}
