import { escapeLiteral } from 'pg';
import { APPLICATION, type PortalTransaction } from './transaction.ts';

/** Transactions of others that hold a lock for writing here. The locks show prepared ones too, and to every role. */
const WRITERS = `
  SELECT l.virtualtransaction, p.gid, l.pid::text, coalesce(p.owner, a.usename)::text,
    string_agg(DISTINCT l.relation::regclass::text, ', ')
  FROM pg_locks l
  JOIN pg_class c ON c.oid = l.relation AND c.relkind IN ('r', 'p') AND c.oid >= 16384
  LEFT JOIN pg_locks x ON x.virtualtransaction = l.virtualtransaction AND x.locktype = 'transactionid' AND l.pid IS NULL
  LEFT JOIN pg_prepared_xacts p ON p.transaction = x.transactionid
  LEFT JOIN pg_stat_activity a ON a.pid = l.pid
  WHERE l.database = (SELECT oid FROM pg_database WHERE datname = current_database()) AND l.granted
    AND l.mode IN ('RowExclusiveLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')
    AND coalesce(l.pid::text, p.gid) IS NOT NULL AND a.application_name IS DISTINCT FROM '${APPLICATION}'
  GROUP BY 1, 2, 3, 4 ORDER BY 1`;

/**
 * Waits for others to end what they have written, which nobody can search. What is prepared does not end by itself.
 * @returns what has not ended in time, and how to end it
 */
export async function awaitWriters(connection: PortalTransaction, seconds: number): Promise<string[]> {
  const latest = performance.now() + seconds * 1000;
  let { rows: open } = await connection.query(WRITERS);
  while (open.some(([, prepared]) => prepared === null) && performance.now() < latest) {
    await connection.query('SELECT pg_sleep(0.2)::text');
    const now = new Set((await connection.query(WRITERS)).rows.map(([id]) => id));
    open = open.filter(([id]) => now.has(id!));
  }
  return open.map(([, prepared, process, role, tables]) => {
    const end = prepared
      ? `COMMIT or ROLLBACK PREPARED ${escapeLiteral(prepared)}`
      : `process ${process}, or pg_terminate_backend`;
    return `${prepared ? 'prepared ' : ''}transaction of ${role} in ${tables}, to be ended by ${end}`;
  });
}
