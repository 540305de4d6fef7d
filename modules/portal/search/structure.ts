import { escapeIdentifier } from 'pg';
import type { PortalSubject } from '../../requests/subjects/person.ts';
import type { PortalTransaction } from '../database/transaction.ts';
import { literal } from '../names/name-matcher.ts';
import type { JudgedTable } from './judged-tables.ts';

/** Maximum documents that are looked at for keys. */
const SAMPLE_ROWS = 1000;

/** Columns (`schema.table.column`) where a login is a key of most documents in the rows of others, such as `user`. */
export async function structureIn(
  transaction: PortalTransaction,
  tables: readonly JudgedTable[],
  { logins }: PortalSubject,
): Promise<Set<string>> {
  const places = new Set<string>();
  const key = `"(${logins.map(({ text }) => literal(text.toLowerCase())).join('|')})"\\s*:`;
  for (const { name, from, columns } of logins.length === 0 ? [] : tables) {
    const names = columns.filter(({ role }) => role === 'name').map(({ column }) => `t.${escapeIdentifier(column)}`);
    const row = `lower(ROW(${names.join(', ')})::text)`;
    for (const { column, place } of columns.filter(({ form }) => form === 'json')) {
      const document = `t.${escapeIdentifier(column)}::text`;
      const { rows } = await transaction.within(name, () =>
        transaction.query(
          `SELECT (count(*) FILTER (WHERE lower(document) ~ $1::text) * 2 > count(*))::text
           FROM (SELECT ${document} FROM ${from} t WHERE ${document} IS NOT NULL AND NOT EXISTS (
             SELECT FROM unnest($2::text[]) AS login WHERE strpos(${row}, lower(login)) > 0) LIMIT ${SAMPLE_ROWS}) AS sample (document)`,
          [key, logins.map(({ text }) => text)],
        ),
      );
      if (rows[0]![0] === 'true') places.add(place);
    }
  }
  return places;
}
