import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type PortalDatabaseServer,
  referenceMapping,
  startPortalDatabase,
} from '../../../../local/portal-database/portal-database.ts';
import { portalPreview } from '../../../../modules/portal/search/preview.ts';
import type { Subject } from '../../../../modules/requests/subject.ts';
import { connectionOf, everyRow, fewPeople, HARD_NAMES, runAs } from '../../../support/portal.ts';

let server: PortalDatabaseServer;
beforeAll(async () => {
  server = await startPortalDatabase({ people: fewPeople(HARD_NAMES), days: 5, now: new Date('2026-03-10T12:00:00Z') });
});
afterAll(() => server.stop());

const find = async (subject: Subject) =>
  portalPreview(connectionOf(server, 'read'), await referenceMapping(), 20).findSubject(subject);

describe('portalPreview', () => {
  it.each([
    { kind: 'user', name: 'jdoe' },
    { kind: 'device', name: 'LT-101' },
  ] as const)('counts the rows of $name in each table as a search outside the database does (R14)', async (subject) => {
    const { tables } = await find(subject);
    const word = new RegExp(`(?<![\\w-])${subject.name}(?![\\w-])`, 'i');
    const stored = [...(await everyRow(server))].filter(([name]) => name.startsWith('portal.'));
    for (const { table, rows } of tables) {
      const own = stored.filter(([name]) => name === table || name.startsWith(`${table}_2`)).flatMap(([, all]) => all);
      expect([table, rows]).toEqual([table, own.filter((row) => word.test(row)).length]);
    }
  });

  it('tells the spellings it may mean, and twins apart, which nothing changes (R14)', async () => {
    const { spellings, nearNames, tables } = await find({ kind: 'user', name: 'JDoe' });

    expect(spellings).toEqual(['CORP\\jdoe', 'jdoe', 'jdoe@corp.example']);
    expect(nearNames).toEqual(expect.arrayContaining(['jdoe2', 'CORP\\jdoe-adm']));
    expect(tables.find(({ table }) => table === 'portal.users')).toEqual({
      table: 'portal.users',
      rows: 1,
      exact: 1,
      tokens: 0,
      suspected: 2,
    });
  });

  it.each(HARD_NAMES)('takes %s as it is typed (R14)', async (name) => {
    const { tables, spellings } = await find({ kind: 'user', name });

    expect(spellings).toContain(name);
    expect(tables.find(({ table }) => table === 'portal.users')).toMatchObject({ rows: 1, exact: 1, suspected: 0 });
  });

  it.each(['%', '_', 'nobody', "' OR true --", '*'])('finds no row under %s', async (name) => {
    expect((await find({ kind: 'user', name })).tables.reduce((sum, { rows }) => sum + rows, 0)).toBe(0);
  });

  it('names what no UPDATE reaches by its place, and counts the name in a column approved as harmless as a mention (R14)', async () => {
    await runAs(server, 'owner', "COMMENT ON TABLE portal.users IS 'ask jdoe first'");
    await runAs(server, 'owner', "CREATE VIEW portal.his AS SELECT * FROM portal.users WHERE name = 'jdoe'");
    await runAs(server, 'owner', 'UPDATE portal.metrics SET definition = \'{"only": "jdoe"}\' WHERE metric_id = 1');
    await runAs(server, 'owner', 'ANALYZE portal.users');

    const { outOfReach, unmapped, mentions } = await find({ kind: 'user', name: 'jdoe' });

    expect(outOfReach).toEqual(
      expect.arrayContaining([
        'comment on table portal.users',
        'text of view portal.his',
        'statistics of portal.users.name',
      ]),
    );
    expect(unmapped).toEqual([]);
    expect(mentions).toContainEqual({ place: 'portal.metrics.definition', count: 1 });
  });
});
