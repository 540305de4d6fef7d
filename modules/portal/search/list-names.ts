import { escapeIdentifier } from 'pg';
import { nameOf } from '../../requests/subjects/account-name.ts';
import { openTransaction, type PortalConnectionSource } from '../database/connection.ts';
import { qualified } from '../database/sql.ts';
import type { PortalMapping } from '../mapping/mapping.ts';
import type { PortalNames } from '../ports.ts';

const BATCH_NAMES = 2000;

/** The distinct values of all mapped name columns, with the domain where one is stored, in the order of the mapping, which lists tables of people first. It is read then: before, there may be none. */
export const portalNames = (source: PortalConnectionSource, mapping: () => Promise<PortalMapping>): PortalNames => ({
  async *list(kinds, signal) {
    await using transaction = await openTransaction(source, { lockSeconds: 5, statementSeconds: 600 }, signal);
    for (const { table, names } of (await mapping()).tables) {
      for (const { column, holds, domain } of names.filter((each) => kinds.includes(each.holds))) {
        const value = (each: string | undefined) => (each ? `(${escapeIdentifier(each)}::text COLLATE "C")` : 'NULL'); // compares bytes
        const select = `SELECT DISTINCT ${value(column)}, ${value(domain)} FROM ${qualified(table)} WHERE ${escapeIdentifier(column)} IS NOT NULL`;
        for await (const rows of transaction.stream(select, [], BATCH_NAMES)) {
          yield rows.map(([login, of]) => ({
            kind: holds,
            name: nameOf(holds, { login: login!, domain: of || undefined }),
          }));
        }
      }
    }
  },
});
