import { escapeIdentifier } from 'pg';
import type { Subject } from '../../requests/subject.ts';
import { openTransaction, type PortalConnectionSource } from '../database/connection.ts';
import { qualified } from '../database/sql.ts';
import type { PortalTransaction } from '../database/transaction.ts';
import type { PortalMapping, RetrievedFile } from '../mapping/mapping.ts';
import type { PortalDatabase, PortalRows } from '../ports.ts';
import { equal, type JudgedTable } from '../search/judged-tables.ts';
import { type Search, searchFor } from '../search/people.ts';
import { scan } from '../search/scan.ts';

/** A statement lasts until its last row is read. */
const TRANSACTION = { statementSeconds: 840, lockSeconds: 10 };

/** Reads a Subject's rows in one snapshot, with a role that may only select. Read all batches of a file before the next file. */
export const portalPostgres = (source: PortalConnectionSource, mapping: PortalMapping): PortalDatabase => ({
  async *readSubject(subject: Subject, signal?: AbortSignal): AsyncGenerator<PortalRows> {
    await using transaction = await openTransaction(source, TRANSACTION, signal);
    const search = await searchFor(transaction, mapping, subject);
    for (const file of mapping.files) {
      const columns = file.columns.map(({ header }) => header);
      yield { file: file.file, columns, batches: rowsOf(transaction, mapping, file, search) };
    }
  },
});

/** The person's rows of one file, in the order of its key, and those of tables that inherit from it and have no file. */
async function* rowsOf(
  transaction: PortalTransaction,
  { tables: mapped, files }: PortalMapping,
  { from, joins, columns }: RetrievedFile,
  { judge, tables }: Search,
) {
  const key = mapped.find(({ table }) => table === from)!.key;
  const aliases = new Map([[from, 't'], ...joins.map((join, at) => [join.table, `j${at}`] as const)]);
  const at = (table: string, column: string) => `${aliases.get(table)}.${escapeIdentifier(column)}`;
  const joined = joins.map(({ table, on }) => {
    const pairs = on.map(([theirs, ours]) => equal(tables, [aliases.get(table)!, table, theirs], ['t', from, ours]));
    return `LEFT JOIN ${qualified(table)} ${aliases.get(table)} ON ${pairs.join(' AND ')}`;
  });
  const isHeir = ({ name, parent }: JudgedTable) => parent === from && !files.some((file) => file.from === name);
  for (const judgedTable of tables.filter((table) => table.name === from || isHeir(table))) {
    const own = columns.map(({ table, column }) =>
      (table ?? from) === from ? judgedTable.columns.findIndex((each) => each.column === column) : -1,
    );
    const others = columns.filter((_, index) => own[index] === -1);
    const besides = {
      extra: others.map(({ table, column }) => `${at(table ?? from, column)}::text`),
      joins: joined.join(' '),
      order: `ORDER BY ${key.map((column) => at(from, column)).join(', ')}`,
    };
    for await (const rows of scan(transaction, judgedTable, judge, besides)) {
      const theirs = rows.filter(({ linked, cells }) => linked || cells.some((cell) => cell.theirs > 0));
      if (theirs.length === 0) continue;
      yield theirs.map(({ before, extra }) => {
        const rest = extra.values();
        return own.map((index) => (index === -1 ? rest.next().value! : before[index]!));
      });
    }
  }
}
