import { describe, expect, it } from 'vitest';
import { AmbiguousSubjectError } from '../../../../modules/requests/errors.ts';
import type { Subject } from '../../../../modules/requests/subject.ts';
import { OWN_MAPPING, ownPortals } from '../../../support/own-portal.ts';

const open = ownPortals();
const user = (name: string, ...accounts: string[]): Subject => ({
  kind: 'user',
  name,
  ...(accounts.length > 0 && { accounts }),
});
const rowsIn = ({ tables }: { tables: readonly { rows: number }[] }) => tables.reduce((sum, { rows }) => sum + rows, 0);

const MILLERS = `
  INSERT INTO p.users VALUES (1, 'CORP', 'miller', 'Bob Miller', 'S-1-5-21-1-1', 'bob@corp.example'),
    (2, 'CORP', 's.miller', 'Sue Miller', 'S-1-5-21-1-2', 'sue@corp.example');
  INSERT INTO p.notes VALUES (1, 'Sue Miller called'), (2, 'ask Miller, Sue'), (3, 'ask CORP\\miller'), (4, 's.miller again')`;

describe('a person in the Portal', () => {
  it('is anonymized although the login is the surname of somebody else, who is only mentioned (C20, R15)', async () => {
    const { preview, anonymize, rows } = await open(MILLERS);

    const { mentions, lookalikes, tables, examples } = await preview(user('miller'));
    const { verified } = await anonymize(user('miller'));

    expect(mentions).toEqual([
      { place: 'p.notes.note', count: 2 },
      { place: 'p.users.full_name', count: 1 },
    ]);
    expect(examples!.map(({ place, text }) => `${place}: ${text}`).sort()).toEqual([
      'p.notes.note: *** Miller ******',
      'p.notes.note: *** Miller, ***',
      'p.users.full_name: *** Miller',
    ]);
    expect(lookalikes).toEqual(expect.arrayContaining([{ place: 'p.notes.note', count: 1 }]));
    expect(rowsIn({ tables })).toBe(2);
    expect(verified).toMatchObject({ residue: 0, places: [] });
    const after = await rows();
    expect(after).toContain('users: (2,CORP,s.miller,"Sue Miller",S-1-5-21-1-2,sue@corp.example)');
    expect(after.filter((row) => row.startsWith('notes')).map((row) => row.replace(/anon-\w+/, 'T'))).toEqual([
      'notes: (1,"Sue Miller called")',
      'notes: (2,"ask Miller, Sue")',
      'notes: (3,"ask CORP\\\\T")',
      'notes: (4,"s.miller again")',
    ]);
  });

  it('has a login that is also a word, and then the word in texts of others is nobody (C20, R15)', async () => {
    const { preview, rehearse, anonymize, retrieve, rows } = await open(`
      INSERT INTO p.users VALUES (1, 'CORP', 'may', 'May Lee', 'S-1-5-21-1-1', 'may@corp.example');
      INSERT INTO p.details VALUES (1, 1, 'may', '{"note": "may leave"}');
      INSERT INTO p.history VALUES (1, 'may');
      INSERT INTO p.notes VALUES (1, 'we may meet in May'), (2, 'ask CORP\\may'), (3, 'to may@corp.example'), (4, 'May Lee may call')`);
    const word = { ...user('may'), commonWord: true };

    expect(rowsIn(await preview(user('may')))).toBe(7); // unless somebody says so, it is strong
    const { mentions, tables, identifiers } = await preview(word);
    expect(identifiers).toContainEqual({ text: 'may', strong: false });
    expect(mentions).toEqual([{ place: 'p.notes.note', count: 3 }]);
    expect(rowsIn({ tables })).toBe(6);
    expect((await retrieve(word)).filter((row) => row.includes('we may meet'))).toEqual([]);
    expect((await rehearse(word)).refusals).toEqual([]);
    const { verified, outcome } = await anonymize(word);

    expect(verified).toMatchObject({ residue: 0 });
    expect(outcome.mentions).toEqual({ 'p.notes.note': 3 });
    const after = (await rows()).map((row) => row.replaceAll(/anon-\w+/g, 'T'));
    expect(after).toEqual(
      expect.arrayContaining([
        'history: (1,T)',
        'notes: (1,"we may meet in May")',
        'notes: (2,"ask CORP\\\\T")',
        'notes: (3,"to T@corp.example")',
        'notes: (4,"T may call")',
      ]),
    );
    expect(after.find((row) => row.startsWith('details'))).toContain('T leave');
  });

  it('has mentions changed where a person decides so, and nowhere else (R15)', async () => {
    const { preview, anonymize, rows } = await open(MILLERS);
    const subject = { ...user('miller'), mentions: { 'p.notes.note': 'change' } } as const;
    const { mentions, tables } = await preview(subject);

    const { outcome, verified } = await anonymize(subject);

    expect(mentions).toEqual([{ place: 'p.users.full_name', count: 1 }]);
    expect(rowsIn({ tables })).toBe(4);
    expect(outcome).toMatchObject({ mentions: { 'p.users.full_name': 1 }, lookalikes: { 'p.notes.note': 1 } });
    expect(verified).toMatchObject({ residue: 0 });
    const after = (await rows()).map((row) => row.replaceAll(/anon-\w+/g, 'T'));
    expect(after).toContain('notes: (1,"Sue T called")');
    expect(after).toContain('users: (2,CORP,s.miller,"Sue Miller",S-1-5-21-1-2,sue@corp.example)');
  });

  it('has mentions in texts changed where the settings say so and nobody decides (R15)', async () => {
    const { anonymize } = await open(MILLERS);

    const { outcome } = await anonymize(user('miller'), { default: 'change' });

    expect(outcome.mentions).toEqual({ 'p.users.full_name': 1 }); // what tells who Sue is stays all the same
  });

  it('who does not exist has no row, and the account whose name contains the word is offered (C21, R9)', async () => {
    const { preview, retrieve, anonymize } = await open(`
      INSERT INTO p.users VALUES (1, 'CORP', 'backup service (night)', NULL, NULL, NULL);
      INSERT INTO p.details SELECT i, 1, 'backup service (night)', '{"user": "backup service (night)"}' FROM generate_series(1, 56) i;
      INSERT INTO p.notes VALUES (1, 'night shift')`);

    const found = await preview(user('night'));

    expect(await retrieve(user('night'))).toEqual([]);
    expect(rowsIn(found)).toBe(0);
    expect(found).toMatchObject({ spellings: [], nearNames: ['backup service (night)'], unmapped: [] });
    expect(found.mentions).toContainEqual({ place: 'p.notes.note', count: 1 });
    expect((await anonymize(user('night'))).rows).toBe(0);
  });

  it('is not a key of JSON documents, nor a domain, nor a word of the Portal itself (C22, R15)', async () => {
    const filling = `
      INSERT INTO p.users VALUES (1, 'CORP', 'user', 'Ursula Serrano', 'S-1-5-21-1-1', NULL), (2, 'CORP', 'ann', 'Ann Lee', NULL, NULL);
      INSERT INTO p.details SELECT i, 2, 'ann', '{"user": "CORP\\\\ann"}' FROM generate_series(1, 20) i;
      INSERT INTO p.details VALUES (21, 1, 'user', '{"user": "CORP\\\\user"}');
      INSERT INTO p.kinds VALUES ('user', '{"countOf": "user"}')`;
    const { preview, retrieve, anonymize, rows } = await open(filling);

    expect(rowsIn(await preview(user('CORP')))).toBe(0);
    expect(await retrieve(user('CORP'))).toEqual([]);
    const { mentions } = await preview(user('user'));
    const { verified, rows: changed, outcome } = await anonymize(user('user'));

    expect(changed).toBe(2);
    expect(mentions).toContainEqual({ place: 'p.details.doc', count: 21 }); // with the key in the person's own row
    expect(outcome.mentions).toMatchObject({ 'p.details.doc': 21 });
    expect(verified).toMatchObject({ residue: 0 });
    const after = (await rows()).map((row) => row.replaceAll(/anon-\w+/g, 'T'));
    expect(after).toContain('details: (21,1,T,"{""user"": ""CORP\\\\\\\\T""}")');
    expect(after).toContain('kinds: (user,"{""countOf"": ""user""}")');
    expect(after.filter((row) => row.includes('ann'))).toHaveLength(21);
  });

  it('is identified by SID, mail address, full name and what further tables hold, wherever they stand (C25, R15)', async () => {
    const { preview, retrieve, anonymize, rows } = await open(`
      INSERT INTO p.users VALUES (1, 'CORP', 'jdoe', 'Doe, John', 'S-1-5-21-7-1', 'john.d@corp.example'), (2, 'CORP', 'ann', 'Ann Lee', 'S-1-5-21-7-2', NULL);
      INSERT INTO p.seats VALUES (1, 1, 'B1'); INSERT INTO p.badges VALUES ('B1', 'SER-4711-X');
      INSERT INTO p.papers VALUES (1, ROW('jdoe', 'Doe, John')), (2, ROW('ann', 'John Doe'));
      INSERT INTO p.log VALUES (1, 1, '{"fullName": "Doe, John", "sid": "S-1-5-21-7-1", "badge": "SER-4711-X"}'), (2, 2, '{"sid": "S-1-5-21-7-10"}');
      INSERT INTO p.notes VALUES (1, 'mail john.d@corp.example'), (2, 'John Doering')`);
    const found = await preview(user('jdoe'));
    const archive = await retrieve(user('jdoe'));

    const { verified, rows: changed } = await anonymize(user('jdoe'));

    expect(archive).toHaveLength(5);
    expect([rowsIn(found), changed]).toEqual([6, 6]); // the badge has no file
    expect(verified).toMatchObject({ residue: 0 });
    const after = (await rows()).join('\n');
    expect(after).not.toMatch(/jdoe|Doe, John|John Doe\b|S-1-5-21-7-1\b|SER-4711|john\.d/);
    expect(after).toContain('S-1-5-21-7-10');
    expect(after).toContain('John Doering');
  });

  it('has lookalikes counted in cells that change, too (C26, R27)', async () => {
    const { preview } = await open(`
      INSERT INTO p.users VALUES (1, 'CORP', 'jdoe', NULL, NULL, NULL);
      INSERT INTO p.notes VALUES (1, 'jdoe copied C:\\Users\\jdoe_old to LT-JDOE, see jdoe.pst')`);

    const { tables, lookalikes } = await preview(user('jdoe'));

    expect(lookalikes).toEqual([{ place: 'p.notes.note', count: 3 }]);
    expect(tables.find(({ table }) => table === 'p.notes')).toMatchObject({ rows: 1, tokens: 1, suspected: 1 });
  });

  it('has the same rows in preview, archive and run, however a value hides the name (C23, R9)', async () => {
    const hidden = ['raw', 'wide', 'page', 'docs', 'plain'];
    const tables = OWN_MAPPING.tables.map((table) =>
      table.table === 'p.notes' ? { ...table, freeText: [...table.freeText, ...hidden] } : table,
    );
    const filling = `
      INSERT INTO p.users VALUES (1, 'CORP', 'jdoe', NULL, NULL, NULL);
      ALTER TABLE p.notes ADD raw bytea, ADD wide bytea, ADD page xml, ADD docs jsonb[], ADD plain json;
      INSERT INTO p.notes (id, raw) VALUES (1, 'by jdoe');
      INSERT INTO p.notes (id, wide) VALUES (2, '\\x6a0064006f006500');
      INSERT INTO p.notes (id, wide) VALUES (7, '\\x006a0064006f0065');
      INSERT INTO p.notes (id, page) VALUES (3, '<a>&#106;doe</a>');
      INSERT INTO p.notes (id, docs) VALUES (4, ARRAY['{"by": "jdoe"}'::jsonb]);
      INSERT INTO p.notes (id, plain) VALUES (5, '{"by": "\\u006adoe"}');
      INSERT INTO p.notes (id, raw, note) VALUES (6, 'jdoe2', 'nobody')`;
    const { preview, retrieve, anonymize } = await open(filling, { ...OWN_MAPPING, tables });
    const found = await preview(user('jdoe'));
    const archive = await retrieve(user('jdoe'));

    const { rows: changed, verified } = await anonymize(user('jdoe'));

    expect([rowsIn(found), archive.length, changed]).toEqual([7, 7, 7]);
    expect(verified).toMatchObject({ residue: 0 });
  });

  it('finds a word with the sign of kelvin in it, whose lower case is k (R9)', async () => {
    const { preview } = await open(`
      INSERT INTO p.users VALUES (1, 'CORP', 'kmeyer', NULL, NULL, NULL);
      INSERT INTO p.notes VALUES (1, 'by \u212aMEYER'), (2, 'by nobody')`);

    const found = await preview(user('kmeyer'));

    expect(rowsIn(found)).toBe(2);
  });

  it('is found by a login that stands as a number when the mapping says that logins are numbers (C29, R15)', async () => {
    const [first] = OWN_MAPPING.identity!;
    const staff = { ...OWN_MAPPING.tables[0]!, table: 'p.staff', key: ['pers'], coIdentifiers: [] };
    const mapping = {
      ...OWN_MAPPING,
      identity: [{ ...first!, logins: 'number' as const }],
      tables: [
        ...OWN_MAPPING.tables,
        { ...staff, names: ['pers', 'boss'].map((column) => ({ column, holds: 'user' as const })) },
      ],
    };
    const filling = `
      CREATE TABLE p.staff (pers bigint PRIMARY KEY, boss numeric(12, 1));
      INSERT INTO p.staff VALUES (1004711, 2), (1004712, 1004711);
      INSERT INTO p.users VALUES (1, 'CORP', '1004711', 'Ann Lee', NULL, NULL), (2, 'CORP', '1004712', NULL, NULL, NULL);
      INSERT INTO p.notes VALUES (1, '[1004711, 5]');
      INSERT INTO p.log VALUES (1, NULL, '{"uid": 1004711, "held": 1004711.00, "ratio": 1004711.5, "bytes": 21004711}')`;
    const { preview, anonymize, rows, owner } = await open(filling, mapping);

    expect(rowsIn(await preview(user('1004711')))).toBe(5);
    const { verified } = await anonymize(user('1004711'));

    expect(verified).toMatchObject({ residue: 0 });
    expect(await rows()).toContainEqual(expect.stringMatching(/^notes: \(1,"?\[-\d{8,9}, 5\]"?\)$/)); // JSON stays JSON
    const log = (await rows()).find((row) => row.startsWith('log'))!;
    for (const part of [/""uid"": -\d{8,9}\b/, /""held"": -\d{8,9}\b/, /""ratio"": 1004711\.5/, /""bytes"": 21004711/])
      expect(log).toMatch(part);
    const { rows: left } = await owner.query('SELECT pers, boss FROM p.staff ORDER BY 1');
    const token = expect.stringMatching(/^-\d{8,9}(\.0)?$/);
    expect(left).toEqual([
      { pers: token, boss: '2.0' },
      { pers: '1004712', boss: token },
    ]);
  });

  it('stops a run where a column that the mapping does not list holds the name, and is told before (R15)', async () => {
    const { preview, anonymize } = await open(`
      INSERT INTO p.users VALUES (1, 'CORP', 'jdoe', NULL, NULL, NULL);
      ALTER TABLE p.notes ADD more text;
      INSERT INTO p.notes VALUES (1, 'jdoe', 'jdoe')`);

    expect(await preview(user('jdoe'))).toMatchObject({ unmapped: ['p.notes.more'] });
    await expect(anonymize(user('jdoe'))).rejects.toMatchObject({
      name: 'ResidueFoundError',
      places: ['p.notes.more'],
    });
  });

  it('is not a word of the login of somebody else, nor another account after a colon (C20, R15)', async () => {
    const { anonymize, rows } = await open(`
      INSERT INTO p.users VALUES (1, 'CORP', 'night', NULL, NULL, NULL), (2, 'CORP', 'backup service (night)', NULL, NULL, NULL),
        (3, 'CORP', 'night+test', NULL, NULL, NULL), (4, 'LAB', 'night', NULL, NULL, NULL);
      INSERT INTO p.notes VALUES (1, 'backup service (night) ran'), (2, 'night+test ran'), (3, 'D:\\night');
      INSERT INTO p.log VALUES (1, 1, '{"by": "user:LAB\\\\night", "for": "user:CORP\\\\night", "in": "D:\\\\night"}')`);

    const { verified } = await anonymize(user('CORP\\night'));

    expect(verified).toMatchObject({ residue: 0 });
    const after = (await rows()).map((row) => row.replaceAll(/anon-\w+/g, 'T'));
    expect(after).toContain('notes: (1,"backup service (night) ran")');
    expect(after).toContain('notes: (2,"night+test ran")');
    expect(after.find((row) => row.startsWith('log'))).toBe(
      String.raw`log: (1,1,"{""by"": ""user:LAB\\\\night"", ""in"": ""D:\\\\T"", ""for"": ""user:CORP\\\\T""}")`,
    );
  });

  it('has the word of a login protected in the login of another, when nobody else has it (C20, R15)', async () => {
    const { anonymize, rows } = await open(`
      INSERT INTO p.users VALUES (1, 'CORP', 'night', NULL, NULL, NULL), (2, 'CORP', 'backup service (night)', NULL, NULL, NULL);
      INSERT INTO p.notes VALUES (1, 'backup service (night) ran'), (2, 'night ran')`);

    await anonymize(user('night'));

    expect((await rows()).filter((row) => row.startsWith('notes')).map((row) => row.replace(/anon-\w+/, 'T'))).toEqual([
      'notes: (1,"backup service (night) ran")',
      'notes: (2,"T ran")',
    ]);
  });

  it('neither delivers nor changes a row that somebody else shares (C25, R15)', async () => {
    const { preview, anonymize, rows } = await open(`
      INSERT INTO p.users VALUES (1, 'CORP', 'jdoe', NULL, NULL, NULL), (2, 'CORP', 'ann', NULL, NULL, NULL);
      INSERT INTO p.seats VALUES (1, 1, 'B1'), (2, 2, 'B1'), (3, 1, 'B2');
      INSERT INTO p.badges VALUES ('B1', 'SER-4711-X'), ('B2', 'SER-4712-X')`);

    expect((await preview(user('jdoe'))).tables).toContainEqual(
      expect.objectContaining({ table: 'p.badges', rows: 1 }),
    );
    const { verified } = await anonymize(user('jdoe'));

    expect(verified).toMatchObject({ residue: 0 });
    expect((await rows()).filter((row) => row.startsWith('badges')).map((row) => row.replace(/anon-\w+/, 'T'))).toEqual(
      ['badges: (B1,SER-4711-X)', 'badges: (B2,T)'],
    );
  });

  it('is found where the column of domains is empty text, and its full name goes whole (C25, R15)', async () => {
    const [users, details, ...further] = OWN_MAPPING.tables;
    const names = [{ column: 'user_name', holds: 'user' as const, domain: 'of' }];
    const filling = `
      ALTER TABLE p.details ADD of text;
      INSERT INTO p.users VALUES (1, 'CORP', 'bob', 'Bob Zwingelstein', NULL, NULL);
      INSERT INTO p.details VALUES (1, NULL, 'bob', '{"by": "Zwingelstein, Bob"}', '');
      INSERT INTO p.notes VALUES (1, 'Bob Zwingelstein called')`;
    const { anonymize, rows } = await open(filling, {
      ...OWN_MAPPING,
      tables: [users!, { ...details!, names }, ...further],
      harmless: [...OWN_MAPPING.harmless, { table: 'p.details', columns: ['of'] }],
    });

    const { verified } = await anonymize(user('bob'));

    expect(verified).toMatchObject({ residue: 0 });
    expect((await rows()).map((row) => row.replaceAll(/anon-\w+/g, 'T'))).toEqual([
      'details: (1,,T,"{""by"": ""T""}","")',
      'notes: (1,"T called")',
      'users: (1,CORP,T,,,)',
    ]);
  });

  it('has what a run clears in the identity tables cleared in texts of its own rows, too, and nowhere else (C25, R15)', async () => {
    const [users, ...further] = OWN_MAPPING.tables;
    const coIdentifiers = [...users!.coIdentifiers, ...['phone', 'unit'].map((column) => ({ column, beside: 'name' }))];
    const { preview, anonymize, rows } = await open(
      `ALTER TABLE p.users ADD phone text, ADD unit text; ALTER TABLE p.papers ADD user_id bigint;
      INSERT INTO p.users VALUES (1, 'CORP', 'jdoe', NULL, NULL, NULL, '+49 30 4711', 'IT'), (2, 'CORP', 'ann', NULL, NULL, NULL, '+49 30 4711', 'IT');
      INSERT INTO p.log VALUES (1, 1, '{"call": "from +49 30 4711", "unit": "IT", "note": "it rang in IT"}'), (2, 2, '{"call": "+49 30 4711"}');
      INSERT INTO p.papers VALUES (1, ROW('x', '+49 30 4711'), 1), (2, ROW('y', '+49 30 4711'), 2);
      INSERT INTO p.notes VALUES (1, 'ring +49 30 4711')`,
      {
        ...OWN_MAPPING,
        identity: OWN_MAPPING.identity!.map((each) => ({
          ...each,
          links: [...each.links, { table: 'p.papers', column: 'user_id' }],
        })),
        tables: [{ ...users!, coIdentifiers }, ...further],
      },
    );
    const found = rowsIn(await preview(user('jdoe')));

    const { rows: changed, verified, person } = await anonymize(user('jdoe'));

    expect([found, changed]).toEqual([3, 3]);
    expect(person.cleared).toEqual([
      ['+49 30 4711', 'phone'],
      ['IT', 'unit'],
    ]);
    expect(verified).toMatchObject({ residue: 0 });
    expect((await rows()).map((row) => row.replaceAll(/anon-\w+/g, 'T'))).toEqual([
      'log: (1,1,"{""call"": ""from +T"", ""note"": ""it rang in IT"", ""unit"": ""T""}")',
      'log: (2,2,"{""call"": ""+49 30 4711""}")',
      'notes: (1,"ring +49 30 4711")',
      'papers: (1,"(x,T)",1)',
      'papers: (2,"(y,""+49 30 4711"")",2)',
      'users: (1,CORP,T,,,,,)',
      'users: (2,CORP,ann,,,,"+49 30 4711",IT)',
    ]);
  });

  it('is a key of JSON documents where too few documents could tell that the key is not a name (C22, R15)', async () => {
    const { anonymize, rows } = await open(`
      INSERT INTO p.users VALUES (1, 'CORP', 'jdoe', NULL, NULL, NULL);
      INSERT INTO p.log VALUES (1, 1, '{"jdoe": {"seen": 1}}'), (2, NULL, '{"jdoe": {"seen": 2}}')`);

    expect((await anonymize(user('jdoe'))).verified).toMatchObject({ residue: 0 });

    expect((await rows()).join('\n')).not.toContain('jdoe');
  });
});

