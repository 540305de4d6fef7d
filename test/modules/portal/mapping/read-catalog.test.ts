import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type PortalDatabaseServer,
  referenceMapping,
  startPortalDatabase,
} from '../../../../local/portal-database/portal-database.ts';
import type { PortalConnectionSource } from '../../../../modules/portal/database/connection.ts';
import { checkMapping, refuseUnfitMapping } from '../../../../modules/portal/mapping/live-check.ts';
import type { PortalMapping } from '../../../../modules/portal/mapping/mapping.ts';
import { connectionOf, fewPeople, runAs } from '../../../support/portal.ts';

let server: PortalDatabaseServer;
beforeAll(async () => {
  server = await startPortalDatabase({ people: fewPeople(), days: 5, now: new Date('2026-03-10T12:00:00Z') });
});
afterAll(() => server.stop());

/** What is wrong while `change` is in force. */
async function problemsWhile(change: string, undo: string): Promise<string[]> {
  await runAs(server, 'owner', change);
  try {
    return await checkMapping(connectionOf(server, 'read'), await referenceMapping());
  } finally {
    await runAs(server, 'owner', undo);
  }
}

describe('checkMapping (docs/portal-mapping.md)', () => {
  it.each(['read', 'anonymize', 'verify'] as const)('finds the reference mapping right, asked by %s', async (role) => {
    expect(await checkMapping(connectionOf(server, role), await referenceMapping())).toEqual([]);
  });

  it.each([
    ['a text column', 'text', 'portal.metric_results.extra (text) is not classified'],
    ['JSON', 'jsonb', 'portal.metric_results.extra (jsonb) is not classified'],
    ['bytes', 'bytea', 'portal.metric_results.extra (bytea) is not classified'],
    ['a list', 'varchar(9)[]', 'portal.metric_results.extra (character varying(9)[]) is not classified'],
    ['text search', 'tsvector', 'portal.metric_results.extra (tsvector) is not classified'],
    ['a composite', 'portal.metrics', 'portal.metric_results.extra (portal.metrics) is not classified'],
    ['a type that is not known', 'aclitem', 'portal.metric_results.extra has the type aclitem, which is not known'],
  ])('names %s that nobody has looked at', async (_what, type, problem) => {
    const problems = await problemsWhile(
      `ALTER TABLE portal.metric_results ADD COLUMN extra ${type}`,
      'ALTER TABLE portal.metric_results DROP COLUMN extra',
    );

    expect(problems[0]).toBe(problem);
    expect(problems[1]).toMatch(/^the schema is not the approved one; .* approve fingerprint [0-9a-f]{64}$/);
  });

  it('looks through domains, and passes over types of numbers, times and addresses but for the fingerprint', async () => {
    const domain = await problemsWhile(
      'CREATE DOMAIN portal.nick AS text; ALTER TABLE portal.users ADD COLUMN nick portal.nick',
      'ALTER TABLE portal.users DROP COLUMN nick; DROP DOMAIN portal.nick',
    );
    const number = await problemsWhile(
      'ALTER TABLE portal.users ADD COLUMN n int4range, ADD COLUMN m macaddr8, ADD COLUMN d timestamptz[]',
      'ALTER TABLE portal.users DROP COLUMN n, DROP COLUMN m, DROP COLUMN d',
    );

    expect(domain[0]).toBe('portal.users.nick (portal.nick) is not classified');
    expect(number).toHaveLength(1);
  });

  it('names a table that the role may not read', async () => {
    const problems = await problemsWhile(
      'CREATE TABLE portal.secret (id int); REVOKE ALL ON portal.secret FROM gdpr_read',
      'DROP TABLE portal.secret',
    );

    expect(problems[0]).toBe('portal.secret cannot be read in full: GRANT SELECT ON portal.secret TO gdpr_read');
  });

  it('names what is gone, and a trigger or a rule that is new makes another schema', async () => {
    const gone = await problemsWhile(
      'ALTER TABLE portal.users RENAME COLUMN sid TO security_id',
      'ALTER TABLE portal.users RENAME COLUMN security_id TO sid',
    );
    const trigger = await problemsWhile(
      `CREATE FUNCTION portal.copy() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
       CREATE TRIGGER audit AFTER UPDATE ON portal.users FOR EACH ROW EXECUTE FUNCTION portal.copy()`,
      'DROP TRIGGER audit ON portal.users; DROP FUNCTION portal.copy()',
    );
    const rule = await problemsWhile(
      'CREATE RULE keep AS ON DELETE TO portal.users DO INSTEAD NOTHING',
      'DROP RULE keep ON portal.users',
    );

    expect(gone).toContain('portal.users.sid does not exist');
    expect(gone).toContain('portal.users.security_id (text) is not classified');
    for (const problems of [trigger, rule])
      expect(problems).toEqual([expect.stringContaining('the schema is not the approved one')]);
  });

  it('names a column that one run would change in two ways, and lets a name stand beside another kind of name', async () => {
    const mapping = await referenceMapping();
    const users = mapping.tables.find(({ table }) => table === 'portal.users')!;
    const problemsOf = (changed: Partial<typeof users>) =>
      checkMapping(connectionOf(server, 'read'), {
        ...mapping,
        tables: mapping.tables.map((table) => (table === users ? { ...users, ...changed } : table)),
      });
    const twice = (column: string) => [`portal.users.${column} is listed twice, and can be changed in one way only`];
    const [name] = users.names;

    expect(await problemsOf({ freeText: ['sid'] })).toEqual(twice('sid'));
    expect(await problemsOf({ freeText: ['name'] })).toEqual(twice('name'));
    expect(await problemsOf({ names: [...users.names, name!] })).toEqual(twice('name'));
    expect(await problemsOf({ coIdentifiers: [...users.coIdentifiers, users.coIdentifiers[0]!] })).toEqual(
      twice(users.coIdentifiers[0]!.column),
    );
    expect(await problemsOf({ names: [...users.names, { ...name!, holds: 'device' }] })).toEqual([]);
  });

  it('asks where users are kept, unless the mapping says that names are all there is (R15)', async () => {
    const { identity, ...mapping } = await referenceMapping();
    const problemsOf = (some?: PortalMapping['identity']) =>
      checkMapping(connectionOf(server, 'read'), some ? { ...mapping, identity: some } : mapping);
    const asked = [expect.stringMatching(/^no "identity" says where users are kept, .* "identity": \[\]/)];

    expect(await problemsOf()).toEqual(asked);
    expect(await problemsOf(identity!.filter(({ holds }) => holds === 'device'))).toEqual(asked);
    expect(await problemsOf([])).toEqual([]);
  });

  it('takes the partitions of another day for the same schema', async () => {
    const problems = await problemsWhile(
      `CREATE TABLE portal.tomorrow PARTITION OF portal.count_metric_details
       FOR VALUES FROM ('2026-03-11') TO ('2026-03-12')`,
      'DROP TABLE portal.tomorrow',
    );

    expect(problems).toEqual([]);
  });

  it('refuses with an error that names the columns, and without the fingerprint as well', async () => {
    const { fingerprint: _, ...mapping } = await referenceMapping();
    const source = connectionOf(server, 'read');

    await expect(refuseUnfitMapping(source, { ...mapping, harmless: [] })).rejects.toMatchObject({
      name: 'PortalMappingError',
      message: expect.stringMatching(
        /portal\.metrics\.definition \(jsonb\) is not classified; the mapping has no fingerprint/,
      ),
    });
  });
});

