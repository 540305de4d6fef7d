import type { LifeFacts } from './deadline-facts.ts';
import type { Receipt, SignedCertificate } from './proof.ts';

/** Whom the data is about (R1): one user or one device, never both. */
export type SubjectKind = 'user' | 'device';

/** A name exactly as the Operator typed it. It is personal data: it travels sealed, never in a key, a log or an execution. */
export interface Subject {
  readonly kind: SubjectKind;
  readonly name: string;
}

/** Where data is asked for (R2). */
export type Source = 'engine' | 'portal';

/** The Nexthink account of the Operator, Data privacy "none (full access)" (R4). Travels sealed. */
export interface Login {
  readonly username: string;
  readonly password: string;
}

/** What work is started with: somebody's login, or the word for the system's own account, for Callers without a person. */
export type GivenLogin = Login | 'service-account';

/** One Engine as the Portal's List Engines API tells of it. Source: domain/portal.md section 1. */
export interface Engine {
  /** `databaseUID`: stable over renames; safe in object keys (`[A-Za-z0-9_-]+`). */
  readonly engineId: string;
  readonly name: string;
  /** `CONNECTED`, `DISCONNECTED` or `CONNECTING`; anything but the first counts as missing (R5). */
  readonly status: string;
  readonly address: string;
  /** IANA name as the Engine tells it; `UTC` when it tells none that is known. */
  readonly timezone: string;
  readonly version: string;
}

/** What is known of one Engine's, or the Portal's, share of a Request. `EMPTY`: it answered and holds nothing. */
export const SOURCE_STATES = [
  'PENDING',
  'RUNNING',
  'DONE',
  'EMPTY',
  'NO_LICENCE',
  'UNREACHABLE',
  'TLS_FAILED',
  'AUTH_FAILED',
  'TIMED_OUT',
  'REJECTED_QUERY',
  'FAILED',
  'CANCELLED',
] as const;
export type SourceState = (typeof SOURCE_STATES)[number];

export type RequestKind = 'retrieve' | 'anonymize';

/** The finished archive. `byteLength` bytes; `expiresAt` ISO 8601 UTC. */
export interface Bundle {
  readonly bundleKey: string;
  /** Name that a download gets, when it is not `gdpr-data.tar.gz`. */
  readonly fileName?: string;
  readonly byteLength: number;
  readonly expiresAt: string;
}

/** Whether names of people other than the Subject stay in an archive, or stand-ins take their place. */
export type CoUsers = 'keep' | 'mask';

/** A short-lived way to one Bundle; never stored, never logged (D6). */
export interface Link {
  readonly url: string;
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
  readonly bundle?: Bundle;
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

/** How the certificate of an Engine or of the Portal is trusted (R11). `until`: ISO date after which `insecure` ends. */
export type Trust =
  | { readonly mode: 'ca'; readonly pem?: string | undefined }
  | { readonly mode: 'fingerprint'; readonly sha256: string }
  | { readonly mode: 'insecure'; readonly until: string };

/** Answer of `POST /v1/engines`: the Engines list of the dialog (R5). */
export interface EnginesView {
  readonly federation: 'configured' | 'all-listed';
  readonly engines: readonly Omit<Engine, 'address'>[];
}

/** RFC 9457 problem details; `errors` point into the body with JSON pointers (RFC 6901). */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  /** The Request that is in the way. */
  readonly requestId?: string;
  /** Seconds after which the same call may do better. */
  readonly retryAfter?: number;
  readonly errors?: readonly { readonly pointer: string; readonly detail: string }[];
}
