import { randomBytes, randomUUID } from 'node:crypto';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type PortalDatabaseServer, startPortalDatabase } from '../../../local/portal-database/portal-database.ts';
import { discoverMapping } from '../../../local/portal-setup/discover.ts';
import type { MappingProposal } from '../../../local/portal-setup/propose-mapping.ts';
import { rolesScript, schemasOf } from '../../../local/portal-setup/roles-script.ts';
import { reviewPage } from '../../../local/portal-setup/write-proposal.ts';
import { portalAnonymizer } from '../../../modules/portal/anonymize/anonymizer.ts';
import { checkMapping, refuseUnfitMapping } from '../../../modules/portal/mapping/live-check.ts';
import { PortalMapping } from '../../../modules/portal/mapping/mapping.ts';
import { drawToken } from '../../../modules/portal/names/tokens.ts';
import { portalVerifier } from '../../../modules/portal/search/preview.ts';
import type { Subject } from '../../../modules/requests/subject.ts';
import type { PortalSubject } from '../../../modules/requests/subjects/person.ts';
import { connectionOf, fewPeople, runAs } from '../../support/portal.ts';
import { createWidePortal, PLANTED, type Truth } from '../../support/wide-portal.ts';

const TABLES = process.env.GDPR_TEST_DEEP === '1' ? 400 : 40;
const POLICY = { unreachable: 'retain', controls: 'full', lockSeconds: 10, statementSeconds: 60 } as const;

let server: PortalDatabaseServer;
beforeAll(async () => {
  server = await startPortalDatabase({ people: fewPeople(), days: 5, now: new Date('2026-03-10T12:00:00Z') });
});
afterAll(() => server.stop());

/** Role of each column, `schema.table.column`. */
const rolesIn = ({ columns }: Pick<MappingProposal, 'columns'>) =>
  new Map(
    columns.flatMap(({ tables, column, role }) =>
      tables.map((table) => [`${table}.${column}`, role] as [string, string]),
    ),
  );

/** Roles that are right for what a column holds. `clear` beside a name that is missing can only be searched. */
const RIGHT: Readonly<Record<Truth, readonly string[]>> = {
  user: ['name'],
  device: ['name'],
  clear: ['co-identifier'],
  mention: ['text'],
  nobody: ['text', 'harmless', 'none'],
};