describe('a database whose locale knows ASCII letters only', () => {
  const inDatabase = async (options: string, work: (source: PortalConnectionSource) => Promise<void>) => {
    await runAs(
      server,
      'owner',
      `CREATE DATABASE plain TEMPLATE template0 LOCALE_PROVIDER libc LC_COLLATE 'C' ${options}`,
    );
    try {
      await work(async () => ({ ...(await connectionOf(server, 'read')()), database: 'plain' }));
    } finally {
      await runAs(server, 'owner', 'DROP DATABASE plain WITH (FORCE)');
    }
  };

  it.each([
    ["LC_CTYPE 'C'", /^the locale C of the database does not pair .* made with LC_CTYPE C\.UTF-8/],
    ["LC_CTYPE 'C' ENCODING 'LATIN1'", /^the database is in LATIN1; /],
  ])('is refused with what to do: %s (R15, R23)', async (options, problem) => {
    await inDatabase(options, async (source) => {
      const [first] = await checkMapping(source, await referenceMapping());
      expect(first).toMatch(problem);
      await expect(refuseUnfitMapping(source, await referenceMapping())).rejects.toMatchObject({
        name: 'PortalMappingError',
        message: expect.stringContaining(first!),
      });
    });
  });

  it('is not one whose locale is C.UTF-8', async () => {
    await inDatabase("LC_CTYPE 'C.UTF-8'", async (source) => {
      const problems = await checkMapping(source, await referenceMapping());
      expect(problems.filter((problem) => /locale|database/.test(problem))).toEqual([]);
    });
  });
});