describe('a person whose mail addresses and devices are in further tables', () => {
  const [first] = OWN_MAPPING.identity!;
  const { mail: _, ...columns } = first!.columns;
  const mails = {
    steps: [{ table: 'p.mails', on: ['user_id', 'user_id'] as [string, string] }],
    columns: { mail: 'mail' },
  };
  const mapping = {
    ...OWN_MAPPING,
    identity: [{ ...first!, columns, via: [...first!.via, mails] }],
    tables: [...OWN_MAPPING.tables, { ...OWN_MAPPING.tables[3]!, table: 'p.mails', key: ['mail'], freeText: ['mail'] }],
  };
  const filling = `
    CREATE TABLE p.mails (mail text, user_id bigint);
    INSERT INTO p.users VALUES (1, 'CORP', 'jdoe', NULL, NULL, NULL), (2, 'CORP', 'ann', NULL, NULL, NULL);
    INSERT INTO p.mails VALUES ('john.d@corp.example', 1), ('j.doering@old.example', 1), ('ann@corp.example', 2)`;

  it('is reached through columns of numbers and of texts by value, whatever the texts hold (C29, R9)', async () => {
    const [seat] = OWN_MAPPING.files;
    const { preview, retrieve } = await open(
      `${filling}; ALTER TABLE p.seats ALTER user_id TYPE text, ALTER badge TYPE numeric(8, 1) USING NULL;
      INSERT INTO p.seats VALUES (1, '01', 4711), (2, 'none', 4712), (3, '2.0', NULL), (4, '10', 4713);
      INSERT INTO p.badges VALUES ('04711', 'SER-4711-X'), ('4712', 'SER-4712-X'), ('B', 'SER-4713-X')`,
      {
        ...mapping,
        harmless: [...mapping.harmless, { table: 'p.seats', columns: ['user_id'] }],
        files: [
          {
            ...seat!,
            joins: [{ table: 'p.seats', on: [['user_id', 'user_id']] }],
            columns: [{ header: 'row', column: 'badge', table: 'p.seats' }],
          },
        ],
      },
    );

    const texts = (await preview(user('jdoe'))).identifiers.map(({ text }) => text);

    expect(texts).toContain('SER-4711-X');
    expect(texts.join()).not.toMatch(/471[23]/);
    expect(await retrieve(user('jdoe'))).toEqual(['users: 4711.0']);
  });

  it('is known whole under any one of the addresses (R1)', async () => {
    const { preview } = await open(
      `${filling}; INSERT INTO p.seats VALUES (1, 1, 'B1'); INSERT INTO p.badges VALUES ('B1', 'SER-4711-X')`,
      mapping,
    );
    const { identifiers } = await preview(user('jdoe'));

    expect(identifiers.map(({ text }) => text)).toEqual(
      expect.arrayContaining(['john.d@corp.example', 'j.doering@old.example', 'SER-4711-X']),
    );
    for (const typed of ['john.d@corp.example', 'j.doering@old.example'])
      expect((await preview(user(typed))).identifiers, typed).toEqual(identifiers);
  });

  it('is linked by one set of keys for each column, and the rows of two tables do not multiply (R9)', async () => {
    const { preview, anonymize } = await open(
      `${filling};
      INSERT INTO p.mails SELECT 'john.' || i || '@corp.example', 1 FROM generate_series(1, 40) i;
      INSERT INTO p.seats SELECT i, 1, 'B' || i FROM generate_series(1, 40) i;
      INSERT INTO p.badges SELECT 'B' || i, 'SER-4711-' || i FROM generate_series(1, 40) i`,
      mapping,
    );
    expect(rowsIn(await preview(user('jdoe')))).toBe(83); // with the user and two more addresses

    const { verified, person } = await anonymize(user('jdoe'));

    expect(verified).toMatchObject({ residue: 0 });
    expect(person.links.map(({ table, keys }) => [table, keys.length])).toEqual(
      expect.arrayContaining([
        ['p.seats', 1],
        ['p.badges', 40],
        ['p.mails', 1],
      ]),
    );
    expect(person.links).toHaveLength(6);
  });
});

