import { describe, expect, it } from 'vitest';
import { openTransaction } from '../../../../modules/portal/database/connection.ts';
import type { PortalMapping } from '../../../../modules/portal/mapping/mapping.ts';
import type { Subject } from '../../../../modules/requests/subject.ts';
import { OWN_MAPPING, ownPortals } from '../../../support/own-portal.ts';

const open = ownPortals();
const jdoe: Subject = { kind: 'user', name: 'jdoe' };
const JDOE = `
  INSERT INTO p.users VALUES (1, 'CORP', 'jdoe', 'Doe, John', 'S-1-5-21-7-1', 'john.doe@corp.example'), (2, 'CORP', 'ann', 'Lee, Ann', 'S-1-5-21-7-2', NULL);`;
const setting = (name: string, value: string) =>
  `DO $$BEGIN EXECUTE format('ALTER DATABASE %I SET ${name} = ${value}', current_database()); END$$;`;
const withTables = (...tables: readonly Partial<PortalMapping['tables'][number]>[]): PortalMapping => {
  const empty = { key: ['id'], names: [], coIdentifiers: [], freeText: [], json: [], arrays: [] };
  const mapped = tables.map((table) => ({ ...empty, ...table }) as PortalMapping['tables'][number]);
  const rest = OWN_MAPPING.tables.filter(({ table }) => !mapped.some((each) => each.table === table));
  return { ...OWN_MAPPING, tables: [...rest, ...mapped] };
};
const text = (table: string, ...freeText: string[]) => ({ table, freeText });
const named = (table: string, column: string, holds: 'user' | 'device' = 'user') => ({
  table,
  names: [{ column, holds }],
});
const stored = async ({ owner }: Awaited<ReturnType<typeof open>>, select: string) =>
  (await owner.query({ text: select, rowMode: 'array' })).rows.map((row: unknown[]) =>
    row.join(' ').replaceAll(/anon-[a-z2-7]+/g, 'T'),
  );

describe('settings of the database', () => {
  it('change neither what is found nor what is written (C23, C27, R15)', async () => {
    const portal = await open(
      `${JDOE} ALTER TABLE p.notes ADD raw bytea, ADD list text[], ADD x xml;
       INSERT INTO p.notes VALUES (1, 'CORP\\jdoe', '\\x006a0064006f0065', ARRAY[NULL, 'see jdoe'], 'see <b>jdoe</b>'), (2, 'x', '\\xff206a646f65ff', NULL, NULL);
       ${setting('bytea_output', 'escape')} ${setting('array_nulls', 'off')} ${setting('xmloption', 'document')}
       ${setting('standard_conforming_strings', 'off')} ${setting('default_transaction_read_only', 'on')} ${setting('transaction_timeout', '60000')}`,
      withTables({ ...text('p.notes', 'note', 'raw', 'x'), arrays: ['list'] }),
    );

    const { verified, rows, outcome } = await portal.anonymize(jdoe);

    expect([rows, verified.residue, outcome.mentions]).toEqual([3, 0, {}]);
    const seen = await stored(
      portal,
      `SELECT note, x, list[1] IS NULL, list[2], convert_from(replace(replace(encode(raw, 'hex'), '00', ''), 'ff', '')::bytea, 'UTF8') ~ '616e6f6e2d' FROM p.notes ORDER BY id`,
    );
    expect(seen).toEqual(['CORP\\T see <b>T</b> true see T true', 'x  true  true']);
    await using transaction = await openTransaction(portal.as('read'), { statementSeconds: 60, lockSeconds: 5 });
    const { rows: limits } = await transaction.query("SELECT current_setting('transaction_timeout')");
    expect(limits).toEqual([['0']]); // statement_timeout limits each statement
  });
});

