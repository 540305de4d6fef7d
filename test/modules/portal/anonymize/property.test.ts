import { randomBytes, randomUUID } from 'node:crypto';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type PortalDatabaseServer, startPortalDatabase } from '../../../../local/portal-database/portal-database.ts';
import { portalAnonymizer } from '../../../../modules/portal/anonymize/anonymizer.ts';
import { portalMaintainer } from '../../../../modules/portal/anonymize/maintainer.ts';
import type { PortalMapping } from '../../../../modules/portal/mapping/mapping.ts';
import { drawToken } from '../../../../modules/portal/names/tokens.ts';
import { portalPostgres } from '../../../../modules/portal/retrieval/read-subject.ts';
import { portalPreview, portalVerifier } from '../../../../modules/portal/search/preview.ts';
import type { PortalSubject } from '../../../../modules/requests/subjects/person.ts';
import { randomPortal, TYPES } from '../../../support/portal-plant.ts';
import { scanCatalog, scanFor } from '../../../support/portal-scan.ts';
import { randomPeople, SUBJECT } from '../../../support/random-people.ts';
import { createPeopleDatabase, createRandomDatabase, type RandomDatabase } from '../../../support/random-portal.ts';

const RUNS = process.env.GDPR_TEST_DEEP ? 300 : 8;
const POLICY = { unreachable: 'retain', controls: 'full', lockSeconds: 10, statementSeconds: 60 } as const;

let server: PortalDatabaseServer;
beforeAll(async () => {
  server = await startPortalDatabase({ people: { users: [], devices: [] }, days: 1 });
});
afterAll(() => server.stop());

/** Text of every row by `table/id`, partitions counted for their table. */
async function rowsById({ owner, mapping }: Pick<RandomDatabase, 'owner' | 'mapping'>): Promise<Map<string, string>> {
  const all = new Map<string, string>();
  for (const { table } of mapping.tables) {
    const { rows } = await owner.query<{ id: number; row: string }>(`SELECT id, t::text AS row FROM ${table} t`);
    for (const { id, row } of rows) all.set(`${table}/${id}`, row);
  }
  return all;
}

/** What a preview finds: rows by table, and columns that name the Subject and are never changed. */
async function preview(database: RandomDatabase, name: string, mapping: PortalMapping = database.mapping) {
  const { tables, unmapped } = await portalPreview(database.connection('verify'), mapping, 60).findSubject({
    kind: 'user',
    name,
  });
  return { rows: Object.fromEntries(tables.map(({ table, rows }) => [table, rows])), unmapped };
}

/** The mapping with no text in its tables that is changed. */
const keepingText = (mapping: PortalMapping): PortalMapping => ({
  ...mapping,
  tables: mapping.tables.map((table) => ({ ...table, freeText: [] })),
});

