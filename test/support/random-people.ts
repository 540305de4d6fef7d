import * as fc from 'fast-check';
import type { Client } from 'pg';
import type { PortalMapping } from '../../modules/portal/mapping/mapping.ts';
import { TYPES } from './portal-plant.ts';

/** Accounts that are a surname, a first name, a key of JSON, a number, words with blanks, or hard to quote. */
const ACCOUNTS = [
  'miller',
  'ann',
  'status',
  '1004711',
  'backup service (night)',
  "o'neil",
  'rené.favre',
  'jdoe',
  '中村',
];

/** Somebody in the identity table. */
export const SUBJECT = { key: 1, domain: 'CORP', first: 'Xaver', last: 'Quillfeather', sid: 'S-1-5-21-7-1' } as const;

/**
 * A text for a cell. `theirs`: it means the Subject wherever it stands; `bare`: it does when nobody else has the account, or in
 * rows of the Subject; `not theirs`: it names others, or nobody.
 */
interface Text {
  readonly of: 'theirs' | 'bare' | 'not theirs';
  readonly text: (account: string) => string;
}
const capital = (account: string) => account.slice(0, 1).toUpperCase() + account.slice(1);
const of = (what: Text['of'], ...texts: Text['text'][]): Text[] => texts.map((text) => ({ of: what, text }));
const TEXTS: readonly Text[] = [
  ...of(
    'theirs',
    () => SUBJECT.sid,
    () => 'mail x.quill@corp.example today',
    () => 'Quillfeather, Xaver',
    () => 'asked XAVER Quillfeather twice',
    (account) => `CORP\\${account}`,
    (account) => `${account}@corp.example`,
    (account) => `corp\\${account.toUpperCase()} met LAB\\${account}`,
  ),
  ...of(
    'bare',
    (account) => account,
    (account) => account.toUpperCase(),
    (account) => `seen: ${account}, joanna`,
  ),
  ...of(
    'not theirs',
    (account) => `LAB\\${account}`,
    (account) => `${account}@lab.example`,
    (account) => `Sue ${capital(account)} called`,
    (account) => `${capital(account)} Lee called`,
    (account) => `${account}2 or x${account}`,
    (account) => `s.${account}`,
    () => `${SUBJECT.sid}0 in Quillfeatherstone`,
    () => 'joanna',
    () => '',
  ),
];

/** Whose row it is, by key or by the name alone. */
const OWNERS = ['subject', 'subject by name', 'namesake', 'namesake by name', 'other', 'nobody'] as const;

const table = fc.array(fc.constantFrom(...TYPES), { minLength: 1, maxLength: 4 }).chain((columns) =>
  fc.record({
    columns: fc.constant(columns),
    rows: fc.array(
      fc.record({
        owner: fc.constantFrom(...OWNERS),
        texts: fc.tuple(...columns.map(() => fc.constantFrom(...TEXTS))),
      }),
      { minLength: 1, maxLength: 6 },
    ),
  }),
);

/** A random Portal with people who are easily taken for each other. */
export const randomPeople = fc.record({
  account: fc.constantFrom(...ACCOUNTS),
  /** Somebody of another domain has the same account. */
  hasNamesake: fc.boolean(),
  tables: fc.array(table, { minLength: 1, maxLength: 3 }),
  /** A column that the mapping does not list names the Subject. */
  unlisted: fc.integer({ min: 0, max: 5 }).map((one) => one === 0),
  /** The full name in a comment, and in a large object. */
  comment: fc.boolean(),
});
export type RandomPeople = typeof randomPeople extends fc.Arbitrary<infer P> ? P : never;

