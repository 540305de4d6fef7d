import { Client } from 'pg';
import { describe, expect, it } from 'vitest';
import type { PortalFindings } from '../../../../modules/portal/agreed-preview.ts';
import { requestLock } from '../../../../modules/portal/anonymize/ledger.ts';
import { PlanChangedError, PortalBusyError } from '../../../../modules/portal/errors.ts';
import { type OwnPortal, ownPortals } from '../../../support/own-portal.ts';

const create = ownPortals();
let portal: OwnPortal;

const jdoe = { kind: 'user', name: 'jdoe' } as const;
const LAST = 'the commit, the clean-up, and the search by another role';
const PEOPLE = `
  INSERT INTO p.users VALUES (1, 'CORP', 'jdoe', 'John Doe', 'S-1-5-21-3-1', 'jdoe@corp.example'), (2, 'CORP', 'asmith', 'Ann Smith', 's', 'm');
  INSERT INTO p.history SELECT n, 'CORP\\jdoe' FROM generate_series(1, 5) AS n;
  INSERT INTO p.notes VALUES (1, 'see CORP\\jdoe'), (2, 'ask Ann Smith');`;

const open = async (sql: string) => {
  portal = await create(`${PEOPLE} ${sql}`);
};

describe('a rehearsal', () => {
  it('counts what a run changes, and leaves nothing changed (R15)', async () => {
    await open('');
    const before = await portal.rows();

    const { refusals, notTried, rowsByTable, lockedSeconds } = await portal.rehearse(jdoe);

    expect([refusals, notTried]).toEqual([[], [LAST]]);
    expect(lockedSeconds).toBeGreaterThanOrEqual(0);
    expect(await portal.rows()).toEqual(before);
    expect((await portal.owner.query('SELECT FROM p.run')).rowCount).toBe(0);
    expect((await portal.anonymize(jdoe)).outcome.rowsByTable).toEqual(rowsByTable);
  });

  it('tells every reason why a run would be refused, by place and without the name (R15, R23, R24)', async () => {
    await open(`ALTER TABLE p.history ALTER account TYPE varchar(20);
      ALTER TABLE p.notes ADD CHECK (note LIKE '%jdoe' OR note LIKE '%Smith');
      CREATE FUNCTION p.late() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RAISE EXCEPTION 'no %', OLD.name; END$$;
      CREATE CONSTRAINT TRIGGER late AFTER UPDATE ON p.users DEFERRABLE INITIALLY DEFERRED
        FOR EACH ROW EXECUTE FUNCTION p.late()`);
    await portal.owner.query('REVOKE INSERT ON p.run FROM gdpr_anonymize');
    const before = await portal.rows();

    const { refusals, notTried } = await portal.rehearse(jdoe);

    expect(refusals).toEqual([
      expect.stringMatching(/42501.*GRANT SELECT, UPDATE, INSERT ON p\.run/),
      expect.stringContaining('p.history.account is too short'),
      expect.stringMatching(/23514.*p\.notes/),
      expect.stringMatching(/P0001.*deferred constraints/),
    ]);
    expect(refusals.join()).not.toMatch(/jdoe/);
    expect(notTried).toEqual(['search for what is left, and rows of others', LAST]);
    expect(await portal.rows()).toEqual(before);
  });

  it('tells of triggers that write again each time, beside what else is refused (R15)', async () => {
    await open(`ALTER TABLE p.history ALTER account TYPE varchar(20);
      CREATE FUNCTION p.keep() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN NEW.name = OLD.name; RETURN NEW; END$$;
      CREATE TRIGGER keep BEFORE UPDATE ON p.users FOR EACH ROW EXECUTE FUNCTION p.keep()`);

    const { refusals } = await portal.rehearse(jdoe);

    expect(refusals).toEqual([
      expect.stringContaining('p.history.account is too short'),
      expect.stringContaining('p.users, written again each time: trigger keep'),
    ]);
  });

  it('names all rights that triggers need at once, and they are enough (R15, R23)', async () => {
    await open(`CREATE SCHEMA q; CREATE TABLE q."Old values" (n serial, was text); CREATE TABLE q.more (was text);
      CREATE TABLE p.kept (was text);
      CREATE FUNCTION p.note() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN
        INSERT INTO q."Old values" (was) VALUES (OLD.name); DELETE FROM p.kept WHERE was = OLD.name; RETURN NEW; END$$;
      CREATE FUNCTION q.note() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN
        INSERT INTO q.more VALUES (NEW.was); RETURN NEW; END$$;
      CREATE TRIGGER note AFTER UPDATE ON p.users FOR EACH ROW EXECUTE FUNCTION p.note();
      CREATE TRIGGER note AFTER INSERT ON q."Old values" FOR EACH ROW EXECUTE FUNCTION q.note()`);

    const { refusals } = await portal.rehearse(jdoe);

    const rights = refusals.at(-1)!;
    expect(rights).toMatch(/^For all that triggers do: /);
    const grants = rights.replace('For all that triggers do: ', '').split('; ');
    expect(grants.sort()).toEqual([
      'GRANT DELETE ON p.kept TO gdpr_anonymize',
      'GRANT UPDATE, SELECT, INSERT ON q."Old values" TO gdpr_anonymize',
      'GRANT UPDATE, SELECT, INSERT ON q.more TO gdpr_anonymize',
      'GRANT USAGE ON SCHEMA q TO gdpr_anonymize',
      'GRANT USAGE ON SEQUENCE q."Old values_n_seq" TO gdpr_anonymize',
    ]);
    await portal.owner.query(grants.join('; '));
    expect((await portal.rehearse(jdoe)).refusals).toEqual([]);
  });

  it('runs one at a time, and waits no longer than 5 s for what an anonymization has locked (R15)', async () => {
    await open('');
    const other = { ...(await portal.as('anonymize')()), database: portal.owner.database! };
    const client = new Client({ ...other, user: other.username });
    await client.connect();
    try {
      await client.query('BEGIN; SELECT FROM p.users FOR UPDATE');
      await expect(portal.rehearse(jdoe)).rejects.toMatchObject({ name: 'PortalBusyError', retryable: true });
      await client.query('ROLLBACK; SELECT pg_advisory_lock($1)'.replace('$1', String(requestLock('rehearsal'))));
      await expect(portal.rehearse({ kind: 'user', name: 'asmith' })).rejects.toThrow(PortalBusyError);
    } finally {
      await client.end();
    }
  }, 30_000);

  it('is refused when the Portal no longer holds what the preview showed (R14)', async () => {
    await open('');
    const mayStart = (found: PortalFindings) => {
      if (found.tables.length > 0) throw new PlanChangedError();
    };

    await expect(portal.rehearse(jdoe, 1000, mayStart)).rejects.toThrow(PlanChangedError);
  });

  it('stops at a number of rows, and names what it has not tried (R15)', async () => {
    await open('');

    const { refusals, notTried } = await portal.rehearse(jdoe, 1);

    expect(refusals).toEqual([]);
    expect(notTried).toEqual(expect.arrayContaining(['p.users from row 1 on', LAST]));
  });
});