describe(`discoverMapping on ${TABLES} generated tables (C31)`, () => {
  let wide: Awaited<ReturnType<typeof createWidePortal>>;
  let found: Awaited<ReturnType<typeof discoverMapping>>;
  beforeAll(async () => {
    wide = await createWidePortal(server, TABLES);
    found = await discoverMapping(wide.as('owner'), wide.known);
  }, 120_000);
  afterAll(() => wide.drop());

  it('takes every column for what it is, whatever its name promises, and leaves few decisions', () => {
    const roles = rolesIn(found);
    const wrong = [...wide.truth].filter(([place, truth]) => !RIGHT[truth].includes(roles.get(place)!));

    expect(wrong).toEqual([]);
    expect(found.mapping.decisions.length).toBeLessThanOrEqual(100);
    expect(found.mapping.decisions).toContainEqual({
      question: 'Does this id tell who someone is? If so, clear it.',
      proposed: 'none',
      evidence: 'GUID, different for each',
      columns: ['hub.persons.ref'],
    });
  });

  it('finds where people and devices are kept, with what identifies them along foreign keys (R9)', () => {
    expect(found.mapping.identity).toEqual([
      {
        holds: 'user',
        table: 'hub.persons',
        key: 'person_key',
        columns: { domain: 'dom', name: 'login', fullName: 'display', sid: 'sec_id', upn: 'principal', mail: 'mail' },
        via: [
          {
            steps: [{ table: 'hub.contacts', on: ['person_key', 'person_key'] }],
            columns: { mail: 'private_mail' },
          },
        ],
        links: [{ table: 'hub.contacts', column: 'person_key' }],
      },
      {
        holds: 'device',
        table: 'hub.machines',
        key: 'machine_key',
        columns: { name: 'name', serial: 'serial' },
        via: [],
        links: [],
      },
    ]);
  });

  it('shows no value of the database on the review page unless it is asked to (R24)', () => {
    const [page, open] = [reviewPage(found, false), reviewPage(found, true)];
    const values = found.columns.flatMap(({ example }) => (example && /[a-z]{3}/.test(example) ? [example] : []));
    const shown = values.filter((value) => page.includes(`<td>${value}</td></tr>`));

    expect(shown).toEqual([]);
    expect(page).not.toMatch(new RegExp(PLANTED.join('|'), 'i'));
    expect(open).toContain('<td>S-1-5-21-');
    expect(page).toContain("default-src 'none'");
  });

  it('proposes a mapping and rights with which a person is found and replaced everywhere (R15)', async () => {
    await wide.owner.query(rolesScript(found.mapping, schemasOf(found.catalog)));
    await wide.owner.query(rolesScript(found.mapping, schemasOf(found.catalog))); // again, as after a change
    const problems = await checkMapping(wide.as('read'), PortalMapping.parse(found.mapping));
    const undecided = found.mapping.decisions.map(({ question, columns }) =>
      expect.stringMatching(
        new RegExp(`^to be decided .*${columns[0]!.replaceAll('.', '\\.')}.*: ${question.replaceAll('?', '\\?')}`),
      ),
    );
    expect(undecided.length).toBeGreaterThan(0);
    expect(problems).toEqual([
      ...undecided,
      expect.stringMatching(/^the mapping has no fingerprint; .* [0-9a-f]{64}$/),
    ]);
    const approved = { ...found.mapping, fingerprint: problems.at(-1)!.slice(-64) };
    await expect(refuseUnfitMapping(wide.as('read'), approved)).rejects.toThrow(/to be decided/);
    const mapping = { ...approved, decisions: [] };
    expect(await checkMapping(wide.as('anonymize'), mapping)).toEqual([]);

    const before = await wide.owner.query(`SELECT display, sec_id, principal, mail, private_mail
      FROM hub.persons JOIN hub.contacts USING (person_key) WHERE person_key IN (2, 6)`);
    for (const name of ['rené.favre', 'LAB\\smith']) {
      let person: PortalSubject | undefined;
      const subject = { kind: 'user', name } as const;
      const gates = {
        mayCommit: async (searched: PortalSubject) => {
          person = searched;
        },
      };
      const run = portalAnonymizer(wide.as('anonymize'), mapping, { ...POLICY, mentions: { default: 'keep' } });
      const outcome = await run.anonymize(randomUUID(), subject, drawToken(randomBytes), gates);
      const verified = await portalVerifier(wide.as('verify'), mapping).verify({ ...subject, person: person! });
      expect([outcome.rowsByTable['hub.persons'], verified]).toMatchObject([1, { residue: 0 }]);
    }
    const tables = new Set([...wide.truth.keys()].map((place) => place.split('.').slice(0, 2).join('.')));
    const rows = [...tables, 'hub.persons', 'hub.contacts'].map((table) => `SELECT t::text AS row FROM ${table} t`);
    const left = await wide.owner.query<{ row: string }>(rows.join(' UNION ALL '));
    const { rows: own } = before;
    const identifiers = own.flatMap((row) => Object.values(row) as string[]);
    expect(identifiers).toHaveLength(10);
    expect(left.rows.filter(({ row }) => [...identifiers, 'rené.favre'].some((each) => row.includes(each)))).toEqual(
      [],
    );
  }, 600_000);
});

