/** One query with a good login. Times are milliseconds since 1970 UTC. */
interface QueryRecord {
  readonly statement: string;
  readonly platforms: readonly string[];
  readonly format: string;
  readonly startedAt: number;
  /** Absent while it runs. */
  endedAt?: number;
  /** Absent while it runs, and when the client left before an answer began. */
  status?: number;
}

/** Queries that are remembered; older ones are forgotten. */
const MAX_RECORDS = 10_000;

/** What an Engine has been asked since it started. It is kept in memory alone. */
export class Traffic {
  /** Queries with a good login, refused statements included. */
  queries = 0;
  /** Requests whose login was refused or missing. */
  refusedLogins = 0;
  running = 0;
  /** Most queries that ran at the same time. */
  busiest = 0;
  /** Queries that were answered with rows or a header. */
  answered = 0;
  /** TCP connections that were opened. */
  connections = 0;
  readonly #log: QueryRecord[] = [];

  /** The last queries, oldest first. */
  get log(): readonly QueryRecord[] {
    return this.#log;
  }

  begin(query: Pick<QueryRecord, 'statement' | 'platforms' | 'format'>): QueryRecord {
    this.queries += 1;
    this.running += 1;
    this.busiest = Math.max(this.busiest, this.running);
    const record: QueryRecord = { ...query, startedAt: Date.now() };
    if (this.#log.length === MAX_RECORDS) this.#log.splice(0, MAX_RECORDS / 2);
    this.#log.push(record);
    return record;
  }

  end(record: QueryRecord, status: number | undefined): void {
    this.running -= 1;
    record.endedAt = Date.now();
    if (status === undefined) return;
    record.status = status;
    if (status === 200) this.answered += 1;
  }
}
