import type { Subject, SubjectKind } from '../requests/subject.ts';
import type { PortalFindings } from './agreed-preview.ts';
import type { PortalPolicy } from './settings.ts';

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

/** What a committed anonymization did, without names; the Portal's ledger keeps it as well. */
export interface AnonymizationOutcome {
  /** Rows changed. */
  readonly rowsByTable: Readonly<Record<string, number>>;
  /** What was searched before the commit, in the same transaction; it no longer held the name. */
  readonly scanned: { readonly tables: number; readonly columns: number };
  /** `full`: every row of others in a mapped table was compared by hash; `totals`: rows were counted. */
  readonly controls: PortalPolicy['controls'];
}

/** What is asked of the outside while an anonymization runs; what either throws undoes everything. */
export interface AnonymizationGates {
  /** Given what the Portal holds in the very snapshot that is about to change; absent where nobody has agreed to a plan. */
  readonly mayStart?: (findings: PortalFindings) => void;
  /** When all is done but the commit. */
  readonly mayCommit: () => Promise<void>;
}

/** Replaces the Subject's name in the Portal database, in one transaction. */
export interface PortalAnonymizer {
  /**
   * Harmless to repeat: what a committed run of the same Request did is told again, and nothing changes.
   * @param token the replacement, see `drawToken` of modules/portal/names/name-matcher.ts
   * @throws {ResidueFoundError | BystanderChangedError | NameOutOfReachError | PortalColumnTooShortError
   *   | PortalKeysMergeError | PortalDatabaseUnavailableError | PortalDatabaseTlsError | PortalDatabaseError} nothing changed
   */
  anonymize(
    requestId: string,
    subject: Subject,
    token: string,
    gates: AnonymizationGates,
    signal?: AbortSignal,
  ): Promise<AnonymizationOutcome>;
}

/** What an anonymization would find and change, counted by a role that may only select. */
export interface PortalPreview {
  /** @throws {PortalDatabaseUnavailableError | PortalDatabaseError} */
  findSubject(subject: Subject, signal?: AbortSignal): Promise<PortalFindings>;
}

/** What the Portal database itself notes of anonymizations. */
export interface PortalLedger {
  /** Waits for a run that goes on. @returns undefined when none has committed, and none will */
  outcomeOf(requestId: string): Promise<AnonymizationOutcome | undefined>;
}

/** Cleans up behind the change, as a role that may: pages, statistics, statement texts. */
export interface PortalMaintainer {
  /** @param tables `schema.table` of those that changed @returns what was not done, in words without names */
  maintain(tables: readonly string[], signal?: AbortSignal): Promise<readonly string[]>;
}

/** What a search of the whole database found, by another way than the change. */
export interface Verification {
  /** Occurrences where UPDATE and maintenance reach. */
  readonly residue: number;
  /** Where, as `schema.table.column`, without the name. */
  readonly places: readonly string[];
  /** Where the name stands beyond that reach, in words without the name. */
  readonly outOfReach: readonly string[];
  /** `schema.table.column` of login accounts in which one names the Subject: no residue, since they are never changed. */
  readonly accounts: readonly string[];
  readonly tables: number;
  readonly columns: number;
}

/** Looks for the Subject's name from another role and session. */
export interface PortalVerifier {
  /** @throws {PortalDatabaseUnavailableError | PortalDatabaseError} also when a table cannot be read */
  verify(subject: Subject, signal?: AbortSignal): Promise<Verification>;
}

/** Names that the Portal holds, as its columns spell them; one may come more than once. */
export interface PortalNames {
  /** @throws {PortalDatabaseUnavailableError | PortalDatabaseError} */
  list(kinds: readonly SubjectKind[], signal?: AbortSignal): AsyncIterable<readonly Subject[]>;
}
