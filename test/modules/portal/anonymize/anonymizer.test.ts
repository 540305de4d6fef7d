import { randomBytes, randomUUID } from 'node:crypto';
import { Client } from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  type PortalDatabaseServer,
  referenceMapping,
  startPortalDatabase,
} from '../../../../local/portal-database/portal-database.ts';
import { portalAnonymizer } from '../../../../modules/portal/anonymize/anonymizer.ts';
import { ResidueFoundError } from '../../../../modules/portal/errors.ts';
import { drawToken } from '../../../../modules/portal/names/tokens.ts';
import { portalVerifier } from '../../../../modules/portal/search/preview.ts';
import type { Subject } from '../../../../modules/requests/subject.ts';
import { connectionOf, everyRow, fewPeople, HARD_NAMES, runAs } from '../../../support/portal.ts';

const NOW = new Date('2026-03-10T12:00:00Z');
const POLICY = { unreachable: 'retain', controls: 'full', lockSeconds: 10, statementSeconds: 60 } as const;
const atOnce = { mayCommit: async () => {} };
/** Two people and two, whom a mapping of one letter to two, or to another's, would make one each. */
const TWINS = ['strauß', 'strauss', 'kılıc', 'kilic'];
const jdoe: Subject = { kind: 'user', name: 'jdoe' };

let server: PortalDatabaseServer;
let mapping: Awaited<ReturnType<typeof referenceMapping>>;
beforeAll(async () => {
  mapping = await referenceMapping();
  server = await startPortalDatabase({ people: fewPeople([...HARD_NAMES, ...TWINS]), days: 5, now: NOW });
  await runAs(server, 'owner', 'CREATE DATABASE pristine TEMPLATE portal');
});
afterAll(() => server.stop());
beforeEach(async () => {
  const other = { ...server, roles: { ...server.roles, owner: { ...server.roles.owner, database: 'pristine' } } };
  await runAs(other, 'owner', 'DROP DATABASE portal WITH (FORCE)');
  await runAs(
    { ...other, roles: { ...other.roles, owner: { ...other.roles.owner, database: 'postgres' } } },
    'owner',
    'CREATE DATABASE portal TEMPLATE pristine',
  );
});

const anonymizer = () => portalAnonymizer(connectionOf(server, 'anonymize'), mapping, POLICY);
const anonymize = async (
  subject: Subject,
  { requestId = randomUUID() as string, token = drawToken(randomBytes) } = {},
): Promise<Readonly<Record<string, number>>> =>
  (await anonymizer().anonymize(requestId, subject, token, atOnce)).rowsByTable;
const residueOf = async (subject: Subject) =>
  (await portalVerifier(connectionOf(server, 'verify')).verify(subject)).residue;

/** Rows that show the name, whatever stands around it, once longer names that contain it are out of the way. */
const showing = (rows: Map<string, string[]>, name: string, others: readonly string[] = []) =>
  [...rows.values()].flat().filter((row) => {
    const rest = others.reduce((text, other) => text.replaceAll(other, ''), row.toLowerCase());
    return [name, JSON.stringify(name).slice(1, -1)].some((form) => rest.includes(form.toLowerCase()));
  });

const owner = (text: string, values?: unknown[]) => runAs(server, 'owner', text, values);

