import { randomBytes, randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { Client } from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { referenceMapping } from '../../../../local/portal-database/portal-database.ts';
import { createAuthority } from '../../../../local/simulator/servers/certificates.ts';
import type { PortalFindings } from '../../../../modules/portal/agreed-preview.ts';
import { type AnonymizerPolicy, portalAnonymizer } from '../../../../modules/portal/anonymize/anonymizer.ts';
import { portalMaintainer } from '../../../../modules/portal/anonymize/maintainer.ts';
import type { PortalConnectionSource } from '../../../../modules/portal/database/connection.ts';
import { PlanChangedError } from '../../../../modules/portal/errors.ts';
import type { PortalMapping } from '../../../../modules/portal/mapping/mapping.ts';
import { drawToken } from '../../../../modules/portal/names/tokens.ts';
import type { AnonymizationGates } from '../../../../modules/portal/ports.ts';
import { portalPreview, portalVerifier } from '../../../../modules/portal/search/preview.ts';
import { startCommitCutter } from '../../../support/commit-cutter.ts';
import { fullDisk } from '../../../support/full-disk.ts';
import { type NoisyPostgres, startNoisyPostgres } from '../../../support/noisy-postgres.ts';
import { connectionOf, everyRow, fewPeople, runAs } from '../../../support/portal.ts';

const POLICY: AnonymizerPolicy = { unreachable: 'retain', controls: 'full', lockSeconds: 5, statementSeconds: 60 };
const jdoe = { kind: 'user', name: 'jdoe' } as const;
const authority = createAuthority('Test CA');

let server: NoisyPostgres;
let mapping: PortalMapping;
beforeAll(async () => {
  mapping = await referenceMapping();
  server = await startNoisyPostgres(fewPeople(), authority.issue('portal'));
  await inDatabase('postgres', 'CREATE DATABASE pristine TEMPLATE portal');
});
afterAll(() => server.stop());
beforeEach(async () => {
  await inDatabase('postgres', 'DROP DATABASE portal WITH (FORCE)');
  await inDatabase('postgres', 'CREATE DATABASE portal TEMPLATE pristine');
});

const inDatabase = (database: string, text: string) =>
  runAs({ ...server, roles: { ...server.roles, owner: { ...server.roles.owner, database } } }, 'owner', text);
const owner = (text: string) => runAs(server, 'owner', text);

interface Attempt {
  readonly requestId?: string;
  readonly policy?: Partial<AnonymizerPolicy>;
  readonly source?: PortalConnectionSource;
  readonly map?: PortalMapping;
  readonly mayStart?: AnonymizationGates['mayStart'];
}

const anonymize = async ({ requestId = randomUUID(), policy, source, map = mapping, mayStart }: Attempt = {}) =>
  portalAnonymizer(source ?? connectionOf(server, 'anonymize'), map, { ...POLICY, ...policy }).anonymize(
    requestId,
    jdoe,
    drawToken(randomBytes),
    { mayCommit: async () => {}, ...(mayStart && { mayStart }) },
  );

/** The server's log once it has caught up: the statement of somebody else that was just made is in it. */
async function wholeLog(): Promise<string> {
  const mark = randomUUID();
  await owner(`SELECT '${mark}'`);
  await expect.poll(() => server.log()).toContain(mark);
  return server.log();
}

const verifier = () => portalVerifier(connectionOf(server, 'verify'));

/** A second session that holds row locks until it ends. */
async function holder(text: string): Promise<Client> {
  const { username: user, password, database } = server.roles.owner;
  const client = new Client({ host: server.host, port: server.port, user, password, database });
  await client.connect();
  await client.query('BEGIN');
  await client.query(text);
  return client;
}

const isWaiting = async (on: 'Lock' | 'Timeout') =>
  (await owner(`SELECT 1 FROM pg_stat_activity WHERE usename = 'gdpr_anonymize' AND wait_event_type = '${on}'`))
    .length === 1;

describe('an anonymization that cannot be done', () => {
  it.each<[string, string, object, Attempt?]>([
    [
      'two rows would have the same in a unique index, whatever the tokens',
      `CREATE UNIQUE INDEX ON portal.saved_selections (left(title, 12)) WHERE title LIKE 'To watch: anon-%';
       INSERT INTO portal.saved_selections (title, members) VALUES ('To watch: JDOE', '{}')`,
      { name: 'PortalDatabaseError', code: '23505', places: ['portal.saved_selections'] },
    ],
    [
      'two rows of people have the name',
      `DROP INDEX portal.users_name; INSERT INTO portal.users (name) VALUES ('JDOE')`,
      { name: 'AmbiguousSubjectError' },
    ],
    [
      'a trigger refuses with the old value in its words',
      `CREATE FUNCTION portal.refuse() RETURNS trigger LANGUAGE plpgsql AS
         $$BEGIN RAISE EXCEPTION '% stays', OLD.name; END$$;
       CREATE TRIGGER refuse BEFORE UPDATE ON portal.users FOR EACH ROW EXECUTE FUNCTION portal.refuse()`,
      { name: 'PortalDatabaseError', code: 'P0001', places: ['portal.users'] },
    ],
    [
      'a trigger copies old values elsewhere, where the run may not change them',
      `CREATE TABLE portal.audit (was text); GRANT SELECT, INSERT ON portal.audit TO gdpr_anonymize;
       CREATE FUNCTION portal.copy() RETURNS trigger LANGUAGE plpgsql AS
         $$BEGIN INSERT INTO portal.audit VALUES ('renamed ' || OLD.name); RETURN NEW; END$$;
       CREATE TRIGGER copy AFTER UPDATE ON portal.users FOR EACH ROW EXECUTE FUNCTION portal.copy()`,
      { name: 'PortalDatabaseError', places: ['GRANT SELECT, UPDATE ON portal.audit'] },
    ],
    [
      'a trigger puts the old value back',
      `CREATE FUNCTION portal.keep() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN NEW.name = OLD.name; RETURN NEW; END$$;
       CREATE TRIGGER keep BEFORE UPDATE ON portal.users FOR EACH ROW EXECUTE FUNCTION portal.keep()`,
      { name: 'ResidueFoundError', places: ['portal.users, written again each time: trigger keep'] },
    ],
    [
      'a trigger changes a bystander',
      `CREATE FUNCTION portal.spoil() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS
         $$BEGIN UPDATE portal.devices SET serial_number = 'spoilt' WHERE device_id = 4; RETURN NEW; END$$;
       CREATE TRIGGER spoil AFTER UPDATE ON portal.users FOR EACH ROW EXECUTE FUNCTION portal.spoil()`,
      { name: 'BystanderChangedError', places: ['portal.devices'] },
    ],
    [
      'a trigger removes a bystander',
      `CREATE FUNCTION portal.spoil() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS
         $$BEGIN DELETE FROM portal.metric_annotations WHERE annotation_id = 4; RETURN NEW; END$$;
       CREATE TRIGGER spoil AFTER UPDATE ON portal.users FOR EACH ROW EXECUTE FUNCTION portal.spoil()`,
      { name: 'BystanderChangedError', places: ['portal.metric_annotations'] },
      { policy: { controls: 'totals' } },
    ],
    [
      'a constraint refuses the token',
      `ALTER TABLE portal.users ADD CHECK (name NOT LIKE 'anon%')`,
      { name: 'PortalDatabaseError', code: '23514', places: ['portal.users'] },
    ],
    [
      'a text would outgrow its column',
      'ALTER TABLE portal.metric_annotations ALTER note TYPE varchar(100)',
      { name: 'PortalColumnTooShortError', places: ['portal.metric_annotations.note'] },
    ],
    [
      'the name stands where no UPDATE reaches, and the settings refuse that',
      `COMMENT ON TABLE portal.devices IS 'as jdoe asked'; CREATE TABLE portal.metric_results_jdoe (id int);
       CREATE TYPE portal.who AS ENUM ('jdoe', 'sue')`,
      {
        name: 'NameOutOfReachError',
        places: [
          'comment on table portal.devices',
          'label of type portal.who',
          'name of table portal.metric_results_(name)',
        ],
      },
      { policy: { unreachable: 'refuse' } },
    ],
  ])('changes nothing and says what it is about when %s (R15, R23)', async (_why, sql, error, attempt = {}) => {
    await owner(sql);
    const before = await everyRow(server);
    const logged = (await wholeLog()).length;

    const refusal: unknown = await anonymize(attempt).catch((reason: unknown) => reason);

    expect(refusal).toMatchObject(error);
    expect(JSON.stringify([String(refusal), refusal])).not.toMatch(/jdoe/i);
    expect((await wholeLog()).slice(logged)).not.toMatch(/jdoe/i); // R24
    expect(await everyRow(server)).toEqual(before);
  });

  it('undoes everything when the disk of the server is full, and says so without a name (R15, R24)', async () => {
    await owner(`CREATE TABLE portal.changes (at timestamptz); GRANT SELECT, INSERT ON portal.changes TO gdpr_anonymize;
      CREATE FUNCTION portal.count() RETURNS trigger LANGUAGE plpgsql AS
        $$BEGIN INSERT INTO portal.changes VALUES (now()); RETURN NEW; END$$;
      CREATE TRIGGER count AFTER UPDATE ON portal.top_metric_results FOR EACH ROW EXECUTE FUNCTION portal.count()`);
    const before = await everyRow(server);
    const disk = await fullDisk(server, 'portal.changes');

    const refusal: unknown = await anonymize().catch((reason: unknown) => reason);
    await disk.makeRoom();

    expect(refusal).toMatchObject({ name: 'PortalDatabaseFullError', retryable: false });
    expect(JSON.stringify([String(refusal), refusal])).not.toContain('jdoe');
    expect(await everyRow(server)).toEqual(before);
    expect((await anonymize()).rowsByTable['portal.users']).toBe(1);
  });

  it('reports a login account of the same person, and changes nothing about it (R15)', async () => {
    await owner(`CREATE TABLE portal.accounts (login text PRIMARY KEY, mail text);
      INSERT INTO portal.accounts VALUES ('jdoe', 'jdoe@corp.example'), ('jdoe2', 'jdoe2@corp.example');
      GRANT SELECT ON portal.accounts TO gdpr_read, gdpr_anonymize, gdpr_verify`);
    const accounts = [{ table: 'portal.accounts', columns: ['login', 'mail'] }];
    const map = { ...mapping, accounts };
    const places = ['portal.accounts.login', 'portal.accounts.mail'];

    const found = await portalPreview(connectionOf(server, 'read'), map, 20).findSubject(jdoe);
    await expect(anonymize()).rejects.toMatchObject({ name: 'ResidueFoundError', places });
    await anonymize({ map });

    expect([found.accounts, found.unmapped]).toEqual([places, []]);
    expect(await portalVerifier(connectionOf(server, 'verify'), map).verify(jdoe)).toMatchObject({
      residue: 0,
      places: [],
      accounts: places,
    });
    expect(await owner('SELECT login FROM portal.accounts ORDER BY 1')).toEqual([
      { login: 'jdoe' },
      { login: 'jdoe2' },
    ]);
  });

  it('searches large objects in pieces, and names those that hold the name or cannot be read (R15)', async () => {
    const make = async (text: string, bytesBefore: number) => {
      const made = `SELECT lo_from_bytea(0, convert_to(repeat('-', ${bytesBefore}) || '${text}', 'UTF8'))::text AS oid`;
      return (await owner(made))[0]!.oid!;
    };
    const [small, cut, other, closed] = [
      await make('see (JDOE)', 0),
      await make(' jdoe', 1_048_576 - 3),
      await make('jdoe2 and xjdoe', 0),
      await make('jdoe', 0),
    ];
    for (const oid of [small, cut, other]) await owner(`GRANT SELECT ON LARGE OBJECT ${oid} TO gdpr_verify`);

    const { outOfReach } = await verifier().verify(jdoe);

    expect(closed).toBeDefined();
    expect(outOfReach.filter((place) => place.includes('large'))).toEqual(
      ['1 large objects that the role may not read', `large object ${small}`, `large object ${cut}`].sort(),
    );
    await expect(anonymize({ policy: { unreachable: 'refuse' } })).rejects.toMatchObject({
      name: 'NameOutOfReachError',
      places: ['4 large objects that the role may not read'],
    });
  });

  it('tells what it would find before it changes anything, and changes nothing when that is refused (R14)', async () => {
    const previewed = await portalPreview(connectionOf(server, 'read'), mapping, 20).findSubject(jdoe);
    const before = await everyRow(server);
    const told: PortalFindings[] = [];
    const mayStart = (findings: PortalFindings) => {
      told.push(findings);
      throw new PlanChangedError();
    };

    await expect(anonymize({ mayStart })).rejects.toThrow(PlanChangedError);

    expect(told).toEqual([previewed]);
    expect(await everyRow(server)).toEqual(before);
  });

  it('names a transaction that another has not ended, and does nothing until it has ended (C30, R15)', async () => {
    const before = await everyRow(server);
    const client = await holder("UPDATE portal.saved_selections SET title = title || '' WHERE selection_id = 1");
    const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
    const ended = `process ${rows[0]!.pid}, or pg_terminate_backend`;
    const place = `transaction in portal.saved_selections, to be ended by ${ended}`;

    await expect(anonymize({ policy: { lockSeconds: 1 } })).rejects.toMatchObject({
      name: 'OpenTransactionsError',
      places: [place],
    });

    expect(await everyRow(server)).toEqual(before);
    const waiting = anonymize();
    await expect.poll(() => isWaiting('Timeout')).toBe(true);
    await client.query(`INSERT INTO portal.metric_annotations (metric_id, day, note)
      SELECT min(metric_id), '2026-03-01', 'see jdoe' FROM portal.metrics`);
    await client.query('COMMIT');
    expect((await waiting).rowsByTable['portal.users']).toBe(1);
    expect((await verifier().verify(jdoe)).residue).toBe(0);
    await client.end();
  });

  it('refuses while a prepared transaction holds rows, and lists one that comes later (C30, R15, R17, R24)', async () => {
    const prepare = async (gid: string) => {
      const client = await holder(`INSERT INTO portal.users (name) VALUES ('${randomUUID()}')`);
      await client.query(`PREPARE TRANSACTION '${gid}'`);
      await client.end();
    };
    // neither its role nor its name, which may be somebody's
    const place = expect.stringMatching(
      /^transaction \d+ of pg_prepared_xacts in portal\.users, to be ended by COMMIT or ROLLBACK PREPARED$/,
    );
    await prepare("job ''7");

    await expect(anonymize()).rejects.toMatchObject({ name: 'OpenTransactionsError', places: [place] });
    await owner("ROLLBACK PREPARED 'job ''7'");
    await anonymize();
    await prepare('as jdoe asked');

    const { residue, outOfReach } = await verifier().verify(jdoe);
    expect([residue, outOfReach]).toEqual([0, expect.arrayContaining([place])]);
    await owner("ROLLBACK PREPARED 'as jdoe asked'");
  });

  it('gives up a lock after a while, and can be tried again (R15)', async () => {
    const before = await everyRow(server);
    const client = await holder('LOCK TABLE portal.saved_selections IN SHARE MODE');

    await expect(anonymize({ policy: { lockSeconds: 1 } })).rejects.toMatchObject({
      name: 'PortalBusyError',
      retryable: true,
    });

    await client.query('ROLLBACK');
    await client.end();
    expect(await everyRow(server)).toEqual(before);
    expect((await anonymize()).rowsByTable['portal.users']).toBe(1);
  });

  it('is undone when a row changes under it, and a repeat of the same request does it (R15)', async () => {
    const requestId = randomUUID();
    const client = await holder('LOCK TABLE portal.saved_selections IN SHARE MODE');
    const running = anonymize({ requestId }).catch((error: unknown) => error);
    await expect.poll(() => isWaiting('Lock')).toBe(true);

    await owner("UPDATE portal.users SET department = department || ' '"); // the next table of the run
    await client.query('ROLLBACK');
    await client.end();

    expect(await running).toMatchObject({ name: 'PortalDatabaseUnavailableError' });
    expect((await anonymize({ requestId })).rowsByTable['portal.users']).toBe(1);
    expect((await verifier().verify(jdoe)).residue).toBe(0);
  });

  it('is refused to a role that may only read, and to a wrong password (R23)', async () => {
    const source = connectionOf(server, 'anonymize');
    const wrong = async () => ({ ...(await source()), password: 'wrong' });

    await expect(anonymize({ source: connectionOf(server, 'read') })).rejects.toMatchObject({ code: '42501' });
    await expect(anonymize({ source: wrong })).rejects.toMatchObject({ name: 'PortalDatabaseError', code: '28P01' });
  });
});

describe('a connection that is lost during COMMIT', () => {
  it.each(['before', 'after'] as const)('%s the server heard of it: is told as it was (R15, R16)', async (when) => {
    const before = await everyRow(server);
    const cutter = await startCommitCutter(server.port, when);
    const source = async () => ({ ...(await connectionOf(server, 'anonymize')()), port: cutter.port });
    const requestId = randomUUID();

    const outcome = await anonymize({ requestId, source }).catch((error: unknown) => error);

    expect(cutter.cut()).toBe(true);
    if (when === 'before') {
      expect(outcome).toMatchObject({ name: 'PortalDatabaseUnavailableError' });
      expect(await everyRow(server)).toEqual(before);
    } else expect(outcome).toMatchObject({ rowsByTable: { 'portal.users': 1 } });
    expect((await anonymize({ requestId, source })).rowsByTable['portal.users']).toBe(1);
    expect((await verifier().verify(jdoe)).residue).toBe(0);
    await cutter.stop();
  });
});

describe('TLS to the Portal database', () => {
  it('is checked against the authority of the secret, and required with one (R24)', async () => {
    const withCa = (ca: string) => async () => ({ ...(await connectionOf(server, 'anonymize')()), ca });

    await expect(anonymize({ source: withCa(createAuthority('Another CA').pem) })).rejects.toMatchObject({
      name: 'PortalDatabaseTlsError',
    });
    expect((await anonymize({ source: withCa(authority.pem) })).rowsByTable['portal.users']).toBe(1);
  });
});

describe('the log of the database server', () => {
  it('holds no name after an anonymization from end to end, however much it is set to log (R24)', async () => {
    const logged = (await wholeLog()).length;

    const { rowsByTable } = await anonymize();
    await portalMaintainer(connectionOf(server, 'maintain'), mapping, { vacuum: 'plain', lockSeconds: 5 }).maintain(
      Object.keys(rowsByTable),
    );
    await verifier().verify(jdoe);

    expect((await wholeLog()).slice(logged)).not.toMatch(/jdoe|anon-/i);
  });
});

describe('docs/portal-roles.sql', () => {
  it('makes roles that can do all that is needed, and log nothing (R24)', async () => {
    const text = await readFile(new URL('../../../../docs/portal-roles.sql', import.meta.url), 'utf8');
    await owner(text.replaceAll(/gdpr_(?=read|anonymize|verify|maintain)/g, 'shipped_'));
    const role = (name: string) => async () => {
      await owner(`ALTER ROLE shipped_${name} PASSWORD 'x'`);
      return { ...(await connectionOf(server, 'anonymize')()), username: `shipped_${name}`, password: 'x' };
    };
    const [anonymizing, verifying, maintaining] = await Promise.all(
      ['anonymize', 'verify', 'maintain'].map(async (name) => {
        const connection = await role(name)();
        return async () => connection;
      }),
    );
    const logged = (await wholeLog()).length;

    const { rowsByTable } = await anonymize({ source: anonymizing! });
    const clean = portalMaintainer(maintaining!, mapping, { vacuum: 'plain', lockSeconds: 5 });
    const changed = Object.keys(rowsByTable).filter((table) => rowsByTable[table]! > 0);

    expect(await clean.maintain(changed)).toEqual(
      changed.map((table) => `${table}: bytes of old row versions until they are written over`),
    );
    expect(await portalVerifier(verifying!).verify(jdoe)).toMatchObject({ residue: 0, outOfReach: [] });
    await expect(anonymize({ source: verifying! })).rejects.toMatchObject({ code: '42501' });
    expect((await wholeLog()).slice(logged)).not.toMatch(/jdoe|anon-/i);
  });
});

describe('the role for maintenance', () => {
  it('says what it may not clean (R17)', async () => {
    const maintainer = portalMaintainer(connectionOf(server, 'read'), mapping, { vacuum: 'plain', lockSeconds: 5 });
    expect(await maintainer.maintain(['portal.users'])).toEqual([
      'portal.users: old row versions: the role may not clean it',
      'portal.user_activity: old row versions: the role may not clean it',
    ]);
  });

  it.each(['plain', 'full'] as const)(
    'tells of old rows in the pages as they are, with %s (R15, R17)',
    async (vacuum) => {
      const table = 'portal.count_metric_history';
      await owner(`INSERT INTO ${table} (day, metric_id, account)
      SELECT '2026-03-01', metric_id, 'CORP\\jdoe' FROM generate_series(1, 2000), (SELECT min(metric_id) AS metric_id FROM portal.metrics) m`);
      const hits = async () => {
        await owner('CHECKPOINT');
        const bytes = `encode(pg_read_binary_file(pg_relation_filepath('${table}')), 'escape')`;
        return Number((await owner(`SELECT regexp_count(${bytes}, 'jdoe(?![2-])') AS hits`))[0]!.hits);
      };
      await anonymize();

      const maintainer = portalMaintainer(connectionOf(server, 'maintain'), mapping, { vacuum, lockSeconds: 5 });
      const left = await maintainer.maintain([table]);

      const isPlain = vacuum === 'plain';
      expect(left).toEqual(isPlain ? [`${table}: bytes of old row versions until they are written over`] : []);
      expect((await hits()) > 0).toBe(isPlain);
      expect((await verifier().verify(jdoe)).residue).toBe(0);
    },
  );
});

describe('tables that refer to each other by name', () => {
  it.each(['', 'DEFERRABLE INITIALLY DEFERRED', 'ON UPDATE CASCADE', 'ON UPDATE RESTRICT'])(
    'change together, with a foreign key %s (R15)',
    async (how) => {
      await owner(`
        CREATE TABLE portal.badges (name varchar(25) PRIMARY KEY, colour text);
        CREATE TABLE portal.doors (id int PRIMARY KEY, badge varchar(25) NOT NULL REFERENCES portal.badges ${how}, log jsonb);
        INSERT INTO portal.badges VALUES ('jdoe', 'red'), ('jdoe2', 'blue');
        INSERT INTO portal.doors VALUES (1, 'jdoe', '{"by": "jdoe"}'), (2, 'jdoe2', '{"by": "jdoe2"}'), (3, 'jdoe2', '{"by": "jdoe"}');
        GRANT SELECT, UPDATE ON portal.badges, portal.doors TO gdpr_anonymize; GRANT SELECT ON portal.badges, portal.doors TO gdpr_verify`);
      const nothing = { coIdentifiers: [], freeText: [], json: [], arrays: [] };
      const bare = (column: string) => [{ column, holds: 'user' }] as const;
      const tables = [
        ...mapping.tables,
        { ...nothing, table: 'portal.doors', key: ['id'], names: bare('badge'), json: ['log'] },
        { ...nothing, table: 'portal.badges', key: ['name'], names: bare('name') },
      ];

      const { rowsByTable } = await anonymize({ map: { ...mapping, tables } });

      expect(rowsByTable).toMatchObject({ 'portal.badges': 1, 'portal.doors': 2 });
      expect((await verifier().verify(jdoe)).residue).toBe(0);
      const [pair] = await owner(
        'SELECT badge, colour FROM portal.doors JOIN portal.badges ON name = badge WHERE id = 1',
      );
      expect(pair).toMatchObject({ colour: 'red', badge: expect.stringMatching(/^[a-z2-7]{25}$/) }); // 125 bits
    },
  );
});
