import { randomBytes, randomUUID } from 'node:crypto';
import { Client } from 'pg';
import { afterAll, afterEach, beforeAll } from 'vitest';
import { type PortalDatabaseServer, startPortalDatabase } from '../../local/portal-database/portal-database.ts';
import { portalAnonymizer, rehearse } from '../../modules/portal/anonymize/anonymizer.ts';
import type { PortalMapping } from '../../modules/portal/mapping/mapping.ts';
import { drawToken } from '../../modules/portal/names/tokens.ts';
import type { Rehearsed } from '../../modules/portal/ports.ts';
import { portalPostgres } from '../../modules/portal/retrieval/read-subject.ts';
import { portalPreview, portalVerifier } from '../../modules/portal/search/preview.ts';
import type { PortalPolicy } from '../../modules/portal/settings.ts';
import type { DecidedSubject, Subject } from '../../modules/requests/subject.ts';
import type { PortalSubject } from '../../modules/requests/subjects/person.ts';

const POLICY = { unreachable: 'retain', controls: 'full', lockSeconds: 10, statementSeconds: 60 } as const;

/** People of one company, some with the same login, and what a Portal of ours keeps about them. */
const SCHEMA = `
  CREATE SCHEMA p;
  CREATE TABLE p.users (user_id bigint PRIMARY KEY, domain text, name text, full_name text, sid text, mail text);
  CREATE TABLE p.seats (seat_id bigint PRIMARY KEY, user_id bigint, badge text);
  CREATE TABLE p.badges (badge text PRIMARY KEY, serial text);
  CREATE TABLE p.details (id bigint PRIMARY KEY, user_id bigint, user_name text, doc jsonb);
  CREATE TABLE p.history (id bigint PRIMARY KEY, account text);
  CREATE TABLE p.notes (id bigint PRIMARY KEY, note text);
  CREATE TABLE p.log (id bigint PRIMARY KEY, user_id bigint, payload jsonb);
  CREATE TABLE p.kinds (kind text PRIMARY KEY, definition jsonb);
  CREATE TABLE p.run (request_id uuid PRIMARY KEY, outcome jsonb NOT NULL DEFAULT '{}');
  CREATE TYPE p.author AS (account text, full_name text);
  CREATE TABLE p.papers (id bigint PRIMARY KEY, author p.author);`;

const table = (name: string, key: string, columns: Partial<PortalMapping['tables'][number]> = {}) => ({
  table: `p.${name}`,
  key: [key],
  names: [],
  coIdentifiers: [],
  freeText: [],
  json: [],
  arrays: [],
  ...columns,
});
const name = (column: string, domain?: string) => ({ column, holds: 'user', ...(domain && { domain }) }) as const;
const beside = (...columns: string[]) => columns.map((column) => ({ column, beside: 'name' }));

export const OWN_MAPPING: PortalMapping = {
  identity: [
    {
      holds: 'user',
      table: 'p.users',
      key: 'user_id',
      columns: { name: 'name', domain: 'domain', fullName: 'full_name', sid: 'sid', mail: 'mail' },
      via: [
        {
          steps: [
            { table: 'p.seats', on: ['user_id', 'user_id'] },
            { table: 'p.badges', on: ['badge', 'badge'] },
          ],
          columns: { serial: 'serial' },
        },
      ],
      links: ['details', 'log'].map((each) => ({ table: `p.${each}`, column: 'user_id' })),
    },
  ],
  tables: [
    table('users', 'user_id', {
      names: [name('name', 'domain')],
      coIdentifiers: beside('full_name', 'sid', 'mail'),
    }),
    table('details', 'id', { names: [name('user_name')], json: ['doc'] }),
    table('history', 'id', { names: [name('account')] }),
    table('notes', 'id', { freeText: ['note'] }),
    table('log', 'id', { json: ['payload'] }),
    table('badges', 'badge', { freeText: ['serial'] }),
    table('papers', 'id', { freeText: ['author'] }),
  ],
  harmless: [
    { table: 'p.kinds', columns: ['kind', 'definition'] },
    { table: 'p.users', columns: ['domain'] },
    { table: 'p.seats', columns: ['badge'] },
    { table: 'p.badges', columns: ['badge'] },
  ],
  accounts: [],
  derived: [],
  ledger: 'p.run',
  files: ['users', 'details', 'history', 'notes', 'log', 'papers'].map((each) => ({
    file: each,
    from: `p.${each}`,
    joins: [],
    columns: [
      {
        header: 'row',
        column: { users: 'name', details: 'doc', history: 'account', notes: 'note', log: 'payload', papers: 'author' }[
          each
        ]!,
      },
    ],
  })),
};

