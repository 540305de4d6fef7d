import { Client } from 'pg';
import type { PortalConnection } from '../settings.ts';
import { APPLICATION, asPortalError, PortalTransaction } from './transaction.ts';

/** Called for each connection, so that a rotated secret takes effect. */
export type PortalConnectionSource = () => Promise<PortalConnection>;

/** How a transaction runs. `statementSeconds` and `lockSeconds` limit each statement and each wait for a lock. */
interface TransactionOptions {
  readonly writes?: boolean;
  readonly statementSeconds: number;
  readonly lockSeconds: number;
  /** Advisory locks, taken before the transaction and its snapshot, and held until the connection ends. */
  readonly locks?: readonly bigint[];
  /** Waits as long for others to end what they have written, before the snapshot; `open` is what they have not ended. */
  readonly awaitsWriters?: boolean;
}

const CONNECT_TIMEOUT_MS = 10_000;
const LOOPBACK = ['localhost', '127.0.0.1', '::1'];

/** `close`, the end of `await using` and an abort of `signal` roll back what was not committed. @throws {PortalDatabaseUnavailableError} */
export async function openTransaction(
  source: PortalConnectionSource,
  { writes, statementSeconds, lockSeconds, locks = [], awaitsWriters }: TransactionOptions,
  signal?: AbortSignal,
): Promise<PortalTransaction> {
  const transaction = await openConnection(source, signal);
  transaction.outside = (work) => withTransaction(source, { statementSeconds, lockSeconds }, work, signal);
  try {
    await transaction.query(
      `SELECT set_config(key, value, false) FROM json_each_text($1::text::json) WHERE current_setting(key, true) IS NOT NULL`,
      [JSON.stringify(sessionSettings(statementSeconds, lockSeconds))],
    );
    for (const lock of locks) await transaction.query('SELECT pg_advisory_lock($1::bigint)::text', [String(lock)]);
    if (awaitsWriters) transaction.open = await awaitWriters(transaction, lockSeconds);
    await transaction.query(`BEGIN ISOLATION LEVEL REPEATABLE READ ${writes ? 'READ WRITE' : 'READ ONLY'}`);
    return transaction;
  } catch (error) {
    await transaction.close();
    throw error;
  }
}

/** Does some work in a transaction of its own and closes it. What the work did not commit is rolled back. */
export async function withTransaction<T>(
  source: PortalConnectionSource,
  options: TransactionOptions,
  work: (transaction: PortalTransaction) => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  await using transaction = await openTransaction(source, options, signal);
  return await work(transaction);
}

/** Opens a connection, which an abort of `signal` ends; each statement is a transaction of its own. */
export async function openConnection(source: PortalConnectionSource, signal?: AbortSignal): Promise<PortalTransaction> {
  const { username: user, ...address } = await source();
  const { host, ca } = address;
  const client = new Client({
    ...address,
    user,
    ssl: ca || !LOOPBACK.includes(host) ? { ca, host } : false, // with the given CA, else with the public ones
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    keepAlive: true,
    application_name: APPLICATION,
  });
  client.on('error', () => {}); // the running query rejects, too; without a listener this event would end the process
  const transaction = new PortalTransaction(client);
  try {
    if (signal) transaction.endOnAbort(signal);
    await client.connect();
    // what a schema calls `lower` is not ours, and `\\` is no escape in our SQL
    await transaction.query('SET search_path TO pg_catalog; SET standard_conforming_strings TO on');
    return transaction;
  } catch (error) {
    await transaction.close();
    throw asPortalError(error, signal);
  }
}

/** A role or a database may have others. An older server does not know all of them. */
const sessionSettings = (statementSeconds: number, lockSeconds: number) => ({
  statement_timeout: `${statementSeconds}s`,
  lock_timeout: `${lockSeconds}s`,
  idle_in_transaction_session_timeout: `${statementSeconds}s`,
  transaction_timeout: '0',
  row_security: 'off', // hidden rows cause an error instead of missing rows
  cursor_tuple_fraction: '1',
  parallel_setup_cost: '0', // the planner overestimates the found rows (one third), and would not search in parallel
  parallel_tuple_cost: '0',
  TimeZone: 'UTC',
  DateStyle: 'ISO, YMD',
  bytea_output: 'hex',
  array_nulls: 'on',
  xmloption: 'content',
  client_connection_check_interval: '1s',
});

/** Transactions of others that hold a lock for writing here. The locks show prepared ones too, and to every role. */
const WRITERS = `
  SELECT l.virtualtransaction, p.transaction::text, l.pid::text, string_agg(DISTINCT l.relation::regclass::text, ', ')
  FROM pg_locks l
  JOIN pg_class c ON c.oid = l.relation AND c.relkind IN ('r', 'p') AND c.oid >= 16384
  LEFT JOIN pg_locks x ON x.virtualtransaction = l.virtualtransaction AND x.locktype = 'transactionid' AND l.pid IS NULL
  LEFT JOIN pg_prepared_xacts p ON p.transaction = x.transactionid
  LEFT JOIN pg_stat_activity a ON a.pid = l.pid
  WHERE l.database = (SELECT oid FROM pg_database WHERE datname = current_database()) AND l.granted
    AND l.mode IN ('RowExclusiveLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')
    AND coalesce(l.pid::text, p.transaction::text) IS NOT NULL AND a.application_name IS DISTINCT FROM '${APPLICATION}'
  GROUP BY 1, 2, 3 ORDER BY 1`;

/** Waits for others to end what they write, which nobody can search. @returns what has not ended and how to end it, without names */
async function awaitWriters(connection: PortalTransaction, seconds: number): Promise<string[]> {
  const latest = performance.now() + seconds * 1000;
  let { rows: open } = await connection.query(WRITERS);
  while (open.some(([, prepared]) => prepared === null) && performance.now() < latest) {
    await connection.query('SELECT pg_sleep(0.2)::text');
    const now = new Set((await connection.query(WRITERS)).rows.map(([id]) => id));
    open = open.filter(([id]) => now.has(id!));
  }
  return open.map(([, prepared, process, tables]) =>
    prepared
      ? `transaction ${prepared} of pg_prepared_xacts in ${tables}, to be ended by COMMIT or ROLLBACK PREPARED`
      : `transaction in ${tables}, to be ended by process ${process}, or pg_terminate_backend`,
  );
}
