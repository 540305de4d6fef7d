import { describe, expect, it } from 'vitest';
import type { PortalMapping } from '../../../../modules/portal/mapping/mapping.ts';
import type { Subject } from '../../../../modules/requests/subject.ts';
import { OWN_MAPPING, ownPortals } from '../../../support/own-portal.ts';

const open = ownPortals();
const user = (name: string): Subject => ({ kind: 'user', name });
const withText = (table: string, ...columns: string[]): PortalMapping => ({
  ...OWN_MAPPING,
  tables: OWN_MAPPING.tables.map((each) =>
    each.table === table ? { ...each, freeText: [...each.freeText, ...columns] } : each,
  ),
});
const withoutTokens = (rows: readonly string[]) => rows.map((row) => row.replaceAll(/anon-\w+/g, 'T'));

describe('a tsvector', () => {
  const ANNA = `ALTER TABLE p.notes ADD words tsvector;
    INSERT INTO p.users VALUES (1, 'CORP', 'u-00311', 'Jones, Mary', 'S-1-5-21-7-1', NULL), (2, 'CORP', 'eva', 'Eva Jones', NULL, NULL);`;

  it('gives up the words of names and logins in rows of the person, and is counted in others, in any language (C25, R15, R27)', async () => {
    const { preview, retrieve, anonymize, rows } = await open(
      `${ANNA}
      INSERT INTO p.notes VALUES (1, 'ask Mary Jones', to_tsvector('simple', 'ask Mary Jones of the team')),
        (2, 'Jones, Mary called', to_tsvector('english', 'calls of Jones, Mary')), (3, 'CORP\\u-00311', to_tsvector('simple', 'CORP\\u-00311 called')),
        (4, NULL, to_tsvector('simple', 'sid S-1-5-21-7-1')), (5, NULL, strip(to_tsvector('french', 'Mary Jones'))),
        (6, NULL, to_tsvector('simple', 'Mary Lee met Eva Lee')), (7, 'u-003110', to_tsvector('simple', 'u-003110'))`,
      withText('p.notes', 'words'),
    );
    const before = await rows();

    const { tables, mentions } = await preview(user('u-00311'));
    const archive = await retrieve(user('u-00311'));
    const { verified, rows: changed, outcome } = await anonymize(user('u-00311'));

    expect(tables.find(({ table }) => table === 'p.notes')).toMatchObject({ rows: 3 });
    expect([archive.length, changed]).toEqual([4, 4]);
    expect(verified).toMatchObject({ residue: 0 });
    expect(withoutTokens(await rows()).filter((row) => row.startsWith('notes: '))).toEqual([
      `notes: (1,"ask T","'T':2,3 'ask':1 'of':4 'team':6 'the':5")`,
      `notes: (2,"T called","'T':3,4 'call':1")`,
      `notes: (3,"CORP\\\\T","'T':2,3 'called':4 'corp':1")`,
      ...before.filter((row) => /^notes: \([4567]/.test(row)),
    ]);
    expect(mentions).toContainEqual({ place: 'p.notes.words', count: 5 });
    expect(outcome.mentions).toEqual({ 'p.notes.words': 2 });
  });

  it('that is computed, or listed as harmless, is counted and stops nobody; a trigger makes it anew (C24, C25, R27)', async () => {
    const { preview, anonymize, rows } = await open(
      `${ANNA}
      ALTER TABLE p.notes ADD computed tsvector GENERATED ALWAYS AS (to_tsvector('english', note)) STORED;
      ALTER TABLE p.kinds ADD words tsvector, ADD many tsvector[], ADD asked tsquery;
      CREATE TRIGGER words BEFORE INSERT OR UPDATE ON p.notes FOR EACH ROW EXECUTE FUNCTION
        tsvector_update_trigger('words', 'pg_catalog.english', 'note');
      INSERT INTO p.notes (id, note) VALUES (1, 'ask Mary Jones'), (2, 'u-00311 called'), (3, 'Eva Jones called');
      INSERT INTO p.kinds VALUES ('a', '{}', to_tsvector('simple', 'Mary Jones'), ARRAY[to_tsvector('english', 'Jones, Mary')], plainto_tsquery('simple', 'Mary Jones'))`,
      {
        ...withText('p.notes', 'words'),
        harmless: [...OWN_MAPPING.harmless, { table: 'p.kinds', columns: ['words', 'many', 'asked'] }],
      },
    );

    const found = await preview(user('u-00311'));
    const { verified, outcome } = await anonymize(user('u-00311'));

    expect(found.unmapped).toEqual([]);
    expect(verified).toMatchObject({ residue: 0, places: [] });
    expect(outcome.mentions).toEqual({ 'p.kinds.words': 1, 'p.kinds.many': 1, 'p.kinds.asked': 1 });
    const after = withoutTokens(await rows()).join('\n');
    expect(after).toContain('ask T');
    expect(after.match(/jone/gi)).toHaveLength(7); // Eva's full name, her note and its two indexes, and the harmless ones
    expect(after).not.toContain('00311');
  });
});

describe('a composite', () => {
  it('of two namesakes is that of the one whose SID or full name stands in it (C25, C29a, R15)', async () => {
    const { preview, anonymize, rows } = await open(
      `ALTER TABLE p.papers ADD more p.author[];
      INSERT INTO p.users VALUES (1, 'CORP', 'jdoe', 'Doe, John', 'S-1-5-21-7-1', NULL), (2, 'LAB', 'jdoe', 'Doe, Jane', 'S-1-5-21-7-2', NULL);
      INSERT INTO p.papers VALUES (1, ROW('jdoe', 'Doe, John'), NULL), (2, ROW('JDOE', 'Doe, Jane'), NULL), (3, ROW('jdoe', 'ask Doe, John'), NULL),
        (4, NULL, ARRAY[ROW('jdoe', 'S-1-5-21-7-1'), ROW('jdoe', 'S-1-5-21-7-2')]::p.author[])`,
      withText('p.papers', 'more'),
    );

    const { mentions } = await preview(user('CORP\\jdoe'));
    const { verified } = await anonymize(user('CORP\\jdoe'));

    expect(mentions).toEqual([
      { place: 'p.papers.author', count: 2 },
      { place: 'p.papers.more', count: 2 },
      { place: 'p.users.name', count: 1 },
    ]);
    expect(verified).toMatchObject({ residue: 0 });
    expect(withoutTokens(await rows()).filter((row) => row.startsWith('papers'))).toEqual([
      'papers: (1,"(T,T)",)',
      'papers: (2,"(JDOE,""Doe, Jane"")",)',
      'papers: (3,"(jdoe,""ask T"")",)',
      `papers: (4,,"{""(jdoe,T)"",""(jdoe,S-1-5-21-7-2)""}")`,
    ]);
  });

  it('and a name whose own co-identifier means one of two namesakes are that one (C25, C29a, R15)', async () => {
    const { retrieve, anonymize, owner } = await open(
      `CREATE TABLE p.calls (id bigint PRIMARY KEY, caller text, caller_mail text, boss text, boss_mail text);
      INSERT INTO p.users VALUES (1, 'CORP', 'jdoe', NULL, NULL, 'john.d@corp.example'), (2, 'LAB', 'jdoe', NULL, NULL, 'jane.d@lab.example');
      INSERT INTO p.calls VALUES (1, 'jdoe', 'john.d@corp.example', 'jdoe', 'jane.d@lab.example'), (2, 'jdoe', NULL, 'ann', NULL)`,
      {
        ...OWN_MAPPING,
        tables: [
          ...OWN_MAPPING.tables,
          {
            ...OWN_MAPPING.tables[3]!,
            table: 'p.calls',
            freeText: [],
            names: ['caller', 'boss'].map((column) => ({ column, holds: 'user' as const })),
            coIdentifiers: ['caller', 'boss'].map((column) => ({ column: `${column}_mail`, beside: column })),
          },
        ],
        files: [
          { ...OWN_MAPPING.files[0]!, file: 'calls', from: 'p.calls', columns: [{ header: 'id', column: 'id' }] },
        ],
      },
    );
    expect(await retrieve(user('CORP\\jdoe'))).toEqual(['calls: 1']);

    const { verified } = await anonymize(user('CORP\\jdoe'));

    expect(verified).toMatchObject({ residue: 0 });
    const { rows } = await owner.query<{ row: string }>('SELECT t::text AS row FROM p.calls t ORDER BY id');
    expect(withoutTokens(rows.map(({ row }) => row))).toEqual(['(1,T,,jdoe,jane.d@lab.example)', '(2,jdoe,,ann,)']);
  });
});

describe('a login that is a number', () => {
  const [first] = OWN_MAPPING.identity!;
  const staff = { ...OWN_MAPPING.tables[0]!, table: 'p.staff', key: ['pers'], coIdentifiers: [] };
  const mapping: PortalMapping = {
    ...OWN_MAPPING,
    identity: [{ ...first!, logins: 'number' }],
    tables: [...OWN_MAPPING.tables, { ...staff, names: [{ column: 'pers', holds: 'user' }] }],
  };
  const FILLING = `
    CREATE TABLE p.staff (pers bigint PRIMARY KEY);
    CREATE TABLE p.counts (id bigint PRIMARY KEY, pers bigint, more numeric(12,1)[], span int8range);`;

  it('is counted in columns of numbers that the mapping does not list, and found however it is written (C29, R15)', async () => {
    const { preview, retrieve, anonymize, rows, owner } = await open(
      `${FILLING}
      INSERT INTO p.users VALUES (1, 'CORP', '00041711', 'Ann Lee', NULL, NULL), (2, 'CORP', '417110', NULL, NULL, NULL);
      INSERT INTO p.staff VALUES (41711), (417110);
      INSERT INTO p.counts VALUES (1, 41711, NULL, NULL), (2, 5, '{41711,5,417110}', NULL), (3, 417110, NULL, '[41711,41712)');
      INSERT INTO p.notes VALUES (1, 'see 41711.0 and 00041711, not 41711.05'), (2, '417110 or 41711.5');
      INSERT INTO p.log VALUES (1, NULL, '{"uid": 41711, "as": "41711.0"}')`,
      mapping,
    );

    const { mentions, unmapped, identifiers } = await preview(user('00041711'));
    const archive = await retrieve(user('00041711'));
    const { verified, outcome } = await anonymize(user('00041711'));

    const places = { 'p.counts.more': 1, 'p.counts.pers': 1, 'p.counts.span': 1 };
    expect(Object.fromEntries(mentions.map(({ place, count }) => [place, count]))).toEqual(places);
    expect(unmapped).toEqual([]);
    expect(identifiers.map(({ text }) => text).filter((text) => text.endsWith('.0'))).toEqual([]);
    expect(archive).toHaveLength(3);
    expect(verified).toMatchObject({ residue: 0 });
    expect(outcome.mentions).toEqual(places);
    const after = withoutTokens(await rows());
    expect(after).toContain('notes: (1,"see T and T, not 41711.05")');
    expect(after).toContain('notes: (2,"417110 or 41711.5")');
    expect(after.find((row) => row.startsWith('log'))).toMatch(/""as"": ""T"", ""uid"": -\d+/);
    const { rows: left } = await owner.query('SELECT pers FROM p.staff ORDER BY 1');
    expect(left).toEqual([{ pers: expect.stringMatching(/^-\d+$/) }, { pers: '417110' }]);
  });

  it('of a few digits is found in the rows of the person alone, and nobody counts how often they stand elsewhere (C29, R15)', async () => {
    const { preview, anonymize, owner } = await open(
      `${FILLING}
      INSERT INTO p.users VALUES (1, 'CORP', '0007', NULL, NULL, NULL), (2, 'CORP', '8', NULL, NULL, NULL);
      INSERT INTO p.details VALUES (1, 1, '7', '{"n": 7}'), (2, 2, '8', '{"n": 7}');
      INSERT INTO p.staff VALUES (7), (8); INSERT INTO p.counts VALUES (1, 7), (2, 7);
      INSERT INTO p.notes VALUES (1, 'there are 7 of them')`,
      mapping,
    );

    const { mentions } = await preview(user('0007'));
    const { verified } = await anonymize(user('0007'));

    expect(mentions).toEqual([{ place: 'p.notes.note', count: 1 }]);
    expect(verified).toMatchObject({ residue: 0 });
    const { rows } = await owner.query('SELECT id::text, user_name, doc::text FROM p.details ORDER BY id');
    expect(rows[0]).toMatchObject({ user_name: expect.stringMatching(/^anon-/), doc: expect.stringMatching(/-\d+/) });
    expect(rows[1]).toEqual({ id: '2', user_name: '8', doc: '{"n": 7}' });
  });

  it('goes from a column of numbers that a trigger fills, whether it is listed or not (C24, C29, R15)', async () => {
    const { anonymize, owner } = await open(
      `${FILLING}
      CREATE TABLE p.old (id bigint GENERATED ALWAYS AS IDENTITY, what text, pers bigint);
      CREATE FUNCTION p.keep() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
        BEGIN INSERT INTO p.old (what, pers) VALUES ('was ' || OLD.pers, OLD.pers); RETURN NEW; END $$;
      CREATE TRIGGER keep BEFORE UPDATE ON p.staff FOR EACH ROW EXECUTE FUNCTION p.keep();
      INSERT INTO p.users VALUES (1, 'CORP', '1004711', 'Ann Lee', NULL, NULL);
      INSERT INTO p.staff VALUES (1004711)`,
      { ...mapping, harmless: [...mapping.harmless, { table: 'p.old', columns: ['what'] }] },
    );

    const { verified, outcome } = await anonymize(user('1004711'));

    expect(verified).toMatchObject({ residue: 0 });
    expect(outcome.mentions).toEqual({});
    const { rows } = await owner.query('SELECT what, pers FROM p.old');
    expect(rows).toEqual([{ what: expect.stringMatching(/^was anon-/), pers: expect.stringMatching(/^-\d+$/) }]);
  });
});
