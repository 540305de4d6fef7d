import type { Readable } from 'node:stream';
import type { FragmentPlan, PartIndex } from '../archive/fragment.ts';
import type { BundlePart } from '../archive/upload-parts.ts';
import type { Actor, AuditEntry, AuditFact } from '../requests/audit-trail.ts';
import type { Engine, Link, Login, RequestRecord, RequestState, Subject } from '../requests/record.ts';
import type { SourceProgress } from '../requests/source-progress.ts';
import type { Held } from '../requests/state-machine.ts';

/** Time from outside, so that tests can set it. */
export interface Clock {
  now(): Date;
}

/** Waits for so many milliseconds, less when aborted: then it rejects. Given from outside, so that tests need not wait. */
export type Pause = (milliseconds: number, signal?: AbortSignal) => Promise<void>;

/**
 * Requests, their progress and their audit trail (DynamoDB `requests`). A state changes by conditional writes alone: nothing
 * undoes an end. Each write that matters puts its own entry into the trail (`modules/requests/audit-facts.ts`).
 */
export interface Requests {
  /** The same, in the name of a Caller. */
  by(actor: Actor): Requests;
  create(record: RequestRecord): Promise<void>;
  /** @throws {RequestNotFoundError} */
  get(requestId: string): Promise<RequestRecord>;
  /**
   * Moves a Request to `to` when `modules/requests/state-machine.ts` allows it, with `patch` in the same write.
   * @param held what must still be as it was read: an attempt must not move a later one
   * @throws {WrongStateError} it is in a state from which `to` cannot be reached, or is not as `held` says
   */
  transition(requestId: string, to: RequestState, patch?: Partial<RequestRecord>, held?: Held): Promise<RequestRecord>;
  /** Adds facts to a Request that has not ended, whatever its state. @throws {WrongStateError} it has, or is not as `held` says */
  note(
    requestId: string,
    facts: Pick<Partial<RequestRecord>, 'attempt' | 'bundle' | 'receipt' | 'places' | 'deadline' | 'deadlineChanges'>,
    held?: Held,
  ): Promise<void>;
  /** Progress of one source of one attempt; the last write wins. */
  putProgress(requestId: string, progress: SourceProgress): Promise<void>;
  /** Marks an ended Request whose archive is about to be destroyed. @throws {WrongStateError} it has not ended */
  markDestroyed(requestId: string, at: string): Promise<RequestRecord>;
  /** Marks an ended Request of which nothing but its record is kept any longer. @throws {WrongStateError} it has not ended */
  markSwept(requestId: string, at: string): Promise<RequestRecord>;
  listProgress(requestId: string): Promise<SourceProgress[]>;
  /** Puts into the audit trail what changes nothing of the Request. */
  tell(requestId: string, fact: AuditFact): Promise<void>;
  /** The audit trail, oldest first. @throws {RequestNotFoundError} */
  listEvents(requestId: string): Promise<AuditEntry[]>;
}

/** What the sealed table keeps for a Request, each under a KMS encryption context of its own (D1). */
export interface SealedValues {
  readonly login: Login;
  readonly subject: Subject;
  /** Key (base64) behind the stand-ins of other people's names; kept as long as a rerun may need the same ones. */
  readonly mask: string;
  /** Key (base64) of the commitment in a certificate; handed to the Caller once, and then gone here. */
  readonly nonce: string;
  /** Nonce (base64url) of the plan that an anonymization was started with; without it the digest tells nothing. */
  readonly plan: string;
}

/** Keeps login and Subject sealed, each until its time or until wiped. */
export interface Vault {
  /**
   * @param expiresAt after it `open` refuses, whether or not the item was removed
   * @param latest the same, however often it is prolonged
   */
  seal<P extends keyof SealedValues>(
    requestId: string,
    purpose: P,
    value: SealedValues[P],
    expiresAt: Date,
    latest?: Date,
  ): Promise<void>;
  /** Moves the time of a value; one that has run out or is gone stays so. */
  prolong(requestId: string, purpose: keyof SealedValues, expiresAt: Date): Promise<void>;
  /** Whether there is a value that has run out: nobody gets it any more, and it is to be wiped. */
  hasExpired(requestId: string, purpose: keyof SealedValues): Promise<boolean>;
  /** @throws {SealedItemGoneError} */
  open<P extends keyof SealedValues>(requestId: string, purpose: P): Promise<SealedValues[P]>;
  /** Opens a value and wipes it, for one Caller alone. @throws {SealedItemGoneError} */
  take<P extends keyof SealedValues>(requestId: string, purpose: P): Promise<SealedValues[P]>;
  wipe(requestId: string, purposes: readonly (keyof SealedValues)[]): Promise<void>;
}