describe('types of the schema', () => {
  const DOMAINS = `${JDOE} CREATE DOMAIN p.login AS varchar(15); CREATE DOMAIN p.memo AS varchar(40); CREATE DOMAIN p.short AS p.memo;
    CREATE TABLE p.d (id int PRIMARY KEY, who p.login, memo p.short);`;
  const mapping = withTables({ ...named('p.d', 'who'), freeText: ['memo'] });

  it('that are domains limit the length of a token, and cut no text (C27, R15)', async () => {
    const portal = await open(
      `${DOMAINS} INSERT INTO p.d VALUES (1, 'jdoe', 'jdoe: room 5, tel. 4711'), (2, 'ann', 'jdoe')`,
      mapping,
    );

    const { verified } = await portal.anonymize(jdoe);

    expect(verified).toMatchObject({ residue: 0 });
    const rows = await stored(portal, 'SELECT who, memo FROM p.d ORDER BY id');
    const [, token] = /^([a-z2-7]{15}) /.exec(rows[0]!) ?? [];
    expect(rows).toEqual([`${token} ${token}: room 5, tel. 4711`, `ann ${token}`]);
  });

  it('refuse a text that a token would make too long for its domain (C27, R23)', async () => {
    const portal = await open(
      `${DOMAINS} INSERT INTO p.d VALUES (1, 'jdoe', 'jdoe is in room 5, tel. 4711, jdoe')`,
      mapping,
    );

    await expect(portal.anonymize(jdoe)).rejects.toThrow('p.d.memo is too short');
  });

  it('with a collation that takes cases for equal take a form (C27, R15)', async () => {
    const portal = await open(
      `${JDOE} CREATE COLLATION p.ci (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
       ALTER TABLE p.history ALTER account TYPE text COLLATE p.ci; INSERT INTO p.history VALUES (1, 'JDoe'), (2, 'LT-000001')`,
      withTables({ ...named('p.history', 'account'), tokens: { account: 'LT-[0-9]{6}' } }),
    );

    const { verified } = await portal.anonymize(jdoe);

    expect(verified).toMatchObject({ residue: 0 });
    expect(await stored(portal, `SELECT account COLLATE "C" ~ '^LT-[0-9]{6}$' FROM p.history`)).toEqual([
      'true',
      'true',
    ]);
  });
});

