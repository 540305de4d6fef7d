import { describe, expect, it } from 'vitest';
import type { PortalMapping } from '../../../../modules/portal/mapping/mapping.ts';
import { OWN_MAPPING, type OwnPortal, ownPortals } from '../../../support/own-portal.ts';

const create = ownPortals();
let portal: OwnPortal;

const jdoe = { kind: 'user', name: 'jdoe' } as const;
const ROWS = /jdoe|John Doe|S-1-5-21-2-1|salesforce/i;

/** Two people with the same login, so that it means one of them beside other evidence alone, and a history of changes. */
const SCHEMA = `
  INSERT INTO p.users VALUES (1, 'CORP', 'jdoe', 'John Doe', 'S-1-5-21-2-1', 'salesforce-7'), (2, 'CORP', 'asmith', 'Ann Smith', NULL, NULL);
  INSERT INTO p.history VALUES (1, 'CORP\\jdoe'), (2, 'asmith');
  CREATE TABLE p.audit (id bigint GENERATED ALWAYS AS IDENTITY, at timestamptz DEFAULT now(), was text);
  INSERT INTO p.audit (was) VALUES ('first line');
  GRANT INSERT ON p.audit TO gdpr_anonymize;`;

/** A trigger with a body of its own. */
const trigger = (name: string, table: string, when: string, body: string) => `
  CREATE FUNCTION p.${name}() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN ${body}; RETURN NEW; END$$;
  CREATE TRIGGER ${name} ${when} UPDATE ON p.${table} FOR EACH ROW EXECUTE FUNCTION p.${name}();`;
const COPY = trigger(
  'copy',
  'users',
  'AFTER',
  `INSERT INTO p.audit (was) VALUES (OLD.name || ' became ' || NEW.name), (to_jsonb(OLD)::text)`,
);

const AUDIT = { table: 'p.audit', columns: ['was'] };
/** Further co-identifiers, short or no text, and a mapping that has them cleared. */
const CLEARED = `ALTER TABLE p.users ADD department text, ADD mac macaddr, ADD host inet, ADD badge int;
  UPDATE p.users SET department = 'HR', mac = '08:00:2b:01:02:03', host = '10.0.0.1', badge = 4711;`;
const cleared = ['full_name', 'sid', 'mail', 'department', 'mac', 'host', 'badge'];
const CLEARING: Partial<PortalMapping> = {
  accounts: [AUDIT, { table: 'p.login', columns: ['login'] }],
  tables: [
    { ...OWN_MAPPING.tables[0]!, coIdentifiers: cleared.map((column) => ({ column, beside: 'name' })) },
    ...OWN_MAPPING.tables.slice(1),
  ],
};
const nothing = { names: [], coIdentifiers: [], freeText: [], json: [], arrays: [] };
const AS: Readonly<Record<string, Partial<PortalMapping>>> = {
  harmless: { harmless: [...OWN_MAPPING.harmless, AUDIT] },
  accounts: { accounts: [AUDIT] },
  'mapped first': {
    tables: [{ ...nothing, table: 'p.audit', key: ['id'], freeText: ['was'] }, ...OWN_MAPPING.tables],
  },
  'mapped last': {
    tables: [...OWN_MAPPING.tables, { ...nothing, table: 'p.audit', key: ['id'], freeText: ['was'] }],
  },
};

const open = async (sql: string, mapping: Partial<PortalMapping> = AS.accounts!) => {
  portal = await create(`${SCHEMA} ${sql}`, { ...OWN_MAPPING, ...mapping });
};
/** Every row of the database that shows something of the person. */
const left = async () => {
  const { rows } = await portal.owner.query<{ was: string }>('SELECT was FROM p.audit');
  return [...(await portal.rows()), ...rows.map(({ was }) => was)].filter((row) => ROWS.test(row));
};

