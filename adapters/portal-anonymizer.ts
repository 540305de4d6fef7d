import { ResidueFoundError } from '../core/errors.ts';
import type { Subject } from '../core/model.ts';
import type { PortalMapping } from '../core/portal-mapping.ts';
import type { PortalAnonymizer } from '../core/ports.ts';
import { openTransaction, type PortalConnectionSource, type PortalTransaction } from './portal-connection.ts';
import { countResidueInside } from './portal-residue.ts';
import { rewriteTable } from './portal-rewrite.ts';
import { qualified } from './portal-sql.ts';

const TRANSACTION = { begin: 'BEGIN ISOLATION LEVEL READ COMMITTED', statementSeconds: 600, lockSeconds: 30 } as const;

/** One number for all runs: they take turns. It tells nothing of a Subject to who looks at the locks. */
const RUN_LOCK = 0x6764_7072;

/**
 * Rewrites the mapped columns in one transaction, through a role that may update those columns and no others (D8). A
 * request that has run before changes nothing and gets the counts of that run.
 */
export const portalAnonymizer = (source: PortalConnectionSource, mapping: PortalMapping): PortalAnonymizer => ({
  async anonymize(requestId, subject, token, signal) {
    const ledger = qualified(mapping.ledger);
    const transaction = await openTransaction(source, TRANSACTION);
    try {
      const recorded = await enter(transaction, ledger, requestId);
      if (recorded) return recorded;
      if (signal) transaction.heed(signal); // not sooner: what was committed is told even to who wants to cancel (R16)
      const rowsByTable = await rewrite(transaction, mapping, subject, token);
      const residue = await countResidueInside(transaction, subject);
      if (residue > 0) throw new ResidueFoundError(residue);
      await transaction.query(
        `UPDATE ${ledger} SET rows_by_table = $2::text::jsonb WHERE request_id = $1::text::uuid`,
        [requestId, JSON.stringify(rowsByTable)],
      );
      await transaction.commit();
      return rowsByTable;
    } finally {
      await transaction.close();
    }
  },
});

/** Takes the lock and the ledger row. @returns the counts of an earlier run of the same request */
async function enter(
  transaction: PortalTransaction,
  ledger: string,
  requestId: string,
): Promise<Record<string, number> | undefined> {
  await transaction.query('SELECT pg_advisory_xact_lock($1::bigint)::text', [RUN_LOCK]);
  const { rowCount } = await transaction.query(
    `INSERT INTO ${ledger} (request_id) VALUES ($1::text::uuid) ON CONFLICT DO NOTHING`,
    [requestId],
  );
  if (rowCount === 1) return undefined;
  const { rows } = await transaction.query(
    `SELECT rows_by_table::text FROM ${ledger} WHERE request_id = $1::text::uuid`,
    [requestId],
  );
  return JSON.parse(rows[0]![0]!) as Record<string, number>;
}

async function rewrite(
  transaction: PortalTransaction,
  mapping: PortalMapping,
  subject: Subject,
  token: string,
): Promise<Record<string, number>> {
  const rowsByTable: Record<string, number> = {};
  for (const table of mapping.tables) {
    rowsByTable[table.table] = await rewriteTable(transaction, table, subject, token);
  }
  for (const view of mapping.derived) await transaction.query(`REFRESH MATERIALIZED VIEW ${qualified(view)}`);
  return rowsByTable;
}