describe('portalAnonymizer', () => {
  it('finds and replaces the name below 5,000 levels of JSON (C46)', async () => {
    const deep = `${'{"a":['.repeat(2500)}"jdoe"${']}'.repeat(2500)}`;
    const inText = `${'['.repeat(5000)}"\\\\u006adoe"${']'.repeat(5000)}`;
    await owner('UPDATE portal.count_metric_details SET details = $1::jsonb', [deep]);
    await owner('UPDATE portal.metric_annotations SET note = $1', [inText]);
    await anonymize(jdoe);
    expect(await residueOf(jdoe)).toBe(0);
    const left = await owner(`
      SELECT details::text FROM portal.count_metric_details WHERE details::text LIKE '%"jdoe"%'
      UNION ALL SELECT note FROM portal.metric_annotations WHERE note LIKE '%u006adoe"%'`);
    expect(left).toEqual([]);
  });

  it('takes a device with its DNS domain for the device, in a column of bare names too (R15)', async () => {
    await owner("UPDATE portal.devices SET name = 'HOST.local' WHERE name = 'WS-202'");
    const host: Subject = { kind: 'device', name: 'host' };

    expect((await anonymize(host))['portal.devices']).toBe(1);

    expect(await residueOf(host)).toBe(0);
    expect((await owner("SELECT count(*) FROM portal.devices WHERE name LIKE 'anon-%.local'"))[0]!.count).toBe('1');
  });

  it('leaves the name of a user in no column of any table (R15)', async () => {
    const token = drawToken(randomBytes);
    const before = await everyRow(server);

    const rowsByTable = await anonymize(jdoe, { token });

    const after = await everyRow(server);
    expect(showing(before, 'jdoe', ['jdoe2', 'jdoe-adm']).length).toBeGreaterThan(10);
    expect(showing(after, 'jdoe', ['jdoe2', 'jdoe-adm'])).toEqual([]);
    expect(await residueOf(jdoe)).toBe(0);
    const details = await owner(
      `SELECT count(*) FROM portal.count_metric_details WHERE user_name = $1 AND details->>'user' = 'CORP\\' || $1
         AND details->'events' ? $1`,
      [token],
    );
    expect(details[0]!.count).toBe(String(rowsByTable['portal.count_metric_details']));
    expect(rowsByTable).toMatchObject({ 'portal.users': 1, 'portal.devices': 1, 'portal.saved_selections': 2 });
  });

  it('clears what else tells who it was, on the row of the subject alone (R15)', async () => {
    const token = drawToken(randomBytes);
    await anonymize(jdoe, { token });

    expect(
      await owner('SELECT full_name, sid, upn, email, department FROM portal.users WHERE name = $1', [token]),
    ).toEqual([{ full_name: null, sid: null, upn: null, email: null, department: null }]);
    expect(await owner("SELECT serial_number, last_logged_on_user FROM portal.devices WHERE name = 'LT-101'")).toEqual([
      { serial_number: 'SN0', last_logged_on_user: `CORP\\${token}` },
    ]);
  });

  it('changes no row of anybody else, byte for byte, and neither adds nor removes one (R15)', async () => {
    const places = `SELECT tableoid::regclass || ctid::text AS place, to_json(t)::text AS row FROM portal.count_metric_details t
      UNION ALL SELECT 'users' || ctid::text, to_json(t)::text FROM portal.users t
      UNION ALL SELECT 'notes' || ctid::text, to_json(t)::text FROM portal.metric_annotations t
      UNION ALL SELECT 'lists' || ctid::text, to_json(t)::text FROM portal.saved_selections t`;
    const before = await owner(places);
    const relations = await everyRow(server);

    await anonymize(jdoe);

    const after = new Map((await owner(places)).map(({ place, row }) => [place, row]));
    const bystanders = before.filter(({ row }) => !/jdoe(?![\w-])/.test(row!));
    expect(bystanders.filter(({ row }) => /jdoe2|jdoe-adm|joanna/.test(row!)).length).toBeGreaterThan(20);
    for (const { place, row } of bystanders) expect(after.get(place)).toBe(row);
    for (const [relation, rows] of await everyRow(server)) {
      const added = relation === 'gdpr.anonymization_run' ? 1 : 0;
      expect(rows, relation).toHaveLength(relations.get(relation)!.length + added);
    }
  });

  it('leaves the name of a device nowhere, and the device whose name begins alike as it is (R15)', async () => {
    const device: Subject = { kind: 'device', name: 'lt-101' };
    const twin = await owner("SELECT * FROM portal.devices WHERE name = 'LT-1011'");

    await anonymize(device);

    expect(showing(await everyRow(server), 'lt-101', ['lt-1011'])).toEqual([]);
    expect(await residueOf(device)).toBe(0);
    expect(await owner("SELECT * FROM portal.devices WHERE name = 'LT-1011'")).toEqual(twin);
    expect(await owner("SELECT name FROM portal.users WHERE name = 'jdoe'")).toHaveLength(1);
    expect(
      await owner("SELECT name FROM portal.devices WHERE name LIKE 'anon-%' AND serial_number IS NULL"),
    ).toHaveLength(1);
  });

  it.each(HARD_NAMES)('anonymizes the user %s and nobody else (R15)', async (name) => {
    const subject: Subject = { kind: 'user', name };
    expect(await residueOf(subject)).toBeGreaterThan(10);
    await owner(
      `UPDATE portal.count_metric_details SET details = jsonb_build_object('seenBy', 'CORP\\' || $1::text)
       WHERE user_name = 'joanna'`,
      [name],
    );

    const rowsByTable = await anonymize(subject);

    expect(rowsByTable['portal.users']).toBe(1);
    expect(showing(await everyRow(server), name)).toEqual([]);
    expect(await residueOf(subject)).toBe(0);
    const others = await owner("SELECT count(*) FROM portal.users WHERE name NOT LIKE 'anon-%'");
    expect(others[0]!.count).toBe(String(fewPeople([...HARD_NAMES, ...TWINS]).users.length - 1));
  });

  it.each([
    ['strauß', 'strauss'],
    ['strauss', 'strauß'],
    ['kılıc', 'kilic'],
    ['kilic', 'kılıc'],
    ['İlker', 'ilker'],
    ['ilker', 'İlker'],
  ])('anonymizes %s and not %s (R15)', async (name, other) => {
    await owner("UPDATE portal.count_metric_details SET user_name = $1 WHERE user_name = 'jdoe2'", [other]);
    const stored = async () =>
      showing(new Map([...(await everyRow(server))].filter(([table]) => !mapping.derived.includes(table))), other);
    const before = await stored();
    expect(before.length).toBeGreaterThan(1);

    const token = drawToken(randomBytes);
    await anonymize({ kind: 'user', name }, { token });

    expect((await stored()).map((row) => row.replaceAll(token, name)).sort()).toEqual(before.sort());
    expect(await residueOf({ kind: 'user', name })).toBe(0);
  });

  it('takes another case for the name, and mentions in other case with it (R15)', async () => {
    await owner("UPDATE portal.count_metric_details SET user_name = 'JDoe' WHERE user_name = 'jdoe' AND metric_id = 1");
    await owner(
      "INSERT INTO portal.metric_annotations (metric_id, day, note) VALUES (1, '2026-03-01', 'see corp\\JDOE.')",
    );

    await anonymize({ kind: 'user', name: 'Jdoe' });

    expect(showing(await everyRow(server), 'jdoe', ['jdoe2', 'jdoe-adm'])).toEqual([]);
  });

  it('does a request once: a repeat changes nothing and tells the same counts (R16)', async () => {
    const requestId = randomUUID();
    const counts = await anonymize(jdoe, { requestId });
    const after = await everyRow(server);

    expect(await anonymize(jdoe, { requestId })).toEqual(counts);
    expect(await everyRow(server)).toEqual(after);
    expect(await anonymize(jdoe)).toEqual(Object.fromEntries(Object.keys(counts).map((table) => [table, 0])));
  });

  it('keeps no name and no token in its ledger (R15)', async () => {
    const token = drawToken(randomBytes);
    await anonymize(jdoe, { token });

    const [row] = await owner('SELECT to_json(r)::text AS run FROM gdpr.anonymization_run r');
    expect(row!.run).not.toMatch(/jdoe|anon-/);
  });

  it.each([
    ['text', "'sent by CORP\\jdoe'"],
    ['varchar(50)', "'JDOE'"],
    ['char(20)', "'jdoe'"],
    ['name', "'jdoe'"],
    ['json', `'{"a": [{"\\u006adoe": 1}]}'`],
    ['jsonb', `'{"path": "C:\\\\Users\\\\jdoe\\njdoe"}'`],
    ['text[]', "ARRAY['x', 'jdoe']"],
    ['jsonb[]', `ARRAY['"jdoe"'::jsonb]`],
    ['bytea', "'jdoe'::bytea"],
    ['tsvector', "to_tsvector('simple', 'jdoe was here')"],
    ['xml', "'<u>jdoe</u>'"],
    ['public.label', "'jdoe'"],
    ['public.pair', "ROW('jdoe', 1)"],
  ])('rolls everything back when the name stays in an unmapped column of type %s (R15)', async (type, value) => {
    await owner('CREATE DOMAIN public.label AS text; CREATE TYPE public.pair AS (who text, times int)');
    await owner(`CREATE TABLE portal.extra AS SELECT 1 AS id, (${value})::${type} AS held`);
    await owner('GRANT SELECT ON portal.extra TO gdpr_anonymize, gdpr_verify');
    const before = await everyRow(server);

    await expect(anonymize(jdoe)).rejects.toThrow(ResidueFoundError);

    expect(await everyRow(server)).toEqual(before);
    await owner('DELETE FROM portal.extra');
    await anonymize(jdoe);
    expect(await residueOf(jdoe)).toBe(0);
    await owner(`INSERT INTO portal.extra VALUES (1, (${value})::${type})`);
    expect(await residueOf(jdoe)).toBeGreaterThan(0);
  });

  it('changes nothing when it is cancelled while it waits or works, and says that it has committed to a caller who cancels late (R16)', async () => {
    const before = await everyRow(server);
    const { host, port, roles } = server;
    const holder = new Client({ host, port, user: roles.owner.username, ...roles.owner });
    await holder.connect();
    await holder.query("BEGIN; UPDATE portal.saved_selections SET title = title || ' ' WHERE 'jdoe' = ANY (members)");
    const controller = new AbortController();
    const requestId = randomUUID();
    const { signal } = controller;

    const running = anonymizer().anonymize(requestId, jdoe, drawToken(randomBytes), atOnce, signal);
    const waiting = "SELECT FROM pg_stat_activity WHERE usename = 'gdpr_anonymize' AND wait_event_type = 'Timeout'";
    await expect.poll(() => owner(waiting)).toHaveLength(1);
    controller.abort(new Error('cancelled'));
    await holder.query('ROLLBACK');
    await holder.end();

    await expect(running).rejects.toThrow('cancelled');
    expect(await everyRow(server)).toEqual(before);
    await expect(anonymizer().anonymize(requestId, jdoe, 'anon-x', atOnce, signal)).rejects.toThrow('cancelled');
    const counts = await anonymize(jdoe, { requestId });
    expect((await anonymizer().anonymize(requestId, jdoe, 'anon-x', atOnce, signal)).rowsByTable).toEqual(counts);
  });

  it('lets two requests about the same name take turns (R15)', async () => {
    const all = await Promise.all([anonymize(jdoe), anonymize(jdoe)]);

    expect(all.map((counts) => counts['portal.users']).sort()).toEqual([0, 1]);
    expect(await residueOf(jdoe)).toBe(0);
  });

  it('leaves the other members of a list where they are (R15)', async () => {
    const token = drawToken(randomBytes);
    const lists = () =>
      owner('SELECT selection_id, array_to_json(members)::text AS members FROM portal.saved_selections');
    const before = await lists();

    await anonymize(jdoe, { token });

    const renamed = (member: string) => (/^(CORP\\)?jdoe$/.test(member) ? member.replace('jdoe', token) : member);
    const membersOf = ({ members }: Record<string, string>) => JSON.parse(members!) as string[];
    const after = new Map((await lists()).map((list) => [list.selection_id, membersOf(list)]));
    for (const list of before) expect(after.get(list.selection_id)).toEqual(membersOf(list).map(renamed));
  });

  it('fails when rows are hidden from it (R15)', async () => {
    await owner('ALTER TABLE portal.saved_selections ENABLE ROW LEVEL SECURITY');

    await expect(anonymize(jdoe)).rejects.toMatchObject({ name: 'PortalDatabaseError', message: /42501/ });
    await expect(residueOf(jdoe)).rejects.toMatchObject({ name: 'PortalDatabaseError', message: /42501/ });
  });

  it('fails when it may not read a table, since what it cannot see it cannot vouch for (R15)', async () => {
    await owner('CREATE TABLE public.hidden AS SELECT 1 AS id, $$x$$::text AS held');

    await expect(anonymize(jdoe)).rejects.toMatchObject({ name: 'PortalDatabaseError', message: /42501/ });
    await expect(residueOf(jdoe)).rejects.toMatchObject({ name: 'PortalDatabaseError', message: /42501/ });
  });
});
