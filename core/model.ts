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

/** Progress of one source. `rows` CSV rows without headers, `bytes` of CSV before compression. */
export interface SourceProgress {
  readonly source: Source;
  /** The Engine's id, or `portal`. */
  readonly sourceId: string;
  /** The Engine's name, or `portal`. */
  readonly name: string;
  readonly state: SourceState;
  readonly rows: number;
  readonly bytes: number;
  /** Name of the error of `core/errors.ts` that ended it, when it failed. */
  readonly reason?: string;
  /** CSV file that is being written, while it runs. */
  readonly current?: string;
}

export type RequestKind = 'retrieve' | 'anonymize';

/** The finished archive. `byteLength` bytes; `expiresAt` ISO 8601 UTC. */
export interface Bundle {
  readonly bundleKey: string;
  readonly byteLength: number;
  readonly expiresAt: string;
}

/** A short-lived way to one Bundle; never stored, never logged (D6). */
export interface Link {
  readonly url: string;
  readonly expiresAt: string;
}

/** Rows changed per Portal table by an anonymization, without names. */
export interface Receipt {
  readonly rowsByTable: Readonly<Record<string, number>>;
  /** Occurrences of the name found after the commit by another role; 0 or the Request has failed. */
  readonly residue: number;
}

/** A Request as it is stored: nothing personal in it. Times are ISO 8601 UTC. */
export interface RequestRecord {
  readonly requestId: string;
  readonly kind: RequestKind;
  readonly subjectKind: SubjectKind;
  readonly sources: readonly Source[];
  /** Opaque id of who asked (`sub` of the token). */
  readonly callerId: string;
  /** The Caller's own non-personal reference, for lists. */
  readonly reference?: string;
  readonly state: RequestState;
  readonly attempt: number;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly cancelRequested: boolean;
  /** `full`: an Engine accepted the login; `unverified`: only the password could be checked (R4). */
  readonly accountPrivacy: 'full' | 'unverified';
  readonly bundle?: Bundle;
  readonly receipt?: Receipt;
  /** Name of the error of `core/errors.ts` that ended it. */
  readonly failure?: string;
}

export type RequestState =
  | 'QUEUED'
  | 'RUNNING'
  | 'MERGING'
  | 'CANCELLING'
  | 'COMPLETED'
  | 'COMPLETED_WITH_ERRORS'
  | 'FAILED'
  | 'CANCELLED';

/** How the certificate of an Engine or of the Portal is trusted (R11). `until`: ISO date after which `insecure` ends. */
export type Trust =
  | { readonly mode: 'ca'; readonly pem?: string | undefined }
  | { readonly mode: 'fingerprint'; readonly sha256: string }
  | { readonly mode: 'insecure'; readonly until: string };

/** A Request as the HTTP API shows it (`GET /v1/requests/{requestId}`). */
export interface RequestView extends Omit<RequestRecord, 'callerId' | 'bundle' | 'cancelRequested'> {
  readonly progress: readonly SourceProgress[];
  readonly bundle?: Omit<Bundle, 'bundleKey'>;
}

/** Body of `POST /v1/requests`. `sources` for a retrieval, `irreversible: true` for an anonymization (R13). */
export type StartRequestBody =
  | {
      readonly kind: 'retrieve';
      readonly subject: Subject;
      readonly sources: readonly Source[];
      readonly login: Login;
      readonly reference?: string;
    }
  | {
      readonly kind: 'anonymize';
      readonly subject: Subject;
      readonly irreversible: true;
      readonly login: Login;
      readonly reference?: string;
    };

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
  readonly errors?: readonly { readonly pointer: string; readonly detail: string }[];
}