describe('discoverMapping (docs/portal-mapping.md)', () => {
  const discovered = (planted?: Subject) => discoverMapping(connectionOf(server, 'read'), undefined, planted);

  it('finds accounts by their form where nobody knows names, and says what it could not compare', async () => {
    const found = await discovered();
    const roles = rolesIn(found);

    expect(roles.get('portal.users.name')).toBe('name');
    expect(roles.get('portal.count_metric_history.account')).toBe('name');
    expect(found.mapping.derived).toEqual(['portal.user_activity']);
    expect(found.mapping.decisions.map(({ question }) => question)).toContain(
      'Names were missing to compare with. Does it hold names?',
    );
  });

  it('takes a planted name for what values do not tell', async () => {
    await runAs(server, 'owner', 'CREATE TABLE portal.odd (id int PRIMARY KEY, x1 text, x2 text, x3 text)');
    await runAs(server, 'owner', "INSERT INTO portal.odd VALUES (1, 'zq-plant', 'seen zq-plant today', 'blue')");
    try {
      const { mapping, ...found } = await discovered({ kind: 'device', name: 'zq-plant' });
      const roles = rolesIn(found);
      expect(['x1', 'x2', 'x3'].map((column) => roles.get(`portal.odd.${column}`))).toEqual(['name', 'text', 'text']);
      expect(mapping.tables.find(({ table }) => table === 'portal.odd')?.names).toEqual([
        { column: 'x1', holds: 'device' },
      ]);
    } finally {
      await runAs(server, 'owner', 'DROP TABLE portal.odd');
    }
  });

  it('asks about a composite beside a name, whose fields no run clears by themselves (R15)', async () => {
    await runAs(server, 'owner', 'CREATE TYPE portal.contact AS (phone text, room text)');
    await runAs(server, 'owner', 'CREATE TABLE portal.desks (who text, contact portal.contact)');
    await runAs(server, 'owner', "INSERT INTO portal.desks VALUES ('CORP\\jdoe', ROW('+49 30 1', 'A1'))");
    try {
      const { mapping } = await discovered();
      expect(mapping.decisions).toContainEqual(
        expect.objectContaining({
          question: 'Do fields of it tell who someone is? If so, clear it.',
          columns: ['portal.desks.contact'],
        }),
      );
    } finally {
      await runAs(server, 'owner', 'DROP TABLE portal.desks; DROP TYPE portal.contact');
    }
  });

  it('takes no logins for harmless where nobody knows names, and asks (C31)', async () => {
    await runAs(server, 'owner', 'CREATE TABLE portal.visits (id int PRIMARY KEY, who text, state text)');
    const some = "'login' || n % 20, (ARRAY['open', 'closed'])[1 + n % 2]";
    await runAs(server, 'owner', `INSERT INTO portal.visits SELECT n, ${some} FROM generate_series(1, 200) n`);
    try {
      const found = await discovered();
      const roles = rolesIn(found);
      expect([roles.get('portal.visits.who'), roles.get('portal.visits.state')]).toEqual(['text', 'harmless']);
      const asked = found.mapping.decisions.flatMap(({ columns }) => columns);
      expect(asked).toEqual(expect.arrayContaining(['portal.visits.who', 'portal.visits.state']));
    } finally {
      await runAs(server, 'owner', 'DROP TABLE portal.visits');
    }
  });

  it('takes columns beside hashes of passwords for login accounts, which are never changed (R15)', async () => {
    await runAs(server, 'owner', 'CREATE TABLE portal.logins (login text PRIMARY KEY, secret text)');
    await runAs(server, 'owner', "INSERT INTO portal.logins VALUES ('jdoe', '$2b$12$abcdefghijklmnopqrstuv')");
    try {
      const { mapping } = await discovered();
      expect(mapping.accounts).toEqual([{ table: 'portal.logins', columns: ['login', 'secret'] }]);
    } finally {
      await runAs(server, 'owner', 'DROP TABLE portal.logins');
    }
  });

  it('has both sides of a foreign key changed, or none, as the check wants it', async () => {
    await runAs(server, 'owner', 'CREATE TABLE portal.dept (dept text PRIMARY KEY, note text)');
    await runAs(server, 'owner', 'CREATE TABLE portal.staff (id int PRIMARY KEY, dept text REFERENCES portal.dept)');
    await runAs(server, 'owner', "INSERT INTO portal.dept VALUES ('Sales', 'a b'), ('Legal', 'c d'), ('IT', 'e f')");
    await runAs(
      server,
      'owner',
      "INSERT INTO portal.staff SELECT n, (ARRAY['Sales', 'Legal', 'IT'])[1 + n % 3] FROM generate_series(1, 90) n",
    );
    try {
      const found = await discovered();
      const roles = rolesIn(found);
      expect(roles.get('portal.staff.dept')).toBe(roles.get('portal.dept.dept'));
      expect(
        await checkMapping(connectionOf(server, 'read'), PortalMapping.parse({ ...found.mapping, decisions: [] })),
      ).toEqual([expect.stringContaining('the mapping has no fingerprint')]);
    } finally {
      await runAs(server, 'owner', 'DROP TABLE portal.staff, portal.dept');
    }
  });

  it('goes on where a table cannot be read, which the check names', async () => {
    await runAs(
      server,
      'owner',
      'CREATE TABLE portal.secret (id int, who text); REVOKE ALL ON portal.secret FROM gdpr_read',
    );
    try {
      const { mapping } = await discovered();
      expect(
        await checkMapping(connectionOf(server, 'read'), PortalMapping.parse({ ...mapping, decisions: [] })),
      ).toEqual([
        'portal.secret cannot be read in full: GRANT SELECT ON portal.secret TO gdpr_read',
        expect.stringContaining('the mapping has no fingerprint'),
      ]);
    } finally {
      await runAs(server, 'owner', 'DROP TABLE portal.secret');
    }
  });
});

