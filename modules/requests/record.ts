import type { LifeFacts } from './deadline-facts.ts';
import type { Receipt, SignedCertificate } from './proof.ts';
import type { Source } from './source.ts';
import type { CoUsers, SubjectKind } from './subject.ts';

export type RequestKind = 'retrieve' | 'anonymize';

/** The finished archive. `byteLength` bytes; `expiresAt` ISO 8601 UTC. */
export interface Archive {
  readonly archiveKey: string;
  /** Name that a download gets, when it is not `gdpr-data.tar.gz`. */
  readonly fileName?: string;
  readonly byteLength: number;
  readonly expiresAt: string;
}

/** A Request as it is stored: nothing personal in it. Times are ISO 8601 UTC. */
export interface RequestRecord extends LifeFacts {
  readonly requestId: string;
  readonly kind: RequestKind;
  readonly subjectKind: SubjectKind;
  readonly sources: readonly Source[];
  /** Opaque id of who asked (`sub` of the token). */
  readonly callerId: string;
  /** Opaque ids of further Callers to whom the archive is delivered. */
  readonly recipients?: readonly string[];
  /** The Caller's own non-personal reference, for lists. */
  readonly reference?: string;
  /** The ticket that it came from: the connection of the settings, and the ticket's key there. */
  readonly ticket?: { readonly connectionId: string; readonly key: string };
  /** For an anonymization of a name that came back: the Request that anonymized it first. */
  readonly followUpOf?: string;
  readonly state: RequestState;
  readonly attempt: number;
  /** Id of the call that asked for this attempt, when one did. */
  readonly rerunCallId?: string;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly cancelRequested: boolean;
  /** `full`: an Engine accepted the login; `unverified`: only the password could be checked (R4). */
  readonly accountPrivacy: 'full' | 'unverified';
  /** For a retrieval: what becomes of other people's names; `keep` when absent. */
  readonly coUsers?: CoUsers;
  readonly archive?: Archive;
  /** How it ended: `sources`, how many of them are `missing`, `rows` and `bytes` of CSV. */
  readonly counts?: Readonly<Record<string, number>>;
  /** For an anonymization started after a preview: what it agreed to; tells nothing without its sealed nonce. */
  readonly planDigest?: string;
  /** When the archive and all it was made of were destroyed on demand. */
  readonly destroyedAt?: string;
  /** When the sweeper removed all but this record. */
  readonly sweptAt?: string;
  readonly receipt?: Receipt;
  /** When an anonymization was let commit: from then on the Portal's ledger alone tells whether it has. */
  readonly commitStartedAt?: string;
  /** Tables and columns that a failure was about, without names of people. */
  readonly places?: readonly string[];
  readonly certificate?: SignedCertificate;
  /** Name of the error of `modules/common/errors.ts` that ended it. */
  readonly failure?: string;
}

export type RequestState =
  | 'AWAITING_APPROVAL'
  | 'AWAITING_LOGIN'
  | 'QUEUED'
  | 'RUNNING'
  | 'MERGING'
  | 'CANCELLING'
  | 'COMPLETED'
  | 'COMPLETED_WITH_ERRORS'
  | 'FAILED'
  | 'CANCELLED'
  | 'DENIED'
  | 'EXPIRED';
