import { type Client, DatabaseError, escapeIdentifier } from 'pg';
import { GdprError } from '../../common/errors.ts';
import {
  PortalBusyError,
  PortalDatabaseError,
  PortalDatabaseFullError,
  PortalDatabaseTlsError,
  PortalDatabaseUnavailableError,
} from '../errors.ts';
import { streamRows } from './stream-rows.ts';

export const APPLICATION = 'nexthink-gdpr';

/** SQLSTATE classes and codes after which the same call may succeed: connection, rollback, resources, shutdown. */
const TRANSIENT = /^(08|40|53|57P)/;

const DISK_FULL = '53100';
const LOCKED = '55P03';

/** Codes and messages of a failed TLS handshake. A retry does not help. */
const TLS_FAILURE = /^(ERR_TLS|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|ERR_SSL)|does not support SSL/;

interface Rehearsing {
  /** Why steps could not be done. */
  readonly refusals: GdprError[];
  /** Tables in which it has stopped, each pass after `most` rows. */
  readonly untried: string[];
  readonly most: number;
}

export class PortalTransaction {
  readonly #client: Client;
  readonly #abort = () => void this.close();
  #signal: AbortSignal | undefined;
  #ended: Promise<void> | undefined;
  /** Transactions of others that had not ended when this one began, in words. */
  open: readonly string[] = [];
  /** Does some work in another session, which does not see what this one has written. */
  outside!: <T>(work: (session: PortalTransaction) => Promise<T>) => Promise<T>;
  /** How errors show a place, which may bear the name of the person. */
  shown: (place: string) => string = String;
  /** Set where everything is rolled back at the end. */
  rehearsal: Rehearsing | undefined;

  constructor(client: Client) {
    this.#client = client;
  }

  /** From now on an abort of `signal` ends the connection. @throws its reason if it has aborted */
  endOnAbort(signal: AbortSignal): void {
    signal.throwIfAborted();
    this.#signal = signal;
    signal.addEventListener('abort', this.#abort, { once: true });
  }

  /** Runs one statement. @returns its rows as arrays of text */
  async query(text: string, values: readonly unknown[] = []): Promise<{ rows: (string | null)[][] }> {
    try {
      const query = { text, values: [...values], rowMode: 'array' } as const;
      return await this.#client.query<(string | null)[]>(query);
    } catch (error) {
      throw asPortalError(error, this.#signal, text);
    }
  }

  /** Rows of one query at a time in batches; the query must cast every column to text. @param place as in `within` */
  async *stream(
    select: string,
    values: readonly unknown[],
    size: number,
    place?: string,
  ): AsyncGenerator<(string | null)[][]> {
    try {
      yield* streamRows(this.#client, select, values, size);
    } catch (error) {
      throw about(place, asPortalError(error, this.#signal));
    }
  }

  /** Does some work on one place. A `PortalDatabaseError` then names this place. */
  async within<T>(place: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      const found = about(place, error);
      if (!(found instanceof GdprError)) throw found;
      const places = found.places.map(this.shown);
      const message = found.places.reduce((text, one, at) => text.replaceAll(one, places[at]!), found.message);
      throw Object.assign(found, { message, places });
    }
  }

  /** The same for a step of a run: a rehearsal notes why it was refused, takes the step back and goes on. */
  async attempt(place: string, work: () => Promise<unknown>): Promise<void> {
    if (this.rehearsal) await this.query('SAVEPOINT gdpr_attempt');
    try {
      await this.within(place, work);
    } catch (error) {
      if (!this.rehearsal || !(error instanceof GdprError) || error.retryable) throw error;
      await this.query('ROLLBACK TO SAVEPOINT gdpr_attempt');
      this.rehearsal.refusals.push(error);
    }
  }

  /** Does some work with the search path of the role behind PostgreSQL's own: triggers may name tables without a schema. */
  async asRole<T>(work: () => Promise<T>): Promise<T> {
    await this.query(
      `SELECT set_config('search_path', concat_ws(', ', 'pg_catalog', nullif(reset_val, '')), true)
       FROM pg_settings WHERE name = 'search_path'`,
    );
    const done = await work();
    await this.query('SET LOCAL search_path TO pg_catalog');
    return done;
  }

  /** From now on an abort changes nothing. @throws the reason of an earlier abort */
  ignoreAbort(): void {
    this.#signal?.throwIfAborted();
    this.#signal?.removeEventListener('abort', this.#abort);
  }

  /** @throws {PortalDatabaseUnavailableError} also when the connection was lost before the answer arrived */
  async commit(): Promise<void> {
    this.ignoreAbort();
    await this.query('COMMIT');
  }

  /** Ends the connection; harmless when it has ended. */
  close(): Promise<void> {
    this.#signal?.removeEventListener('abort', this.#abort);
    this.#ended ??= this.#client.end().catch(() => {});
    return this.#ended;
  }

  [Symbol.asyncDispose] = () => this.close();
}

/** Our error for an error of the driver. The server's message is dropped because it quotes values. */
export function asPortalError(error: unknown, signal: AbortSignal | undefined, statement = ''): unknown {
  if (error instanceof GdprError) return error;
  if (signal?.aborted) return signal.reason;
  if (!(error instanceof DatabaseError)) {
    const { code = '', message } = error as NodeJS.ErrnoException;
    if (TLS_FAILURE.test(code) || TLS_FAILURE.test(message)) return new PortalDatabaseTlsError({ cause: error });
    return new PortalDatabaseUnavailableError({ cause: error });
  }
  const code = error.code ?? 'XX000';
  if (code === DISK_FULL) return new PortalDatabaseFullError();
  if (code === LOCKED) return new PortalBusyError();
  if (TRANSIENT.test(code)) return new PortalDatabaseUnavailableError();
  return new PortalDatabaseError(code, grantFor(error, statement));
}

/** An error that names a place, unless it names one already. */
function about(place: string | undefined, error: unknown): unknown {
  if (place === undefined || !(error instanceof PortalDatabaseError) || error.places[0]?.includes('.')) return error;
  const [table] = place.split('.').slice(-1);
  return new PortalDatabaseError(error.code, error.places[0]?.replace(` ON ${table}`, ` ON ${place}`) ?? place);
}

/** The GRANT that a role lacks for what it, or a trigger, did. The server names the object, and a trigger its schema. */
function grantFor({ message, where = '' }: DatabaseError, statement: string): string | undefined {
  const [, kind, name] = /^permission denied for (table|view|sequence|schema) (.+)$/.exec(message) ?? [];
  if (!kind || !name) return undefined;
  const object = /^[a-z_][a-z0-9_]*$/.test(name) ? name : escapeIdentifier(name);
  const [verb] = /(?<=")(INSERT|DELETE)\b/i.exec(where) ?? /^INSERT\b/.exec(statement) ?? [];
  const [schema = ''] = /(?:"[^"]+"|\w+)\.$/.exec(where.split(object)[0]!) ?? [];
  if (kind === 'sequence' || kind === 'schema') return `GRANT USAGE ON ${kind.toUpperCase()} ${schema}${object}`;
  return `GRANT SELECT, UPDATE${verb ? `, ${verb.toUpperCase()}` : ''} ON ${schema}${object}`;
}