/** One NXQL statement for one Engine. */
export interface EngineQuery {
  readonly statement: string;
  readonly platform: 'windows' | 'mac_os' | 'mobile';
  /** The CSV file it is for; named in errors instead of the statement, which holds the Subject. */
  readonly file: string;
  /** Sent once, whatever becomes of it: the login may be wrong. */
  readonly once?: boolean;
}

/** The Web API V2 of one Engine (R10). */
export interface EngineApi {
  /**
   * Asks once. The stream carries the body as it comes: tab-separated records, a header first.
   * @throws {EngineUnavailableError | EngineTimeoutError | EngineTlsError | EngineAuthError | EngineQueryRejectedError
   *   | EngineAnswerError | EngineRowsError} also while the stream is read
   */
  query(engine: Engine, login: Login, query: EngineQuery, signal?: AbortSignal): Promise<AsyncIterable<Buffer>>;
}

/** The Portal's List Engines API (R10). */
export interface PortalApi {
  /** False when it asks with an account of its own, so that its answer says nothing about the Operator's password. */
  readonly checksLogin: boolean;
  /** @throws {LoginRefusedError | PortalApiUnavailableError} */
  listEngines(login: Login): Promise<Engine[]>;
}

/** Where a worker writes the fragments of one invocation, back to back. */
export interface FragmentSink {
  readonly partKey: string;
  write(bytes: Buffer): Promise<void>;
  /** Makes what was written readable. @returns its ETag */
  close(): Promise<string>;
  /** Leaves nothing behind; harmless after `close`. */
  abort(): Promise<void>;
}

/** Parts on S3: fragments, their indexes (the commit mark, written last) and the plan of an attempt. */
export interface PartStore {
  openSink(requestId: string, attempt: number, sourceId: string, seq: number): FragmentSink;
  /** Commits, once. @returns false when another invocation has committed this `seq`: then this one's rows do not count */
  putIndex(requestId: string, attempt: number, index: PartIndex): Promise<boolean>;
  /** Committed indexes in order of source and `seq`; of one source when `sourceId` is given. */
  listIndexes(requestId: string, attempt: number, sourceId?: string): Promise<PartIndex[]>;
  putPlan(requestId: string, attempt: number, plan: FragmentPlan): Promise<void>;
  getPlan(requestId: string, attempt: number): Promise<FragmentPlan>;
  /** Unfinished uploads too. Of one attempt alone when it is given: a rerun that ends leaves the Parts of earlier attempts (D9). */
  deleteParts(requestId: string, attempt?: number): Promise<void>;
}

/** An archive as it will be: its parts in order, its size and its CRC-32, both of the compressed bytes. */
export interface BundlePlan {
  readonly parts: readonly BundlePart[];
  readonly byteLength: number;
  readonly crc32: number;
}

/** Bundles on S3. */
export interface BundleStore {
  /**
   * Makes the archive as planned, once. It is readable only when whole; whatever fails, nothing stays behind. One that
   * is there already and is the same counts as made.
   * @param mayGoOn asked before each part; what it throws ends the work
   * @param signal ends the work too
   * @throws {PartDamagedError} a Part is gone or is not what was committed
   * @throws {StorageUnavailableError} the store does not answer, also after its client tried again
   */
  stitch(bundleKey: string, plan: BundlePlan, mayGoOn: () => Promise<void>, signal?: AbortSignal): Promise<void>;
  /** Removes the archive, and what an unfinished stitch of it left; harmless when there is none. */
  delete(bundleKey: string): Promise<void>;
}

/** Reads a Bundle back, from its start. */
export interface BundleReader {
  open(bundleKey: string): Promise<Readable>;
}

export interface LinkSigner {
  /** @param fileName what a browser saves it as */
  sign(bundleKey: string, fileName?: string): Promise<Link>;
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
  /** SHA-256 of an anchor of audit trails, hex. */
  readonly digest?: string;
}

export interface Log {
  info(event: string, fields?: LogFields): void;
  warn(event: string, fields?: LogFields): void;
}
