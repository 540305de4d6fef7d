import type { PortalPerson } from '../engines/find-subjects.ts';
import type { Receipt, Rehearsal } from '../requests/record.ts';
import type { DecidedSubject, SealedSubject, Subject, SubjectKind } from '../requests/subject.ts';
import type { PortalSubject } from '../requests/subjects/person.ts';
import type { PortalFindings } from './agreed-preview.ts';

/** Rows of one Portal table about the Subject, in batches; `null` is an empty cell. */
export interface PortalRows {
  /** Path in the archive without `portal/` and `.csv`, such as `count_metric_details`. */
  readonly file: string;
  readonly columns: readonly string[];
  readonly batches: AsyncIterable<readonly (readonly (string | null)[])[]>;
}

/** The Portal's PostgreSQL, read in one repeatable-read snapshot by a read-only role. */
export interface PortalDatabase {
  readSubject(subject: Subject, signal?: AbortSignal): AsyncIterable<PortalRows>;
}

/** The result of a committed anonymization, without names. The Portal's ledger keeps it, too. */
export type AnonymizationOutcome = Pick<Receipt, 'rowsByTable' | 'writtenByTriggers' | 'mentions' | 'lookalikes'> &
  Required<Pick<Receipt, 'scanned' | 'controls'>>;

/** Checks during an anonymization. If one throws, everything is rolled back. */
export interface AnonymizationGates {
  /** Gets the findings in the snapshot that will change; absent when there is no agreed preview. */
  readonly mayStart?: (findings: PortalFindings) => void;
  /** Called directly before the commit, with what the run searched for. */
  readonly mayCommit: (person: PortalSubject) => Promise<void>;
}

/** Replaces the Subject's name in the Portal database, in one transaction. */
export interface PortalAnonymizer {
  /** Harmless to repeat: after a committed run of the same Request it returns the same outcome. @throws errors.ts; nothing changed */
  anonymize(
    requestId: string,
    subject: DecidedSubject,
    token: string,
    gates: AnonymizationGates,
    signal?: AbortSignal,
  ): Promise<AnonymizationOutcome>;
}

/** What a rehearsal is about: `most` rows in each pass, with `token` in place of the name. */
export interface Rehearsed extends Pick<AnonymizationGates, 'mayStart'> {
  readonly subject: DecidedSubject;
  readonly token: string;
  readonly most: number;
}

/** Does every step of an anonymization and rolls it back. @throws {PortalBusyError} others hold locks; as `anonymize` */
export type Rehearse = (what: Rehearsed, signal?: AbortSignal) => Promise<Rehearsal>;

/** What an anonymization would find and change, counted by a role that may only select. */
export interface PortalPreview {
  findSubject(subject: DecidedSubject, signal?: AbortSignal): Promise<PortalFindings>;
  /** The people, or devices, whom a name may mean; none without identity tables. */
  listPeople(subject: Subject, signal?: AbortSignal): Promise<readonly PortalPerson[]>;
}

/** The record of anonymizations in the Portal database itself. */
export interface PortalLedger {
  /** Waits for a running run. @returns undefined when none has committed, and none will */
  outcomeOf(requestId: string): Promise<AnonymizationOutcome | undefined>;
}

/** Cleans up after the change with a role for maintenance: pages, statistics, statement texts. */
export interface PortalMaintainer {
  /** @param tables `schema.table` of those that changed @returns what was not done, in words without names */
  maintain(tables: readonly string[], signal?: AbortSignal): Promise<readonly string[]>;
}

/** Result of a search of the whole database, done in another way than the change. */
export interface Verification extends Required<Pick<Receipt, 'residue' | 'verified' | 'outOfReach' | 'accounts'>> {
  /** Where the residue is, as `schema.table.column`, without the name. */
  readonly places: readonly string[];
}

/** Searches for the sealed `person` by another role; for the name wherever it stands when a version up to 0.2 has sealed none. */
export interface PortalVerifier {
  /** @throws {PortalDatabaseUnavailableError | PortalDatabaseError} also when a table cannot be read */
  verify(subject: SealedSubject, signal?: AbortSignal): Promise<Verification>;
}

/** Names in the Portal, as its columns spell them. A name may occur more than once. */
export interface PortalNames {
  list(kinds: readonly SubjectKind[], signal?: AbortSignal): AsyncIterable<readonly Subject[]>;
}