describe('a name in another dress', () => {
  it('is the same with blanks around it, in the identity table, too (C1, C25, R1, R15)', async () => {
    const portal = await open(
      `INSERT INTO p.users VALUES (1, 'CORP ', 'jdoe ', ' Doe, John', 'S-1-5-21-7-1 ', E'john.doe@corp.example\\n'), (2, 'LAB', 'ann', NULL, NULL, NULL);
       INSERT INTO p.details VALUES (1, 5, ' jdoe', '{}'), (2, 5, E'jdoe\\t', '{}'), (3, 5, E'\\u00a0CORP\\\\jdoe', '{}'), (4, 5, E'\\ufeffjdoe', '{}'), (5, 5, 'j doe', '{}');
       INSERT INTO p.notes VALUES (1, 'S-1-5-21-7-1 here'), (2, 'Mr John Doe'), (3, 'to john.doe@corp.example;'), (4, 'LAB\\jdoe')`,
    );
    const archive = await portal.retrieve(jdoe);

    const { rows, verified } = await portal.anonymize(jdoe);

    expect([archive.length, rows, verified.residue]).toEqual([8, 8, 0]);
    const left = [
      ...(await stored(portal, 'SELECT user_name FROM p.details')),
      ...(await stored(portal, 'SELECT note FROM p.notes')),
    ];
    expect(left.map((one) => one.trim()).sort()).toEqual(
      ['CORP\\T', 'LAB\\jdoe', 'Mr T', 'T', 'T', 'T', 'T here', 'j doe', 'to T;'].sort(),
    );
  });

  it.each([
    ['before a `_`, as in the registry', 'HKU\\S-1-5-21-7-1_Classes\\x', 'HKU\\T_Classes\\x'],
    ['in the name of a file', 'Doe, John_cv.pdf of john.doe@corp.example_2021.pst', 'T_cv.pdf of T_2021.pst'],
    ['as LDAP writes it', 'CN=Doe\\, John,OU=x', 'CN=T,OU=x'],
    ['with other blanks', 'Doe,John or John  Doe or John\u00a0Doe', 'T or T or T'],
    ['in a web address', '?m=john.doe%40corp.example&n=Doe%2C%20John&a=CORP%5Cjdoe', '?m=T&n=T&a=CORP%5CT'],
    ['in two lines: two names', 'Roe, John\nDoe, Jane', 'Roe, John\nDoe, Jane'],
    [
      'in a longer word: counted',
      'S-1-5-21-7-12 and xjohn.doe@corp.example',
      'S-1-5-21-7-12 and xjohn.doe@corp.example',
      2,
    ],
    [
      'of another account in a web address',
      '?a=LAB%5Cjdoe&m=jdoe%40lab.example',
      '?a=LAB%5Cjdoe&m=jdoe%40lab.example',
      1,
      2,
    ],
  ])('counts %s (C25, C26, C29a, R15)', async (_how, before, after, lookalikes = 0, mentions = 0) => {
    const portal = await open(JDOE);
    await portal.owner.query('INSERT INTO p.notes VALUES (1, $1)', [before]);
    const found = await portal.preview(jdoe);

    const { verified } = await portal.anonymize(jdoe);

    expect([await stored(portal, 'SELECT note FROM p.notes'), verified.residue]).toEqual([[after], 0]);
    const count = (places: readonly { place: string; count: number }[]) =>
      places.find(({ place }) => place === 'p.notes.note')?.count ?? 0;
    expect([count(found.lookalikes), count(found.mentions)]).toEqual([lookalikes, mentions]);
  });

  it('has a domain with `&` in it, which is not the domain behind that (C29a, R1, R15)', async () => {
    const portal = await open(
      `INSERT INTO p.users VALUES (1, 'R&D', 'jdoe', 'Doe, John', 'S-1-5-21-7-1', NULL), (2, 'LAB', 'jdoe', NULL, NULL, NULL);
       INSERT INTO p.notes VALUES (1, 'R&D\\jdoe logged in'), (2, 'LAB\\jdoe'), (3, 'R&LAB\\jdoe'); INSERT INTO p.log VALUES (1, NULL, '{"u": "R&D\\\\jdoe"}')`,
    );

    await portal.anonymize({ kind: 'user', name: 'R&D\\jdoe' });

    expect(await stored(portal, 'SELECT note FROM p.notes ORDER BY id')).toEqual([
      'R&D\\T logged in',
      'LAB\\jdoe',
      'R&LAB\\jdoe',
    ]);
    expect(await stored(portal, 'SELECT payload FROM p.log')).toEqual([expect.anything()]);
    expect(await stored(portal, `SELECT payload->>'u' FROM p.log`)).toEqual(['R&D\\T']);
  });

  it.each(['jdoe@CORP', 'CORP\\jdoe'])(
    'is kept as %s in the column of logins, and found by the login alone (C1, C25, R1)',
    async (login) => {
      const portal = await open(
        `INSERT INTO p.users VALUES (1, NULL, '${login}', 'Doe, John', 'S-1-5-21-7-1', NULL), (2, NULL, 'jroe@CORP', NULL, NULL, NULL);
       INSERT INTO p.notes VALUES (1, 'S-1-5-21-7-1'), (2, 'CORP\\jdoe'), (3, 'LAB\\jdoe'), (4, 'jroe')`,
      );
      expect(await portal.retrieve(jdoe)).toHaveLength(3);

      const { verified } = await portal.anonymize(jdoe);

      expect(verified).toMatchObject({ residue: 0 });
      expect(await stored(portal, 'SELECT note FROM p.notes ORDER BY id')).toEqual([
        'T',
        'CORP\\T',
        'LAB\\jdoe',
        'jroe',
      ]);
    },
  );

  it('is that of a device with the sign of its account, its DNS root or the signs of a share (C10, R1, R15)', async () => {
    const forms = ['CORP\\LT-101$', 'LT-101$', 'LT-101.corp.example.', '\\\\LT-101'];
    const device = { kind: 'device', name: 'LT-101' } as const;
    const portal = await open(
      `CREATE TABLE p.devices (id int PRIMARY KEY, name text, domain text); INSERT INTO p.devices VALUES (1, 'LT-101', 'corp.example'), (2, 'LT-1011', NULL);
       INSERT INTO p.history VALUES ${[...forms, 'LT-101.other.org', 'LT-1011$'].map((form, id) => `(${id}, '${form}')`).join(', ')}`,
      {
        ...withTables(named('p.history', 'account', 'device'), named('p.devices', 'name', 'device')),
        identity: [
          ...OWN_MAPPING.identity!,
          {
            holds: 'device',
            table: 'p.devices',
            key: 'id',
            columns: { name: 'name', domain: 'domain' },
            via: [],
            links: [],
          },
        ],
        harmless: [...OWN_MAPPING.harmless, { table: 'p.devices', columns: ['domain'] }],
      },
    );

    await portal.anonymize(device);

    expect(await stored(portal, 'SELECT account FROM p.history ORDER BY id')).toEqual([
      'CORP\\T$',
      'T$',
      'T.corp.example.',
      '\\\\T',
      'LT-101.other.org',
      'LT-1011$',
    ]);
  });
});