describe('discoverMapping on people whose logins exist in two domains (R9)', () => {
  const CREW = `
    CREATE TABLE people (id int PRIMARY KEY, login text, domain text, sid text, mail text, full_name text, unique (login, domain));
    INSERT INTO people SELECT i, 'user' || chr(96 + i), 'CORP', 'S-1-5-21-9-9-9-' || i, 'm' || chr(96 + i) || '.x@corp.example',
      'Ada Mac' || chr(96 + i) || 'son' FROM generate_series(1, 25) i;
    CREATE TABLE ev (id int PRIMARY KEY, account text, note text);
    INSERT INTO ev SELECT n, 'CORP\\user' || chr(97 + n % 25), 'ok' FROM generate_series(1, 100) n;
    CREATE TABLE logins (account text PRIMARY KEY, mail text, id int);
    INSERT INTO logins VALUES ('userb', 'mb.x@corp.example', 1), ('userc', 'mc.x@corp.example', 2), ('admin', 'admin@corp.example', 3)`;
  const crewOf = async (...changes: string[]) => {
    await runAs(server, 'owner', 'CREATE DATABASE crew');
    const source = async () => ({ ...(await connectionOf(server, 'owner')()), database: 'crew' });
    try {
      const { username: user, ...address } = await source();
      const client = new Client({ ...address, user });
      await client.connect();
      await client.query([CREW, ...changes].join(';'));
      await client.end();
      return (await discoverMapping(source)).mapping;
    } finally {
      await runAs(server, 'owner', 'DROP DATABASE crew WITH (FORCE)');
    }
  };
  const people = {
    holds: 'user',
    table: 'public.people',
    key: 'id',
    columns: { name: 'login', domain: 'domain', sid: 'sid', mail: 'mail', fullName: 'full_name' },
    via: [],
    links: [],
  };
  const [LAB, BARE] = [
    "UPDATE people SET login = 'userb', domain = 'LAB' WHERE id = 1; UPDATE ev SET account = 'LAB\\userb' WHERE account LIKE '%usera'",
    "UPDATE ev SET account = split_part(account, '\\', 2)",
  ];
  const whereKept = expect.objectContaining({ question: expect.stringMatching(/users kept/) });

  it.each([
    ['one login in two domains', [LAB]],
    [
      'every login in two domains',
      ["INSERT INTO people SELECT id + 50, login, 'LAB', sid || '0', 'l' || mail, 'Bo ' || full_name FROM people"],
    ],
  ])('finds who is kept where: %s', async (_case, changes) => {
    const mapping = await crewOf(...changes);
    const table = mapping.tables.find((each) => each.table === 'public.people');

    expect(mapping.identity).toEqual([people]);
    expect(table?.coIdentifiers.map(({ column }) => column)).toEqual(['sid', 'mail', 'full_name']);
    expect(mapping.decisions).not.toContainEqual(whereKept);
  });

  it('takes the table of people by bare logins, too, and asks whether it is the one', async () => {
    const mapping = await crewOf(LAB, BARE, 'DROP TABLE logins');

    expect(mapping.identity).toMatchObject([{ table: 'public.people', columns: { name: 'login', domain: 'domain' } }]);
    expect(mapping.decisions[0]).toMatchObject({
      question: 'Are all users kept in this table, one in each row? If not, correct "identity".',
      evidence: expect.stringContaining('public.people has 24 of '),
    });
  });

  it('takes no small table of accounts, and asks where people are kept', async () => {
    const mapping = await crewOf('DROP TABLE people');

    expect(mapping.identity).toBeUndefined();
    expect(mapping.decisions[0]).toMatchObject({
      question: 'Where are users kept, one in each row? Write it as "identity".',
      columns: expect.arrayContaining(['public.ev.account', 'public.logins.mail']),
    });
  });
});
