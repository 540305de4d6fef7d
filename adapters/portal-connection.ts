import { Client, DatabaseError } from 'pg';
import { GdprError, PortalDatabaseError, PortalDatabaseUnavailableError } from '../core/errors.ts';

/** One role's way into the Portal database. With `ca` (PEM) TLS is checked against it; see `tlsFor` for without. */
export interface PortalConnection {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly username: string;
  readonly password: string;
  readonly ca?: string | undefined;
}

/** Asked for at each use, so that a rotated secret is taken up. */
export type PortalConnectionSource = () => Promise<PortalConnection>;

/** How a transaction runs. `statementSeconds` and `lockSeconds` bound each statement and each wait for a lock. */
export interface TransactionOptions {
  readonly begin: 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY' | 'BEGIN ISOLATION LEVEL READ COMMITTED';
  readonly statementSeconds: number;
  readonly lockSeconds: number;
}

const CONNECT_TIMEOUT_MS = 10_000;
const LOOPBACK = ['localhost', '127.0.0.1', '::1'];

/** SQLSTATE classes and codes after which the same call may succeed: connection, rollback, resources, shutdown, lock. */
const TRANSIENT = /^(08|40|53|57P|55P03)/;

/** TLS is used everywhere but on this machine: with the given CA, else with the public ones. */
const tlsFor = ({ host, ca }: PortalConnection) => {
  if (ca) return { ca, host };
  return LOOPBACK.includes(host) ? false : { host };
};

/**
 * Opens a connection and a transaction. `commit` ends both; `close` rolls back what is not committed.
 * @param signal when it aborts, the connection is cut and what runs on it is rolled back
 * @throws {PortalDatabaseUnavailableError | PortalDatabaseError}
 */
export async function openTransaction(
  source: PortalConnectionSource,
  { begin, statementSeconds, lockSeconds }: TransactionOptions,
  signal?: AbortSignal,
): Promise<PortalTransaction> {
  const connection = await source();
  const { host, port, database, username: user, password } = connection;
  const client = new Client({
    ...{ host, port, database, user, password },
    ssl: tlsFor(connection),
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    application_name: 'nexthink-gdpr',
  });
  client.on('error', () => {}); // the query in flight rejects as well; unheard, this event would end the process
  const transaction = new PortalTransaction(client);
  try {
    if (signal) transaction.heed(signal);
    await client.connect();
    await transaction.query(begin);
    await transaction.query(
      `SELECT set_config(name, value, true)
       FROM unnest($1::text[], $2::text[], $3::int[]) AS wanted(name, value, since)
       WHERE since <= current_setting('server_version_num')::int`,
      SESSION_SETTINGS(statementSeconds, lockSeconds),
    );
    return transaction;
  } catch (error) {
    await transaction.close();
    throw asPortalError(error, signal);
  }
}

/** Names, values and the first server version that knows each. */
const SESSION_SETTINGS = (statementSeconds: number, lockSeconds: number): [string[], string[], number[]] => {
  const settings: [string, string, number][] = [
    ['statement_timeout', `${statementSeconds}s`, 0],
    ['lock_timeout', `${lockSeconds}s`, 0],
    ['idle_in_transaction_session_timeout', `${statementSeconds}s`, 0],
    ['row_security', 'off', 0], // a hidden row is an error, not a row less
    ['cursor_tuple_fraction', '1', 0],
    ['TimeZone', 'UTC', 0],
    ['DateStyle', 'ISO, YMD', 0],
    ['search_path', 'pg_catalog', 0],
    ['client_connection_check_interval', '1s', 140_000],
  ];
  return [settings.map(([name]) => name), settings.map(([, value]) => value), settings.map(([, , since]) => since)];
};

/** One transaction of one connection. */
export class PortalTransaction {
  readonly #client: Client;
  readonly #abort = () => void this.close();
  #signal: AbortSignal | undefined;
  #ended: Promise<void> | undefined;

  constructor(client: Client) {
    this.#client = client;
  }

  /** From now on an abort of `signal` ends the connection. @throws its reason, when it has aborted */
  heed(signal: AbortSignal): void {
    signal.throwIfAborted();
    this.#signal = signal;
    signal.addEventListener('abort', this.#abort, { once: true });
  }

  /** Runs one statement. @returns its rows as arrays of text, and how many rows it touched */
  async query(text: string, values: readonly unknown[] = []): Promise<{ rows: (string | null)[][]; rowCount: number }> {
    try {
      const { rows, rowCount } = await this.#client.query<(string | null)[]>({
        text,
        values: [...values],
        rowMode: 'array',
      });
      return { rows, rowCount: rowCount ?? 0 };
    } catch (error) {
      throw asPortalError(error, this.#signal);
    }
  }

  /** Rows of a query in batches; the query must cast every column to text. */
  async *batches(select: string, values: readonly unknown[], size: number): AsyncGenerator<(string | null)[][]> {
    await this.query(`DECLARE gdpr_rows NO SCROLL CURSOR FOR ${select}`, values);
    try {
      for (;;) {
        const { rows } = await this.query(`FETCH ${size} FROM gdpr_rows`);
        if (rows.length > 0) yield rows;
        if (rows.length < size) break;
      }
    } finally {
      if (!this.#ended) await this.query('CLOSE gdpr_rows').catch(() => {}); // after a failure there is none to close
    }
  }

  /** Commits, unless the signal has aborted: that is the last moment at which a cancellation counts. */
  async commit(): Promise<void> {
    this.#signal?.throwIfAborted();
    this.#signal?.removeEventListener('abort', this.#abort);
    await this.query('COMMIT');
  }

  /** Ends the connection; harmless when it has ended. */
  close(): Promise<void> {
    this.#signal?.removeEventListener('abort', this.#abort);
    this.#ended ??= this.#client.end().catch(() => {});
    return this.#ended;
  }
}

/** Our error for the driver's. Its text is dropped where it comes from the server: it quotes values. */
function asPortalError(error: unknown, signal: AbortSignal | undefined): unknown {
  if (error instanceof GdprError) return error;
  if (signal?.aborted) return signal.reason;
  if (!(error instanceof DatabaseError)) return new PortalDatabaseUnavailableError({ cause: error });
  const code = error.code ?? 'XX000';
  return TRANSIENT.test(code) ? new PortalDatabaseUnavailableError() : new PortalDatabaseError(code);
}