describe('a key', () => {
  it('is the same in another type of numbers, and in a table that inherits (C29, R9, R15)', async () => {
    const portal = await open(
      `ALTER TABLE p.users ALTER user_id TYPE numeric(10, 2); ALTER TABLE p.log ALTER user_id TYPE text; CREATE TABLE p.details_old () INHERITS (p.details); ${JDOE}
       INSERT INTO p.details VALUES (1, 1, 'x', '{}'), (2, 2, 'x', '{}'); INSERT INTO p.log VALUES (1, '1', '{"a": 1}'), (2, '11', '{"a": 2}');
       INSERT INTO p.details_old VALUES (3, 1, 'x', '{"old": 1}'), (4, 2, 'x', '{}')`,
      withTables({ ...named('p.details_old', 'user_name'), json: ['doc'] }),
    );

    expect(await portal.retrieve(jdoe)).toEqual(['details: {"old": 1}', 'details: {}', 'log: {"a": 1}', 'users: jdoe']);
  });

  it('that is a UUID is the same in capitals (C29, R9)', async () => {
    const portal = await open(
      `ALTER TABLE p.users ALTER user_id TYPE uuid USING NULL; ALTER TABLE p.log ALTER user_id TYPE text;
       INSERT INTO p.users VALUES ('a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', 'CORP', 'jdoe', NULL, NULL, NULL); ALTER TABLE p.details ALTER user_id TYPE text;
       INSERT INTO p.log VALUES (1, 'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11', '{"a": 1}'), (2, 'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A12', '{}')`,
    );

    expect(await portal.retrieve(jdoe)).toEqual(['log: {"a": 1}', 'users: jdoe']);
  });
});

describe('a refusal', () => {
  const KEEP = `CREATE FUNCTION p.keep_jdoe() RETURNS trigger LANGUAGE plpgsql AS`;
  const TRIGGER = 'CREATE TRIGGER stop_jdoe BEFORE UPDATE ON p.notes_jdoe FOR EACH ROW EXECUTE FUNCTION p.keep_jdoe();';

  it.each([
    [
      'a right that is missing',
      'REVOKE UPDATE ON p.notes_jdoe FROM gdpr_anonymize',
      'GRANT SELECT, UPDATE ON p.notes_(name)',
    ],
    [
      'a column that is too short',
      'ALTER TABLE p.notes_jdoe ALTER jdoe_note TYPE varchar(9)',
      'p.notes_(name).(name)_note is too short',
    ],
    [
      'a trigger that skips the row',
      `${KEEP} $$BEGIN RETURN NULL; END$$; ${TRIGGER}`,
      'perhaps kept: trigger stop_(name)',
    ],
    [
      'a trigger that objects',
      `${KEEP} $$BEGIN RAISE '%', OLD; END$$; ${TRIGGER}`,
      'have the trigger that objects let the role pass',
    ],
    [
      'a rule',
      'CREATE RULE r AS ON UPDATE TO p.notes_jdoe DO INSTEAD NOTHING',
      'make the rule (pg_rewrite) of the table a trigger',
    ],
    [
      'a trigger that removes rows of others',
      `${KEEP} $$BEGIN DELETE FROM p.notes_jdoe WHERE id = 2; RETURN NEW; END$$; ${TRIGGER} GRANT DELETE ON p.notes_jdoe TO gdpr_anonymize`,
      'p.notes_(name) would have changed',
    ],
  ])('of %s says what to change, without the name that a table bears (C27, R23, R24)', async (_what, make, message) => {
    const portal = await open(
      `${JDOE} CREATE TABLE p.notes_jdoe (id int PRIMARY KEY, jdoe_note text); INSERT INTO p.notes_jdoe VALUES (1, 'see jdoe'), (2, 'x')`,
      withTables(text('p.notes_jdoe', 'jdoe_note')),
    );
    await portal.owner.query(make);

    const { refusals } = await portal.rehearse(jdoe);
    const error = (await portal.anonymize(jdoe).catch((thrown: unknown) => thrown)) as Error & {
      places: readonly string[];
    };

    expect(refusals.join()).toContain(message);
    expect(error.message).toContain(message);
    expect(JSON.stringify([refusals, error.message, error.places])).not.toMatch(/jdoe/i);
  });
});