/** A database of its own, what the system does with it, and its rows as text. */
export async function createOwnPortal(
  { host, port, roles }: PortalDatabaseServer,
  filling: string,
  mapping = OWN_MAPPING,
) {
  const database = `own${randomBytes(6).toString('hex')}`;
  const connect = async (to: string) => {
    const client = new Client({ host, port, user: roles.owner.username, password: roles.owner.password, database: to });
    await client.connect();
    return client;
  };
  const admin = await connect('postgres');
  await admin.query(`CREATE DATABASE ${database}`);
  const owner = await connect(database);
  await owner.query(`${SCHEMA} ${filling};
    GRANT USAGE ON SCHEMA p TO gdpr_read, gdpr_anonymize, gdpr_verify;
    GRANT SELECT ON ALL TABLES IN SCHEMA p TO gdpr_read, gdpr_anonymize, gdpr_verify;
    GRANT UPDATE ON ALL TABLES IN SCHEMA p TO gdpr_anonymize; GRANT INSERT ON p.run TO gdpr_anonymize`);
  const as = (role: 'read' | 'anonymize' | 'verify') => async () => ({ host, port, ...roles[role], database });
  return {
    owner,
    as,
    /** `table: row` of all tables but the ledger. */
    async rows(): Promise<string[]> {
      const tables = ['users', 'seats', 'badges', 'details', 'history', 'notes', 'log', 'kinds', 'papers'];
      const all = tables.map((each) => `SELECT '${each}: ' || (t.*)::text AS row FROM p.${each} t`);
      return (await owner.query<{ row: string }>(`${all.join(' UNION ALL ')} ORDER BY 1`)).rows.map(({ row }) => row);
    },
    preview: (subject: DecidedSubject) => portalPreview(as('read'), mapping, 60).findSubject(subject),
    people: (subject: Subject) => portalPreview(as('read'), mapping, 60).listPeople(subject),
    async retrieve(subject: Subject): Promise<string[]> {
      const found: string[] = [];
      for await (const { file, batches } of portalPostgres(as('read'), mapping).readSubject(subject))
        for await (const rows of batches) found.push(...rows.map(([row]) => `${file}: ${row}`));
      return found.sort();
    },
    rehearse: (subject: DecidedSubject, most = 1000, mayStart?: Rehearsed['mayStart']) =>
      rehearse(as('anonymize'), mapping, POLICY, {
        subject,
        token: drawToken(randomBytes),
        most,
        ...(mayStart && { mayStart }),
      }),
    /** A run and its verification, which searches for what the run has replaced. */
    async anonymize(subject: DecidedSubject, mentions: PortalPolicy['mentions'] = { default: 'keep' }, by = mapping) {
      let replaced: PortalSubject | undefined;
      const outcome = await portalAnonymizer(as('anonymize'), by, { ...POLICY, mentions }).anonymize(
        randomUUID(),
        subject,
        drawToken(randomBytes),
        {
          async mayCommit(person) {
            replaced = person;
          },
        },
      );
      const rows = Object.values(outcome.rowsByTable).reduce((sum, changed) => sum + changed, 0);
      return {
        rows,
        person: replaced!,
        verified: await portalVerifier(as('verify'), mapping).verify({ ...subject, person: replaced! }),
        outcome,
      };
    },
    async drop() {
      await owner.end();
      await admin.query(`DROP DATABASE ${database} WITH (FORCE)`);
      await admin.end();
    },
  };
}

export type OwnPortal = Awaited<ReturnType<typeof createOwnPortal>>;

/** A server for the tests of a file. Each test opens a Portal of its own on it, which is dropped when the test has ended. */
export function ownPortals(): (filling: string, mapping?: PortalMapping) => Promise<OwnPortal> {
  let server: PortalDatabaseServer;
  let portal: OwnPortal | undefined;
  beforeAll(async () => {
    server = await startPortalDatabase({ people: { users: [], devices: [] }, days: 1 });
  });
  afterAll(() => server.stop());
  afterEach(() => portal?.drop());
  return async (filling, mapping) => {
    portal = await createOwnPortal(server, filling, mapping);
    return portal;
  };
}