describe('an anonymization of a random Portal', () => {
  it('leaves the name nowhere, every bystander as it was and every total equal, whatever the types (R15)', async () => {
    await fc.assert(
      fc.asyncProperty(randomPortal, async (portal) => {
        const database = await createRandomDatabase(server, portal);
        try {
          const subject = { kind: 'user', name: portal.name } as const;
          const anonymizer = portalAnonymizer(database.connection('anonymize'), database.mapping, POLICY);
          const anonymize = () =>
            anonymizer.anonymize(randomUUID(), subject, drawToken(randomBytes), { mayCommit: async () => {} });
          const verify = () => portalVerifier(database.connection('verify')).verify(subject);
          const before = await rowsById(database);
          expect(await scanFor(database.owner, portal.name)).toContain('p.people.name');
          expect((await verify()).residue).toBeGreaterThan(0);
          const plan = await preview(database, portal.name);

          const { rowsByTable } = await anonymize();
          expect(plan).toEqual({ rows: rowsByTable, unmapped: [] });
          const cleaner = portalMaintainer(database.connection('maintain'), database.mapping, {
            vacuum: 'full',
            lockSeconds: 10,
          });
          const unclean = await cleaner.maintain(Object.keys(rowsByTable).filter((table) => rowsByTable[table]! > 0));

          expect(unclean).toEqual([]);
          expect(await scanFor(database.owner, portal.name)).toEqual([]);
          const { residue, outOfReach } = await verify();
          expect(residue).toBe(0);
          expect(outOfReach).toEqual(portal.comment ? ['comment on table p.people'] : []);
          const after = await rowsById(database);
          expect([...after.keys()].sort()).toEqual([...before.keys()].sort());
          for (const row of database.bystanders) expect(after.get(row), row).toBe(before.get(row));
          expect(Object.values((await anonymize()).rowsByTable).filter((changed) => changed > 0)).toEqual([]);
        } finally {
          await database.drop();
        }
      }),
      { numRuns: RUNS, endOnFailure: !process.env.GDPR_TEST_DEEP },
    );
  }, 3_600_000);

  it('is about one person alone among people with names alike, whatever the types (C20, C22, C25, C29a, R9, R15)', async () => {
    await fc.assert(
      fc.asyncProperty(randomPeople, async (people) => {
        const database = await createPeopleDatabase(server, people);
        const { owner, mapping, theirs, connection } = database;
        try {
          const { account, unlisted, hasNamesake } = people;
          const subject = { kind: 'user', name: hasNamesake ? `CORP\\${account}` : account } as const;
          const before = await rowsById(database);
          const retrieved: string[] = [];
          for await (const { file, batches } of portalPostgres(connection('read'), mapping).readSubject(subject))
            for await (const rows of batches) retrieved.push(...rows.map(([id]) => `p.${file}/${id}`));
          const found = await portalPreview(connection('read'), mapping, 60).findSubject(subject);
          const previewed = Object.fromEntries(found.tables.map(({ table, rows }) => [table, rows]));
          let person: PortalSubject | undefined;
          const run = portalAnonymizer(connection('anonymize'), mapping, POLICY).anonymize(
            randomUUID(),
            subject,
            drawToken(randomBytes),
            {
              mayCommit: async (replaced) => {
                person = replaced;
              },
            },
          );

          expect(retrieved.sort()).toEqual([...theirs].sort()); // all of theirs, and no foreign row
          expect(found.unmapped).toEqual(unlisted ? ['p.details.more'] : []);
          if (unlisted) {
            await expect(run).rejects.toMatchObject({ name: 'ResidueFoundError', places: found.unmapped });
            expect(await rowsById(database)).toEqual(before);
            return;
          }
          const { rowsByTable, mentions = {}, lookalikes = {} } = await run;
          expect(rowsByTable).toEqual(previewed);
          expect(Object.values(rowsByTable).reduce((sum, rows) => sum + rows, 0)).toBe(theirs.size);
          const after = await rowsById(database);
          for (const [row, text] of before) expect(after.get(row) === text, row).toBe(!theirs.has(row));
          const verified = await portalVerifier(connection('verify'), mapping).verify({ ...subject, person: person! });
          expect(verified.residue).toBe(0);
          await owner.query('ANALYZE');
          const strong = [SUBJECT.sid, 'x.quill@corp.example', 'Quillfeather, Xaver', 'Xaver Quillfeather'];
          for (const word of [...strong, `CORP\\${account}`]) expect(await scanFor(owner, word), word).toEqual([]);
          const named = [...Object.keys(mentions), ...Object.keys(lookalikes)];
          const places = (await scanFor(owner, account)).map((place) => place.replace('statistics of ', ''));
          expect(places.filter((place) => !named.includes(place))).toEqual([]);
          const outside: string[] = [];
          for (const word of strong) outside.push(...(await scanCatalog(owner, word)));
          expect(outside.map((place) => place.replace('pg_description', 'comment on table p.users')).sort()).toEqual(
            verified.outOfReach.filter((place) => !place.startsWith('statistics')),
          );
        } finally {
          await database.drop();
        }
      }),
      { numRuns: process.env.GDPR_TEST_DEEP ? 300 : 4, endOnFailure: !process.env.GDPR_TEST_DEEP },
    );
  }, 3_600_000);

  it.each(['jdoe', 'say "hi"', 'a\\b', "o'neil", 'rené.favre', '中村'])(
    'previews and rewrites %s in a column of each type (R14, R15)',
    async (name) => {
      const rows = [
        [{ about: true, text: () => `see CORP\\${name}, "${name}"` }],
        [{ about: false, text: () => `${name}2 and x${name}` }],
      ];
      const tables = TYPES.map((type) => ({ columns: [type], rows, partitioned: false }));
      const eachOf = <T>(tell: (at: number) => T) => TYPES.map((_type, at) => tell(at));
      const database = await createRandomDatabase(server, { name, tables, reference: '', comment: false });
      try {
        const before = await rowsById(database);
        const columns = eachOf((at) => `p.t${at}.c0`);
        expect(await scanFor(database.owner, name)).toEqual(expect.arrayContaining(columns));
        const plan = await preview(database, name);
        expect(plan.rows).toMatchObject(Object.fromEntries(eachOf((at) => [`p.t${at}`, 1])));
        const { unmapped } = await preview(database, name, keepingText(database.mapping));
        expect(unmapped).toEqual(expect.arrayContaining(columns));
        const anonymizer = portalAnonymizer(database.connection('anonymize'), database.mapping, POLICY);
        await anonymizer.anonymize(randomUUID(), { kind: 'user', name }, drawToken(randomBytes), {
          mayCommit: async () => {},
        });
        expect((await scanFor(database.owner, name)).filter((place) => !place.startsWith('statistics'))).toEqual([]);
        const after = await rowsById(database);
        for (const [at, { type }] of TYPES.entries())
          expect(after.get(`p.t${at}/1`), type).toBe(before.get(`p.t${at}/1`));
      } finally {
        await database.drop();
      }
    },
  );

  it('folds letters of every script in columns whose collation does not, names and text (R15)', async () => {
    const type = TYPES.find(({ type }) => type === 'text COLLATE "C"')!;
    const rows = ['Seen Иван Иванов', 'ИВАН Иванов', 'Иванова'].map((text, at) => [
      { about: at < 2, text: () => text },
    ]);
    const database = await createRandomDatabase(server, {
      name: 'иван иванов',
      reference: '',
      comment: false,
      tables: [{ columns: [type], rows, partitioned: false }],
    });
    try {
      await database.owner.query("UPDATE p.t0 SET who = 'Иван ИВАНОВ' WHERE id = 1");
      const before = await rowsById(database);
      await portalAnonymizer(database.connection('anonymize'), database.mapping, POLICY).anonymize(
        randomUUID(),
        { kind: 'user', name: 'иван иванов' },
        'anon-abcdefghijklmnopqrstuvwxyz',
        { mayCommit: async () => {} },
      );
      const { rows: after } = await database.owner.query('SELECT who, c0 FROM p.t0 ORDER BY id');
      expect(after[0]!.c0).toBe('Seen anon-abcdefghijklmnopqrstuvwxyz');
      expect(Object.values(after[1]!)).toEqual(Array(2).fill('anon-abcdefghijklmnopqrstuvwxyz'));
      expect((await rowsById(database)).get('p.t0/2')).toBe(before.get('p.t0/2'));
    } finally {
      await database.drop();
    }
  });
});