const NAMESAKES = `
  INSERT INTO p.users VALUES (1, 'CORP', 'jdoe', 'John Doe', 'S-1-5-21-1-1', 'jdoe@corp.example'),
    (2, 'LAB', 'jdoe', 'Jane Doe', 'S-1-5-21-2-2', 'jdoe@lab.example');
  INSERT INTO p.details VALUES (1, 1, 'jdoe', '{"by": "jdoe"}'), (2, 2, 'jdoe', '{"by": "jdoe"}'), (3, NULL, 'jdoe', '{}');
  INSERT INTO p.history VALUES (1, 'CORP\\jdoe'), (2, 'LAB\\jdoe'), (3, 'corp.example\\JDOE');
  INSERT INTO p.notes VALUES (1, 'CORP\\jdoe met LAB\\jdoe'), (2, 'jdoe@lab.example'), (3, 'jdoe')`;

describe('two people with one login', () => {
  it('are told apart by the domain, in every form, and by keys (C29a, R1)', async () => {
    const { retrieve } = await open(NAMESAKES);
    const ofCorp = [
      'details: {"by": "jdoe"}',
      'history: CORP\\jdoe',
      'history: corp.example\\JDOE',
      'notes: CORP\\jdoe met LAB\\jdoe',
      'users: jdoe',
    ];

    for (const typed of ['CORP\\jdoe', 'jdoe@CORP', 'corp\\JDOE', 'jdoe@corp.example'])
      expect(await retrieve(user(typed)), typed).toEqual(ofCorp);
    expect(await retrieve(user('jdoe', 'jdoe@CORP'))).toEqual(ofCorp);
  });

  it('are refused under the bare login until somebody chooses (C29a, R1)', async () => {
    const { preview, retrieve, anonymize, rows } = await open(NAMESAKES);
    const before = await rows();

    for (const act of [preview, retrieve, anonymize])
      await expect(act(user('jdoe'))).rejects.toThrow(AmbiguousSubjectError);

    expect(await rows()).toEqual(before);
  });

  it('leave each other as they are when one is anonymized; what is unclear stays and is counted (C29a, R15)', async () => {
    const { preview, anonymize, rows } = await open(NAMESAKES);
    const { mentions } = await preview(user('LAB\\jdoe'));

    const { verified } = await anonymize(user('LAB\\jdoe'));

    expect(verified).toMatchObject({ residue: 0 });
    expect(mentions).toEqual([
      { place: 'p.details.user_name', count: 2 },
      { place: 'p.details.doc', count: 1 },
      { place: 'p.history.account', count: 2 },
      { place: 'p.notes.note', count: 2 },
      { place: 'p.users.name', count: 1 },
      { place: 'p.users.mail', count: 1 },
    ]);
    const after = (await rows()).map((row) => row.replaceAll(/anon-\w+/g, 'T'));
    expect(after).toEqual(
      [
        'users: (1,CORP,jdoe,"John Doe",S-1-5-21-1-1,jdoe@corp.example)',
        'users: (2,LAB,T,,,)',
        'details: (1,1,jdoe,"{""by"": ""jdoe""}")',
        'details: (2,2,T,"{""by"": ""T""}")',
        'details: (3,,jdoe,{})',
        'history: (1,"CORP\\\\jdoe")',
        'history: (2,"LAB\\\\T")',
        'history: (3,"corp.example\\\\JDOE")',
        'notes: (1,"CORP\\\\jdoe met LAB\\\\T")',
        'notes: (2,T@lab.example)',
        'notes: (3,jdoe)',
      ].sort(),
    );
  });

  it('are anonymized together when both are chosen, and then nothing is unclear (R1)', async () => {
    const { anonymize, rows } = await open(NAMESAKES);

    expect((await anonymize(user('jdoe', 'jdoe@CORP', 'jdoe@LAB'))).verified.residue).toBe(0);

    expect((await rows()).join()).not.toMatch(/jdoe/i);
  });

  it('are told apart by the stored domain when a mail domain of one looks like the domain of the other (C29a, R15)', async () => {
    const { retrieve, anonymize, rows } = await open(`
      INSERT INTO p.users VALUES (1, 'EMEA', 'jdoe', NULL, NULL, 'jdoe@acme.com'), (2, 'ACME', 'jdoe', NULL, NULL, 'jane.doe@acme.com');
      INSERT INTO p.history VALUES (1, 'EMEA\\jdoe'), (2, 'ACME\\jdoe');
      INSERT INTO p.notes VALUES (1, 'ACME\\jdoe met EMEA\\jdoe')`);
    const ofAcme = ['history: ACME\\jdoe', 'notes: ACME\\jdoe met EMEA\\jdoe', 'users: jdoe'];

    expect(await retrieve(user('ACME\\jdoe'))).toEqual(ofAcme);
    expect(await retrieve(user('jdoe', 'jdoe@ACME'))).toEqual(ofAcme);
    expect((await anonymize(user('EMEA\\jdoe'))).verified).toMatchObject({ residue: 0 });

    const after = (await rows()).map((row) => row.replaceAll(/anon-\w+/g, 'T'));
    expect(after).toEqual([
      'history: (1,"EMEA\\\\T")',
      'history: (2,"ACME\\\\jdoe")',
      'notes: (1,"ACME\\\\jdoe met EMEA\\\\T")',
      'users: (1,EMEA,T,,,)',
      'users: (2,ACME,jdoe,,,jane.doe@acme.com)',
    ]);
  });

  it('leave each other as they are when only the form of their domains differs (C29a, R15)', async () => {
    const { preview, anonymize, rows } = await open(`
      INSERT INTO p.users VALUES (1, 'corp', 'jdoe', NULL, NULL, NULL), (2, 'corp.example', 'jdoe', NULL, NULL, NULL);
      INSERT INTO p.history VALUES (1, 'corp\\jdoe'), (2, 'corp.example\\jdoe'), (3, 'corp.other\\jdoe')`);
    expect(rowsIn(await preview(user('jdoe', 'jdoe@corp')))).toBe(1);

    await anonymize(user('corp\\jdoe'));

    const after = (await rows()).map((row) => row.replaceAll(/anon-\w+/g, 'T'));
    expect(after).toContain('users: (1,corp,T,,,)');
    expect(after).toContain('users: (2,corp.example,jdoe,,,)');
    expect(after).toContain('history: (2,"corp.example\\\\jdoe")');
  });

  it('are chosen by the name under which they were shown (C29a, R1)', async () => {
    const { preview, retrieve } = await open(`
      INSERT INTO p.users VALUES (1, 'CORP', 'jdoe', NULL, NULL, 'jdoe@lab.example'), (2, 'CORP', 'jdoe', NULL, NULL, 'jane@lab.example'),
        (3, 'LAB', 'jdoe', NULL, NULL, NULL);
      INSERT INTO p.history VALUES (1, 'CORP\\jdoe'), (2, 'LAB\\jdoe')`);

    for (const shown of ['jdoe@lab.example', 'jane@lab.example']) {
      const { identifiers } = await preview(user('jdoe', shown));
      expect(identifiers.flatMap(({ text }) => (text.includes('lab') ? [text] : []))).toEqual([shown]);
      expect(await retrieve(user('jdoe', shown))).toEqual(['users: jdoe']); // `CORP\\jdoe` may mean either
    }
    expect(await retrieve(user('jdoe', 'jdoe@LAB'))).toEqual(['history: LAB\\jdoe', 'users: jdoe']);
  });

  it('are not one for a UPN of another domain, unless somebody chooses the one without a stored domain (C29a, R1)', async () => {
    const [first] = OWN_MAPPING.identity!;
    const identity = [{ ...first!, columns: { name: 'name', domain: 'domain', upn: 'mail' } }];
    const filling = "INSERT INTO p.users VALUES (1, NULL, 'jdoe', NULL, NULL, 'jdoe@corp.example')";
    const { preview, retrieve } = await open(filling, { ...OWN_MAPPING, identity });

    expect(await retrieve(user('LAB\\jdoe'))).toEqual([]);
    expect(await preview(user('LAB\\jdoe'))).toMatchObject({
      mentions: ['p.users.name', 'p.users.mail'].map((place) => ({ place, count: 1 })),
    });
    for (const subject of [user('jdoe'), user('CORP\\jdoe'), user('jdoe@corp.example'), user('LAB\\jdoe', 'LAB\\jdoe')])
      expect(await retrieve(subject), subject.name).toEqual(['users: jdoe']);
  });

  it('are refused under the bare login when only name columns know them, and found by the domain (C29a, R1)', async () => {
    const { people, preview, retrieve, anonymize, rows } = await open(`
      INSERT INTO p.users VALUES (1, 'CORP', 'ann', NULL, NULL, NULL);
      INSERT INTO p.history VALUES (1, 'CORP\\jdoe'), (2, 'LAB\\jdoe'), (3, 'jdoe'), (4, 'jdoe@corp.example');
      INSERT INTO p.notes VALUES (1, 'CORP\\jdoe')`);

    expect((await people(user('jdoe'))).map(({ name }) => name).sort()).toEqual(['jdoe@CORP', 'jdoe@LAB']);
    for (const act of [preview, retrieve, anonymize])
      await expect(act(user('jdoe'))).rejects.toThrow(AmbiguousSubjectError);
    for (const subject of [user('CORP\\jdoe'), user('jdoe', 'jdoe@CORP')])
      expect(await retrieve(subject)).toEqual(['history: CORP\\jdoe', 'history: jdoe@corp.example']);

    expect((await anonymize(user('LAB\\jdoe'))).rows).toBe(1);

    expect((await rows()).filter((row) => row.includes('jdoe'))).toHaveLength(4);
  });

  it('are told apart by keys alone when login and domain are the same (C29a, R15)', async () => {
    const { preview, anonymize, rows } = await open(`
      INSERT INTO p.users VALUES (1, 'CORP', 'jdoe', NULL, 'S-1-5-21-1-1', NULL), (2, 'CORP', 'jdoe', NULL, 'S-1-5-21-1-2', NULL);
      INSERT INTO p.history VALUES (1, 'CORP\\jdoe');
      INSERT INTO p.notes VALUES (1, 'CORP\\jdoe'), (2, 'S-1-5-21-1-1');
      INSERT INTO p.details VALUES (1, 1, 'jdoe', '{}'), (2, 2, 'jdoe', '{}')`);
    await expect(preview(user('CORP\\jdoe'))).rejects.toThrow(AmbiguousSubjectError);

    expect((await anonymize(user('CORP\\jdoe', 'S-1-5-21-1-1'))).rows).toBe(3);

    const after = (await rows()).join('\n');
    expect(after).toContain('history: (1,"CORP\\\\jdoe")');
    expect(after).toContain('notes: (1,"CORP\\\\jdoe")');
    expect(after).toContain('details: (2,2,jdoe,{})');
    expect(after).not.toContain('S-1-5-21-1-1');
  });

  it('are not mixed up when mentions in a column of names are changed, too (R15)', async () => {
    const { preview, anonymize, rows } = await open(
      `${NAMESAKES};
      ALTER TABLE p.history ADD note text; UPDATE p.history SET note = 'jdoe called' WHERE id = 2`,
      {
        ...OWN_MAPPING,
        harmless: [...OWN_MAPPING.harmless, { table: 'p.history', columns: ['note'] }],
        tables: OWN_MAPPING.tables.map((table) =>
          table.table === 'p.history' ? { ...table, freeText: ['note'] } : table,
        ),
      },
    );
    const subject = { ...user('CORP\\jdoe'), mentions: { 'p.history.account': 'change' } } as const;
    const found = rowsIn(await preview(subject));

    const { rows: changed, verified } = await anonymize(subject);

    expect(changed).toBe(found);
    expect(verified).toMatchObject({ residue: 0 });
    expect((await rows()).map((row) => row.replaceAll(/anon-\w+/g, 'T'))).toContain(
      'history: (2,"LAB\\\\T","jdoe called")',
    );
  });
});