/** Makes tables and rows. @returns `table/id` of the rows that are about the Subject */
export async function fillPeople(owner: Client, people: RandomPeople): Promise<Set<string>> {
  const { account, hasNamesake, tables, unlisted, comment } = people;
  await owner.query(`
    CREATE TABLE p.users (id bigint PRIMARY KEY, domain text, name text, full_name text, sid text, mail text);
    CREATE TABLE p.details (id int PRIMARY KEY, user_id bigint, who text, doc jsonb, more text)`);
  const add = (table: string, ...values: unknown[]) =>
    owner.query(`INSERT INTO p.${table} VALUES (${values.map((_, at) => `$${at + 1}`).join(', ')})`, values);
  await add('users', 1, 'CORP', account, 'Quillfeather, Xaver', SUBJECT.sid, 'x.quill@corp.example');
  if (hasNamesake) await add('users', 2, 'LAB', account, 'Yolanda Zimmerli', 'S-1-5-21-7-2', 'y.zimmerli@lab.example');
  await add('users', 3, 'CORP', `s.${account}`, `Sue ${capital(account)}`, 'S-1-5-21-7-3', 'sue@corp.example');
  await add('users', 4, 'CORP', 'alee', `${capital(account)} Lee`, 'S-1-5-21-7-4', null);
  for (let id = 1; id < 25; id += 1)
    await add('details', id, 4, 'alee', '{"status": "seen", "by": "CORP\\\\alee"}', '');
  await add(
    'details',
    100,
    1,
    account,
    JSON.stringify({ status: 'seen', by: `CORP\\${account}` }),
    unlisted ? account : '',
  );
  const theirs = new Set(['p.users/1', 'p.details/100']);
  for (const [at, { columns, rows }] of tables.entries()) {
    const defined = columns.map(({ type }, i) => `c${i} ${type}`).join(', ');
    await owner.query(`CREATE TABLE p.t${at} (id int PRIMARY KEY, user_id bigint, who text, co text, ${defined})`);
    for (const [id, { owner: planned, texts }] of rows.entries()) {
      const whose = planned.startsWith('namesake') && !hasNamesake ? 'other' : planned;
      const [userId, who] = {
        subject: [1, account],
        'subject by name': [null, `CORP\\${account}`],
        namesake: [2, account],
        'namesake by name': [null, `LAB\\${account}`],
        other: [3, `s.${account}`],
        nobody: [null, null],
      }[whose]!;
      await owner.query(`INSERT INTO p.t${at} (id, user_id, who, co) VALUES ($1, $2, $3, $4)`, [
        id,
        userId,
        who,
        `#${id}`,
      ]);
      for (const [i, { value, write }] of columns.entries()) {
        const text = (texts as readonly Text[])[i]!.text(account);
        await owner.query(`UPDATE p.t${at} SET c${i} = ${value} WHERE id = ${id}`, [write ? write(text) : text]);
      }
      const isAbout = (texts as readonly Text[]).some(
        (one) => one.of === 'theirs' || (one.of === 'bare' && !hasNamesake),
      );
      if (whose.startsWith('subject') || isAbout) theirs.add(`p.t${at}/${id}`);
    }
  }
  if (comment) {
    await owner.query("COMMENT ON TABLE p.users IS 'asked by Xaver Quillfeather'");
    const { rows } = await owner.query(
      "SELECT lo_from_bytea(0, convert_to('from Quillfeather, Xaver', 'UTF8')) AS oid",
    );
    await owner.query(`GRANT SELECT ON LARGE OBJECT ${rows[0].oid} TO gdpr_verify`);
  }
  return theirs;
}

export function mappingOfPeople({ account, tables }: RandomPeople): PortalMapping {
  const nothing = { key: ['id'], names: [], coIdentifiers: [], freeText: [], json: [], arrays: [] };
  const who = { column: 'who', holds: 'user' } as const;
  const own = tables.map(({ columns }, at) => ({
    ...nothing,
    table: `p.t${at}`,
    names: [who],
    coIdentifiers: [{ column: 'co', beside: 'who' }],
    freeText: columns.map((_, i) => `c${i}`),
  }));
  const linked = ['p.details', ...own.map((each) => each.table)];
  return {
    identity: [
      {
        holds: 'user',
        table: 'p.users',
        key: 'id',
        columns: { name: 'name', domain: 'domain', fullName: 'full_name', sid: 'sid', mail: 'mail' },
        ...(account === '1004711' && { logins: 'number' as const }),
        via: [],
        links: linked.map((each) => ({ table: each, column: 'user_id' })),
      },
    ],
    tables: [
      {
        ...nothing,
        table: 'p.users',
        names: [{ column: 'name', holds: 'user', domain: 'domain' }],
        coIdentifiers: ['full_name', 'sid', 'mail'].map((column) => ({ column, beside: 'name' })),
      },
      { ...nothing, table: 'p.details', names: [who], json: ['doc'] },
      ...own,
    ],
    harmless: [{ table: 'p.users', columns: ['domain'] }],
    accounts: [],
    derived: [],
    ledger: 'p.run',
    files: ['p.users', ...linked].map((each) => ({
      file: each.slice(2),
      from: each,
      joins: [],
      columns: [{ header: 'id', column: 'id' }],
    })),
  };
}