describe('a trigger of the database that copies what changes (C24, R15)', () => {
  it.each(Object.keys(AS))('has its rows rewritten too, and counted apart, in a table that is %s', async (how) => {
    await open(COPY, AS[how]);

    const { outcome, verified } = await portal.anonymize(jdoe);

    expect(outcome.writtenByTriggers).toEqual({ 'p.audit': 2 });
    expect(outcome.rowsByTable['p.users']).toBe(1);
    expect(await left()).toEqual([]);
    expect(verified).toMatchObject({ residue: 0, accounts: [] });
    const { rows } = await portal.owner.query('SELECT was FROM p.audit ORDER BY id');
    expect(rows).toHaveLength(3);
    expect(rows[0].was).toBe('first line');
  });

  it.each(['a_history', 'z_history'])(
    "may fill mapped tables and change the person's rows there, before their turn or after: %s",
    async (name) => {
      const [history, seen, older] = [`p.${name}`, `p.${name}_seen`, `p.${name}_older`];
      await open(
        `CREATE TABLE ${history} (id bigint GENERATED ALWAYS AS IDENTITY, account text, said text);
       CREATE TABLE ${older} (account text);
       CREATE TABLE ${seen} (account text, changes int);
       GRANT INSERT ON ${history}, ${older} TO gdpr_anonymize;
       INSERT INTO ${history} (account, said) VALUES ('CORP\\jdoe', 'as CORP\\jdoe said'), ('asmith', '-');
       INSERT INTO ${seen} VALUES ('CORP\\jdoe', 0), ('CORP\\jdoe', 0), ('asmith', 0);
       ${trigger(
         'copy',
         'users',
         'AFTER',
         `INSERT INTO ${history} (account, said) VALUES ('CORP\\' || OLD.name, 'CORP\\' || OLD.name || ' became ' || NEW.name);
          UPDATE ${seen} SET changes = changes + 1 WHERE account IN ('CORP\\' || OLD.name, NEW.name, 'CORP\\' || NEW.name)`,
       )}
       CREATE FUNCTION p.again() RETURNS trigger LANGUAGE plpgsql AS
         $$BEGIN INSERT INTO ${older} SELECT account FROM was; RETURN NULL; END$$;
       CREATE TRIGGER again AFTER UPDATE ON ${history} REFERENCING OLD TABLE AS was
         FOR EACH STATEMENT EXECUTE FUNCTION p.again();`,
        {
          ...AS.accounts,
          tables: [
            ...OWN_MAPPING.tables,
            {
              ...nothing,
              table: history,
              key: ['id'],
              names: [{ column: 'account', holds: 'user' }],
              freeText: ['said'],
            },
            { ...nothing, table: seen, key: ['account'], names: [{ column: 'account', holds: 'user' }] },
            { ...nothing, table: older, key: ['account'], freeText: ['account'] },
          ],
        },
      );

      const { outcome, verified } = await portal.anonymize(jdoe);

      expect(outcome.rowsByTable).toMatchObject({ 'p.users': 1, [history]: 1 });
      expect(outcome.writtenByTriggers).toMatchObject({ [history]: 1, [older]: 2 });
      expect(verified).toMatchObject({ residue: 0 });
      for (const [table, rows] of [
        [history, 3],
        [seen, 3],
        [older, 2],
      ] as const) {
        const { rows: found } = await portal.owner.query(`SELECT t::text AS row FROM ${table} t`);
        expect(found).toHaveLength(rows);
        expect(found.filter(({ row }) => ROWS.test(row))).toEqual([]);
      }
      const { rows } = await portal.owner.query(`SELECT changes FROM ${seen} WHERE account <> 'asmith'`);
      expect(rows).toEqual([{ changes: 1 }, { changes: 1 }]);
    },
  );

  it('may use blocks of its own, names without a schema, and tables that have triggers, too', async () => {
    const safe = `BEGIN INSERT INTO audit (was) VALUES (OLD.name); EXCEPTION WHEN division_by_zero THEN NULL; END`;
    await open(`${trigger('copy', 'users', 'AFTER', safe)}
      CREATE TABLE p.second (was text); GRANT INSERT ON p.second TO gdpr_anonymize;
      ${trigger('again', 'audit', 'AFTER', 'INSERT INTO p.second VALUES (OLD.was)')}
      CREATE RULE also AS ON UPDATE TO p.history DO ALSO INSERT INTO p.audit (was) VALUES (OLD.account);
      DO $$BEGIN EXECUTE format('ALTER ROLE gdpr_anonymize IN DATABASE %I SET search_path = p', current_database()); END$$`);

    const { outcome } = await portal.anonymize(jdoe);

    expect(outcome.writtenByTriggers).toEqual({ 'p.audit': 2, 'p.second': 2 });
    expect(await left()).toEqual([]);
    const { rows } = await portal.owner.query('SELECT was FROM p.second');
    expect(rows).toEqual(Array(2).fill({ was: expect.stringMatching(/^(CORP\\)?anon-/) }));
  });

  it('may put old values into other columns of the row, cleared ones too; what others wrote stays', async () => {
    const harmless = [...OWN_MAPPING.harmless, AUDIT, { table: 'p.users', columns: ['previous'] }];
    const users = { ...OWN_MAPPING.tables[0]!, coIdentifiers: [{ column: 'mail', beside: 'name' }] };
    await open(
      `ALTER TABLE p.users ADD previous text; UPDATE p.users SET previous = 'as jdoe said', full_name = NULL;
       ALTER TABLE p.history ADD previous text; UPDATE p.history SET previous = 'as jdoe said';
       ${trigger('keep', 'users', 'BEFORE', `IF NEW.name <> OLD.name THEN NEW.previous = OLD.previous || ', ' || OLD.name || ', ' || OLD.mail; END IF`)}`,
      {
        harmless: [...harmless, { table: 'p.history', columns: ['previous'] }],
        identity: [{ ...OWN_MAPPING.identity![0]!, columns: { name: 'name', domain: 'domain' } }],
        tables: [users, ...OWN_MAPPING.tables.slice(1)],
      },
    );

    const { outcome } = await portal.anonymize(jdoe);

    expect(outcome.writtenByTriggers).toEqual({ 'p.users': 1 });
    const { rows } = await portal.owner.query(`SELECT u.previous AS changed, h.previous AS kept FROM p.users u
      JOIN p.history h ON h.id = u.user_id WHERE u.user_id = 1`);
    const [, token] = /^as (\S+) said, \1, \1$/.exec(rows[0].changed) ?? [];
    expect(token).toMatch(/^anon-/);
    expect(rows[0].kept).toBe('as jdoe said');
  });

  it('may change rows of others: what stood there before stays, also in columns of accounts (R15)', async () => {
    await open(
      `${CLEARED} CREATE TABLE p.stats (dept text PRIMARY KEY, changed int, last text); INSERT INTO p.stats VALUES ('HR', 0, '-');
       CREATE TABLE p.login (login text, synced int); INSERT INTO p.login VALUES ('jdoe', 0);
       ${trigger(
         'note',
         'users',
         'AFTER',
         `UPDATE p.stats SET changed = changed + 1, last = OLD.name || ' in HR' WHERE dept = OLD.department;
          UPDATE p.login SET synced = 1 WHERE login = OLD.name`,
       )}`,
      CLEARING,
    );

    const { outcome, verified } = await portal.anonymize(jdoe);

    expect(outcome.writtenByTriggers).toEqual({ 'p.stats': 1 });
    expect(verified).toMatchObject({ residue: 0, accounts: ['p.login.login'] });
    const { rows } = await portal.owner.query('SELECT * FROM p.stats, p.login');
    expect(rows).toEqual([
      { dept: 'HR', changed: 1, last: expect.stringMatching(/^anon-\w+ in HR$/), login: 'jdoe', synced: 1 },
    ]);
  });

  it('may keep cleared values that are short or no text, in JSON, too: they are replaced or emptied, or refused (R15)', async () => {
    await open(
      `${CLEARED} CREATE TABLE p.old (id int GENERATED ALWAYS AS IDENTITY, who text, dept char(2), mac macaddr NOT NULL, host inet, old_badge int, doc jsonb);
       GRANT INSERT ON p.old TO gdpr_anonymize;
       ${trigger('copy', 'users', 'AFTER', 'INSERT INTO p.old (who, dept, mac, host, old_badge, doc) VALUES (NEW.name, OLD.department, OLD.mac, OLD.host, OLD.badge, to_jsonb(OLD))')}`,
      CLEARING,
    );
    await expect(portal.anonymize(jdoe)).rejects.toMatchObject({ code: '22P02', places: ['p.old'] });
    await portal.owner.query('ALTER TABLE p.old ALTER mac DROP NOT NULL');

    await portal.anonymize(jdoe);

    const { rows } = await portal.owner.query('SELECT * FROM p.old');
    const token = expect.stringMatching(/^anon-/);
    expect(rows).toMatchObject([{ who: token, dept: null, mac: null, host: null, old_badge: null }]);
    expect(rows[0].doc).toEqual({
      user_id: 1,
      domain: 'CORP',
      ...Object.fromEntries(['name', ...cleared].map((each) => [each, token])),
      badge: expect.any(Number),
    });
    expect(rows[0].doc.badge).toBeLessThan(0);
  });

  it('may put a cleared text back: it becomes the token (R15)', async () => {
    const back = 'NEW.department = coalesce(NEW.department, OLD.department)';
    await open(CLEARED + trigger('keep', 'users', 'BEFORE', back), CLEARING);

    await portal.anonymize(jdoe);

    const { rows } = await portal.owner.query('SELECT department FROM p.users ORDER BY user_id');
    expect(rows).toEqual([{ department: expect.stringMatching(/^anon-/) }, { department: 'HR' }]);
  });

  it.each([
    [
      'users, in a column that is no text',
      CLEARED + trigger('keep', 'users', 'BEFORE', 'NEW.mac = coalesce(NEW.mac, OLD.mac)'),
      'p.users, written again each time: trigger keep',
    ],
    [
      'users, after the change',
      CLEARED +
        trigger(
          'keep',
          'users',
          'AFTER',
          'UPDATE p.users SET mac = OLD.mac WHERE user_id = OLD.user_id AND mac IS NULL',
        ),
      'p.users, written again each time: trigger keep',
    ],
    [
      'audit',
      COPY + trigger('again', 'audit', 'AFTER', 'INSERT INTO p.audit (was) VALUES (OLD.was)'),
      'p.audit, written again each time: trigger again',
    ],
    [
      'users',
      trigger('keep', 'users', 'BEFORE', 'NEW.name = OLD.name'),
      'p.users, written again each time: trigger keep',
    ],
  ])('is named when it writes the name again each time it is replaced, in %s', async (_table, sql, place) => {
    await open(sql, sql.startsWith(CLEARED) ? CLEARING : AS.accounts);
    const before = await left();

    await expect(portal.anonymize(jdoe)).rejects.toMatchObject({
      name: 'ResidueFoundError',
      places: expect.arrayContaining([place]),
    });

    expect(await left()).toEqual(before);
  });

  it('lacks a right: the GRANT is named, and is enough', async () => {
    await open(`CREATE SEQUENCE p.numbers; CREATE SCHEMA q; CREATE TABLE q."Old values" (id int, was text);
      GRANT USAGE ON SCHEMA q TO gdpr_verify; GRANT SELECT ON q."Old values" TO gdpr_verify;
      ${trigger('copy', 'users', 'AFTER', `INSERT INTO q."Old values" VALUES (nextval('p.numbers'), OLD.name)`)}`);
    const grants: string[] = [];
    for (let tried = 0; tried < 5; tried += 1) {
      const error = await portal.anonymize(jdoe).catch((reason: unknown) => reason as { places?: string[] });
      const [grant] = ('places' in error && error.places) || [];
      if (!grant) break;
      expect(error).toMatchObject({
        name: 'PortalDatabaseError',
        code: '42501',
        message: expect.stringContaining(grant),
      });
      grants.push(grant);
      await portal.owner.query(`${grant} TO gdpr_anonymize`);
    }

    expect(grants).toEqual([
      'GRANT USAGE ON SCHEMA q',
      'GRANT SELECT, UPDATE, INSERT ON q."Old values"',
      'GRANT USAGE ON SEQUENCE p.numbers',
    ]);
    const { rows } = await portal.owner.query('SELECT was FROM q."Old values"');
    expect(rows).toEqual([{ was: expect.stringMatching(/^anon-/) }]);
  });
});
