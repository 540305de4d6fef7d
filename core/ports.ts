import type { Readable } from 'node:stream';
import type { FragmentPlan, PartIndex } from './bundle/fragment.ts';
import type {
  Engine,
  Link,
  Login,
  RequestKind,
  RequestRecord,
  RequestState,
  SourceProgress,
  Subject,
} from './model.ts';

/** Time from outside, so that tests can set it. */
export interface Clock {
  now(): Date;
}

/** Requests and their progress (DynamoDB `requests`). Every write is conditional: a late worker cannot undo an end. */
export interface Requests {
  create(record: RequestRecord): Promise<void>;
  /** @throws {RequestNotFoundError} */
  get(requestId: string): Promise<RequestRecord>;
  /**
   * Moves a Request to `to` when `core/lifecycle.ts` allows it, with `patch` in the same write.
   * @throws {WrongStateError} it is in a state from which `to` cannot be reached
   */
  transition(requestId: string, to: RequestState, patch?: Partial<RequestRecord>): Promise<RequestRecord>;
  /** Adds facts to a Request that has not ended, whatever its state. @throws {WrongStateError} it has ended */
  note(requestId: string, facts: Pick<Partial<RequestRecord>, 'bundle' | 'receipt'>): Promise<void>;
  /** Progress of one source of one attempt; the last write wins. */
  putProgress(requestId: string, progress: SourceProgress): Promise<void>;
  listProgress(requestId: string): Promise<SourceProgress[]>;
}

/** What the sealed table keeps for a Request, each under a KMS encryption context of its own (D1). */
export interface SealedValues {
  readonly login: Login;
  readonly subject: Subject;
}

/** Keeps login and Subject sealed, each until its time or until wiped. */
export interface Vault {
  /** @param expiresAt after it `open` refuses, whether or not the item was removed */
  seal<P extends keyof SealedValues>(
    requestId: string,
    purpose: P,
    value: SealedValues[P],
    expiresAt: Date,
  ): Promise<void>;
  /** @throws {SealedItemGoneError} */
  open<P extends keyof SealedValues>(requestId: string, purpose: P): Promise<SealedValues[P]>;
  wipe(requestId: string, purposes: readonly (keyof SealedValues)[]): Promise<void>;
}

/** One NXQL statement for one Engine. */
export interface EngineQuery {
  readonly statement: string;
  readonly platform: 'windows' | 'mac_os' | 'mobile';
  /** The CSV file it is for; named in errors instead of the statement, which holds the Subject. */
  readonly file: string;
}

/** The Web API V2 of one Engine (R10). */
export interface EngineApi {
  /**
   * Asks once. The stream carries the body as it comes: tab-separated records, a header first.
   * @throws {EngineUnavailableError | EngineTimeoutError | EngineTlsError | EngineAuthError | EngineQueryRejectedError
   *   | EngineAnswerError} also while the stream is read
   */
  query(engine: Engine, login: Login, query: EngineQuery, signal?: AbortSignal): Promise<Readable>;
}

/** The Portal's List Engines API (R10). */
export interface PortalApi {
  /** @throws {LoginRefusedError | PortalApiUnavailableError} */
  listEngines(login: Login): Promise<Engine[]>;
}

/** Where a worker writes the fragments of one invocation, back to back. */
export interface FragmentSink {
  readonly partKey: string;
  write(bytes: Buffer): Promise<void>;
  /** Makes what was written readable. */
  close(): Promise<void>;
  /** Leaves nothing behind; harmless after `close`. */
  abort(): Promise<void>;
}

/** Parts on S3: fragments, their indexes (the commit mark, written last) and the plan of an attempt. */
export interface PartStore {
  openSink(requestId: string, attempt: number, sourceId: string, seq: number): FragmentSink;
  putIndex(requestId: string, attempt: number, index: PartIndex): Promise<void>;
  /** Committed indexes in order of source and `seq`; of one source when `sourceId` is given. */
  listIndexes(requestId: string, attempt: number, sourceId?: string): Promise<PartIndex[]>;
  putPlan(requestId: string, attempt: number, plan: FragmentPlan): Promise<void>;
  getPlan(requestId: string, attempt: number): Promise<FragmentPlan>;
  /** @throws {PartDamagedError} the object is gone */
  read(partKey: string, offset: number, byteLength: number): Promise<Readable>;
  deleteParts(requestId: string): Promise<void>;
}

/** Bundles on S3. */
export interface BundleStore {
  /** Stores the archive; readable only once whole. @returns its size in bytes */
  write(bundleKey: string, chunks: AsyncIterable<Buffer>): Promise<number>;
  delete(bundleKey: string): Promise<void>;
}

export interface LinkSigner {
  sign(bundleKey: string): Promise<Link>;
}

/** Executions of the state machines. Input is `{requestId, attempt}` and nothing else (D1). */
export interface Executions {
  start(kind: RequestKind, requestId: string, attempt: number): Promise<void>;
  /** Stopping one that has ended is harmless. */
  stop(kind: RequestKind, requestId: string, attempt: number): Promise<void>;
}

/** Rows of one Portal table about the Subject: `columns` first, then rows in batches; `null` is an empty cell. */
export interface PortalRows {
  /** Path in the archive without `portal/` and `.csv`, such as `count_metric_details`. */
  readonly file: string;
  readonly columns: readonly string[];
  readonly batches: AsyncIterable<readonly (readonly (string | null)[])[]>;
}

/** The Portal's PostgreSQL, read in one repeatable-read snapshot by a read-only role. */
export interface PortalDatabase {
  /** @throws {PortalDatabaseUnavailableError | PortalDatabaseError} */
  readSubject(subject: Subject, signal?: AbortSignal): AsyncIterable<PortalRows>;
}

/** Replaces the Subject's name in the Portal database, in one transaction. */
export interface PortalAnonymizer {
  /**
   * @param token the replacement, see `drawToken` of core/anonymization.ts
   * @returns rows changed per table
   * @throws {ResidueFoundError} the name was still there: rolled back, nothing changed
   */
  anonymize(requestId: string, subject: Subject, token: string, signal?: AbortSignal): Promise<Record<string, number>>;
}

/** Counts the Subject's name from another role and session. */
export interface PortalVerifier {
  countResidue(subject: Subject, signal?: AbortSignal): Promise<number>;
}

/** What a log line may hold: ids, names of states and errors, counts. Nothing else gets through (R24). */
export interface LogFields {
  readonly requestId?: string;
  readonly attempt?: number;
  readonly engineId?: string;
  readonly sourceId?: string;
  readonly state?: string;
  readonly error?: string;
  readonly file?: string;
  readonly rows?: number;
  readonly bytes?: number;
  readonly milliseconds?: number;
  readonly status?: number;
  readonly count?: number;
}

export interface Log {
  info(event: string, fields?: LogFields): void;
  warn(event: string, fields?: LogFields): void;
}
