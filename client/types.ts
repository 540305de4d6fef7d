/* Made from docs/openapi.json by `npm run generate`. */

export type StartRequest =
  | {
      kind: 'retrieve';
      subject: {
        kind: 'user' | 'device';
        name: string;
        /**
         * Names of accounts, as POST /v1/subjects shows them; needed when the name may mean several
         *
         * @minItems 1
         * @maxItems 20
         */
        accounts?: string[];
        /**
         * The login is a common word, such as `may`: alone in a text of somebody else it is only a mention
         */
        commonWord?: boolean;
      };
      /**
       * @minItems 1
       */
      sources: ('engine' | 'portal')[];
      coUsers?: 'keep' | 'mask';
      login?: Login | 'service-account';
      reference?: string;
      /**
       * @minItems 1
       * @maxItems 10
       */
      recipients?: string[];
      /**
       * For the operators; it must name nobody
       */
      note?: string;
      /**
       * When the person asked: the deadline counts from that day. Default: that of the case, else now
       */
      receivedAt?: string;
    }
  | {
      kind: 'anonymize';
      irreversible: true;
      subject: {
        kind: 'user' | 'device';
        name: string;
        /**
         * Names of accounts, as POST /v1/subjects shows them; needed when the name may mean several
         *
         * @minItems 1
         * @maxItems 20
         */
        accounts?: string[];
        /**
         * The login is a common word, such as `may`: alone in a text of somebody else it is only a mention
         */
        commonWord?: boolean;
      };
      planHash?: string;
      mentions?: {
        [k: string]: 'keep' | 'change';
      };
      login?: Login | 'service-account';
      reference?: string;
      /**
       * @minItems 1
       * @maxItems 10
       */
      recipients?: string[];
      /**
       * For the operators; it must name nobody
       */
      note?: string;
      /**
       * When the person asked: the deadline counts from that day. Default: that of the case, else now
       */
      receivedAt?: string;
    }
  | {
      kind: 'rehearse';
      subject: {
        kind: 'user' | 'device';
        name: string;
        /**
         * Names of accounts, as POST /v1/subjects shows them; needed when the name may mean several
         *
         * @minItems 1
         * @maxItems 20
         */
        accounts?: string[];
        /**
         * The login is a common word, such as `may`: alone in a text of somebody else it is only a mention
         */
        commonWord?: boolean;
      };
      planHash?: string;
      mentions?: {
        [k: string]: 'keep' | 'change';
      };
      login?: Login | 'service-account';
      reference?: string;
      /**
       * @minItems 1
       * @maxItems 10
       */
      recipients?: string[];
      /**
       * For the operators; it must name nobody
       */
      note?: string;
      /**
       * When the person asked: the deadline counts from that day. Default: that of the case, else now
       */
      receivedAt?: string;
    }
  | {
      kind: 'remove';
      subject: {
        kind: 'device';
        name: string;
      };
      login?: Login | 'service-account';
      reference?: string;
      /**
       * @minItems 1
       * @maxItems 10
       */
      recipients?: string[];
      /**
       * For the operators; it must name nobody
       */
      note?: string;
      /**
       * When the person asked: the deadline counts from that day. Default: that of the case, else now
       */
      receivedAt?: string;
    };
export type Deadline =
  | {
      action: 'pause';
      reason: 'identity' | 'scope';
    }
  | {
      action: 'resume';
    }
  | {
      action: 'extend';
      reason: 'complexity' | 'number-of-requests';
      months?: 1 | 2;
    };

export interface Components {
  StartRequest: StartRequest;
  Preview: Preview;
  GivenLogin: GivenLogin;
  LoginOnly: LoginOnly;
  FindSubjects: FindSubjects;
  FindDevice: FindDevice;
  Approve: Approve;
  Deny: Deny;
  Deadline: Deadline;
  Handover: Handover;
  TicketEvent: TicketEvent;
  Login: Login;
  RequestView: RequestView;
  StartedView: StartedView;
  RequestSummary: RequestSummary;
  RequestsView: RequestsView;
  SourceProgress: SourceProgress;
  Receipt: Receipt;
  Rehearsal: Rehearsal;
  PreviewView: PreviewView;
  DoctorReport: DoctorReport;
  EnginesView: EnginesView;
  NamesView: NamesView;
  SubjectsView: SubjectsView;
  DeviceView: DeviceView;
  RedirectionView: RedirectionView;
  Link: Link;
  Manifest: Manifest;
  SignedCertificate: SignedCertificate;
  AuditEntry: AuditEntry;
  EventsView: EventsView;
  AnchorsView: AnchorsView;
  Nonce: Nonce;
  Health: Health;
  OpenApi: OpenApi;
  Problem: Problem;
  GatewayMessage: GatewayMessage;
}
export interface Login {
  username: string;
  password: string;
}
export interface Preview {
  kind: 'retrieve' | 'anonymize';
  subject: {
    kind: 'user' | 'device';
    name: string;
    /**
     * Names of accounts, as POST /v1/subjects shows them; needed when the name may mean several
     *
     * @minItems 1
     * @maxItems 20
     */
    accounts?: string[];
    /**
     * The login is a common word, such as `may`: alone in a text of somebody else it is only a mention
     */
    commonWord?: boolean;
  };
  mentions?: {
    [k: string]: 'keep' | 'change';
  };
  login: Login;
}
export interface GivenLogin {
  login: Login | 'service-account';
}
export interface LoginOnly {
  login: Login;
}
export interface FindSubjects {
  subject: {
    kind: 'user' | 'device';
    name: string;
  };
  login: Login;
}
export interface FindDevice {
  name: string;
  login: Login;
}
export interface Approve {
  planHash?: string;
}
export interface Deny {
  reasonCode: 'identity-not-verified' | 'not-entitled' | 'duplicate' | 'manifestly-unfounded' | 'withdrawn' | 'other';
}
export interface Handover {
  /**
   * When it was handed over; default: now
   */
  at?: string;
  to: 'person' | 'representative' | 'other';
}
/**
 * As the vendor sends it (docs/tickets.md); only the key of the ticket is used
 */
export interface TicketEvent {
  [k: string]: unknown;
}
/**
 * Holds no personal data
 */
export interface RequestView {
  requestId: string;
  kind: 'retrieve' | 'anonymize' | 'rehearse' | 'remove';
  subjectKind: 'user' | 'device';
  sources: ('engine' | 'portal')[];
  /**
   * The caller's reference, such as a case number
   */
  reference?: string;
  /**
   * What the caller noted at the start
   */
  note?: string;
  /**
   * The first request that anonymized the name, which came back
   */
  followUpOf?: string;
  /**
   * The login is a common word
   */
  commonWord?: boolean;
  /**
   * The ticket that started it
   */
  ticket?: {
    connectionId: string;
    key: string;
  };
  state:
    | 'AWAITING_APPROVAL'
    | 'AWAITING_LOGIN'
    | 'AWAITING_REMOVAL'
    | 'QUEUED'
    | 'RUNNING'
    | 'MERGING'
    | 'VERIFYING'
    | 'CANCELLING'
    | 'COMPLETED'
    | 'COMPLETED_WITH_ERRORS'
    | 'NOTHING_FOUND'
    | 'FAILED'
    | 'CANCELLED'
    | 'DENIED'
    | 'EXPIRED';
  /**
   * 1; each rerun adds one
   */
  attempt: number;
  createdAt: string;
  updatedAt: string;
  deadline: {
    /**
     * When the person made the request
     */
    receivedAt: string;
    /**
     * Time zone in which its days are counted; UTC when absent
     */
    zone?: string;
    pauses: {
      from: string;
      to?: string;
      reason: 'identity' | 'scope';
    }[];
    extension?: {
      months: 1 | 2;
      reason: 'complexity' | 'number-of-requests';
      at: string;
    };
  };
  /**
   * When the request expires, while it waits for a person; in VERIFYING, when it is tried again
   */
  waitsUntil?: string;
  approvedAt?: string;
  deniedAt?: string;
  denialReason?:
    'identity-not-verified' | 'not-entitled' | 'duplicate' | 'manifestly-unfounded' | 'withdrawn' | 'other';
  /**
   * `full`: an Engine accepted the login
   */
  accountPrivacy: 'full' | 'unverified';
  coUsers?: 'keep' | 'mask';
  /**
   * Digest of the preview that the anonymization was started with
   */
  planDigest?: string;
  /**
   * That the answer was handed over
   */
  handover?: {
    at: string;
    to: 'person' | 'representative' | 'other';
  };
  /**
   * When a caller deleted the archive
   */
  destroyedAt?: string;
  /**
   * When everything except this record was deleted, because its retention period ended
   */
  sweptAt?: string;
  /**
   * When the anonymization was allowed to commit
   */
  commitStartedAt?: string;
  /**
   * Tables and columns that caused the failure
   */
  places?: string[];
  /**
   * Name of the error that ended it
   */
  failure?: string;
  /**
   * Until when a failed retrieval keeps what it has retrieved, and can be rerun
   */
  rerunUntil?: string;
  /**
   * Result: numbers of rows, bytes and sources
   */
  counts?: {
    [k: string]: number;
  };
  receipt?: Receipt;
  rehearsal?: Rehearsal;
  /**
   * Absent before the first check
   */
  removal?: {
    checkedAt: string;
    /**
     * While it is open; absent when there is no service account, so that nothing checks by itself
     */
    nextCheckAt?: string;
    /**
     * Only `attested` says that what was not seen is gone
     */
    accountScope?: 'attested' | 'unverified';
    engines: {
      /**
       * The Engine's name
       */
      name: string;
      /**
       * `UNKNOWN`: it could not be asked, so it may hold the device
       */
      state: 'HELD' | 'ABSENT' | 'UNKNOWN';
      /**
       * Error of an `UNKNOWN` one; `NO_DEVICE`: it shows no device at all
       */
      reason?: string;
      /**
       * Steps by hand that the Engine does not show as done, in their order: uninstall the Collector; in the Finder edit the device: Storage = remove; wait until it has not been active for 24 hours
       */
      open: ('uninstall-collector' | 'set-storage-to-remove' | 'wait-24-hours')[];
      /**
       * The last check that found the device there
       */
      heldAt?: string;
    }[];
  };
  /**
   * The finished archive
   */
  archive?: {
    fileName?: string;
    byteLength: number;
    expiresAt: string;
  };
  /**
   * Deadline: the last second of the day
   */
  dueAt: string;
  /**
   * What the answer needs next; absent once it is handed over
   */
  needs?: 'approval' | 'login' | 'removal' | 'result' | 'retry' | 'handover';
  /**
   * Days until the deadline, in its zone; less than 0 when it is over
   */
  daysLeft?: number;
  progress: SourceProgress[];
  /**
   * How much of the work is done, while it runs
   */
  estimate?: {
    share: number;
    secondsLeft?: number;
  };
}
export interface Receipt {
  /**
   * Rows changed, by table
   */
  rowsByTable: {
    [k: string]: number;
  };
  /**
   * Further rows, which triggers wrote meanwhile, by table
   */
  writtenByTriggers?: {
    [k: string]: number;
  };
  /**
   * What was searched before the commit; the name was not found
   */
  scanned?: {
    tables: number;
    columns: number;
  };
  /**
   * How the system checked that no other row changed
   */
  controls?: 'full' | 'totals';
  /**
   * What was not cleaned up after the change
   */
  unmaintained?: string[];
  /**
   * Occurrences of the name that another role found after the commit
   */
  residue?: number;
  /**
   * What that role searched
   */
  verified?: {
    tables: number;
    columns: number;
  };
  /**
   * Places that cannot be changed and still hold the name
   */
  outOfReach?: string[];
  /**
   * Columns of the Portal's login accounts that still name the subject
   */
  accounts?: string[];
  /**
   * Words that are the name but belong to others and were kept, by place
   */
  mentions?: {
    [k: string]: number;
  };
  /**
   * Words that only look like the name, which are never changed, by place
   */
  lookalikes?: {
    [k: string]: number;
  };
  /**
   * HMAC-SHA256 of kind and name under the nonce, hex
   */
  commitment?: string;
  /**
   * Absent for version 1: the name as it was typed
   */
  commitmentVersion?: 2;
}
export interface Rehearsal {
  /**
   * Rows changed, by table
   */
  rowsByTable: {
    [k: string]: number;
  };
  /**
   * Further rows, which triggers wrote meanwhile, by table
   */
  writtenByTriggers?: {
    [k: string]: number;
  };
  /**
   * Why an anonymization would be refused: places, and what to change
   */
  refusals: string[];
  /**
   * What the rehearsal has not tried
   */
  notTried: string[];
  /**
   * How long rows were locked
   */
  lockedSeconds: number;
}
export interface SourceProgress {
  source: 'engine' | 'portal';
  /**
   * The Engine's id, or `portal`
   */
  sourceId: string;
  /**
   * The Engine's name, or `portal`
   */
  name: string;
  /**
   * `EMPTY`: the source answered and holds no data
   */
  state:
    | 'PENDING'
    | 'RUNNING'
    | 'DONE'
    | 'EMPTY'
    | 'NO_LICENCE'
    | 'UNREACHABLE'
    | 'TLS_FAILED'
    | 'AUTH_FAILED'
    | 'TIMED_OUT'
    | 'REJECTED_QUERY'
    | 'FAILED'
    | 'CANCELLED';
  /**
   * What it is doing while it is PENDING or RUNNING; absent while it waits for its turn
   */
  phase?: 'CHECKING_ACCOUNT' | 'PREPARING' | 'QUERYING' | 'WRITING';
  /**
   * CSV rows so far, without headers; those of an answer that is not whole yet count too
   */
  rows: number;
  /**
   * Their bytes in the archive, compressed
   */
  bytes: number;
  /**
   * Name of the error that ended it
   */
  reason?: string;
  /**
   * Number of ranges of files that could not be retrieved
   */
  gaps?: number;
  /**
   * When it last reported; while it works, every two seconds
   */
  updatedAt?: string;
  /**
   * When it goes on: another request uses the Engine, or the Engine asked for a pause
   */
  waitsUntil?: string;
  /**
   * CSV file that is being written
   */
  current?: string;
  /**
   * Days that are being queried
   */
  window?: {
    from: string;
    to: string;
  };
  /**
   * Share of its queries that are answered
   */
  share?: number;
  secondsLeft?: number;
}
/**
 * Holds no personal data
 */
export interface StartedView {
  requestId: string;
  kind: 'retrieve' | 'anonymize' | 'rehearse' | 'remove';
  subjectKind: 'user' | 'device';
  sources: ('engine' | 'portal')[];
  /**
   * The caller's reference, such as a case number
   */
  reference?: string;
  /**
   * What the caller noted at the start
   */
  note?: string;
  /**
   * The first request that anonymized the name, which came back
   */
  followUpOf?: string;
  /**
   * The login is a common word
   */
  commonWord?: boolean;
  /**
   * The ticket that started it
   */
  ticket?: {
    connectionId: string;
    key: string;
  };
  state:
    | 'AWAITING_APPROVAL'
    | 'AWAITING_LOGIN'
    | 'AWAITING_REMOVAL'
    | 'QUEUED'
    | 'RUNNING'
    | 'MERGING'
    | 'VERIFYING'
    | 'CANCELLING'
    | 'COMPLETED'
    | 'COMPLETED_WITH_ERRORS'
    | 'NOTHING_FOUND'
    | 'FAILED'
    | 'CANCELLED'
    | 'DENIED'
    | 'EXPIRED';
  /**
   * 1; each rerun adds one
   */
  attempt: number;
  createdAt: string;
  updatedAt: string;
  deadline: {
    /**
     * When the person made the request
     */
    receivedAt: string;
    /**
     * Time zone in which its days are counted; UTC when absent
     */
    zone?: string;
    pauses: {
      from: string;
      to?: string;
      reason: 'identity' | 'scope';
    }[];
    extension?: {
      months: 1 | 2;
      reason: 'complexity' | 'number-of-requests';
      at: string;
    };
  };
  /**
   * When the request expires, while it waits for a person; in VERIFYING, when it is tried again
   */
  waitsUntil?: string;
  approvedAt?: string;
  deniedAt?: string;
  denialReason?:
    'identity-not-verified' | 'not-entitled' | 'duplicate' | 'manifestly-unfounded' | 'withdrawn' | 'other';
  /**
   * `full`: an Engine accepted the login
   */
  accountPrivacy: 'full' | 'unverified';
  coUsers?: 'keep' | 'mask';
  /**
   * Digest of the preview that the anonymization was started with
   */
  planDigest?: string;
  /**
   * That the answer was handed over
   */
  handover?: {
    at: string;
    to: 'person' | 'representative' | 'other';
  };
  /**
   * When a caller deleted the archive
   */
  destroyedAt?: string;
  /**
   * When everything except this record was deleted, because its retention period ended
   */
  sweptAt?: string;
  /**
   * When the anonymization was allowed to commit
   */
  commitStartedAt?: string;
  /**
   * Tables and columns that caused the failure
   */
  places?: string[];
  /**
   * Name of the error that ended it
   */
  failure?: string;
  /**
   * Until when a failed retrieval keeps what it has retrieved, and can be rerun
   */
  rerunUntil?: string;
  /**
   * Result: numbers of rows, bytes and sources
   */
  counts?: {
    [k: string]: number;
  };
  receipt?: Receipt;
  rehearsal?: Rehearsal;
  /**
   * Absent before the first check
   */
  removal?: {
    checkedAt: string;
    /**
     * While it is open; absent when there is no service account, so that nothing checks by itself
     */
    nextCheckAt?: string;
    /**
     * Only `attested` says that what was not seen is gone
     */
    accountScope?: 'attested' | 'unverified';
    engines: {
      /**
       * The Engine's name
       */
      name: string;
      /**
       * `UNKNOWN`: it could not be asked, so it may hold the device
       */
      state: 'HELD' | 'ABSENT' | 'UNKNOWN';
      /**
       * Error of an `UNKNOWN` one; `NO_DEVICE`: it shows no device at all
       */
      reason?: string;
      /**
       * Steps by hand that the Engine does not show as done, in their order: uninstall the Collector; in the Finder edit the device: Storage = remove; wait until it has not been active for 24 hours
       */
      open: ('uninstall-collector' | 'set-storage-to-remove' | 'wait-24-hours')[];
      /**
       * The last check that found the device there
       */
      heldAt?: string;
    }[];
  };
  /**
   * The finished archive
   */
  archive?: {
    fileName?: string;
    byteLength: number;
    expiresAt: string;
  };
  /**
   * Deadline: the last second of the day
   */
  dueAt: string;
  /**
   * What the answer needs next; absent once it is handed over
   */
  needs?: 'approval' | 'login' | 'removal' | 'result' | 'retry' | 'handover';
  /**
   * Days until the deadline, in its zone; less than 0 when it is over
   */
  daysLeft?: number;
  progress: SourceProgress[];
  /**
   * How much of the work is done, while it runs
   */
  estimate?: {
    share: number;
    secondsLeft?: number;
  };
  /**
   * Other requests about the same name that the caller may see
   */
  duplicates: string[];
  /**
   * Number of further ones that the caller may not see
   */
  otherDuplicates: number;
}
/**
 * A request without its progress
 */
export interface RequestSummary {
  requestId: string;
  kind: 'retrieve' | 'anonymize' | 'rehearse' | 'remove';
  subjectKind: 'user' | 'device';
  sources: ('engine' | 'portal')[];
  /**
   * The caller's reference, such as a case number
   */
  reference?: string;
  /**
   * What the caller noted at the start
   */
  note?: string;
  /**
   * The first request that anonymized the name, which came back
   */
  followUpOf?: string;
  /**
   * The login is a common word
   */
  commonWord?: boolean;
  /**
   * The ticket that started it
   */
  ticket?: {
    connectionId: string;
    key: string;
  };
  state:
    | 'AWAITING_APPROVAL'
    | 'AWAITING_LOGIN'
    | 'AWAITING_REMOVAL'
    | 'QUEUED'
    | 'RUNNING'
    | 'MERGING'
    | 'VERIFYING'
    | 'CANCELLING'
    | 'COMPLETED'
    | 'COMPLETED_WITH_ERRORS'
    | 'NOTHING_FOUND'
    | 'FAILED'
    | 'CANCELLED'
    | 'DENIED'
    | 'EXPIRED';
  /**
   * 1; each rerun adds one
   */
  attempt: number;
  createdAt: string;
  updatedAt: string;
  deadline: {
    /**
     * When the person made the request
     */
    receivedAt: string;
    /**
     * Time zone in which its days are counted; UTC when absent
     */
    zone?: string;
    pauses: {
      from: string;
      to?: string;
      reason: 'identity' | 'scope';
    }[];
    extension?: {
      months: 1 | 2;
      reason: 'complexity' | 'number-of-requests';
      at: string;
    };
  };
  /**
   * When the request expires, while it waits for a person; in VERIFYING, when it is tried again
   */
  waitsUntil?: string;
  approvedAt?: string;
  deniedAt?: string;
  denialReason?:
    'identity-not-verified' | 'not-entitled' | 'duplicate' | 'manifestly-unfounded' | 'withdrawn' | 'other';
  /**
   * `full`: an Engine accepted the login
   */
  accountPrivacy: 'full' | 'unverified';
  coUsers?: 'keep' | 'mask';
  /**
   * Digest of the preview that the anonymization was started with
   */
  planDigest?: string;
  /**
   * That the answer was handed over
   */
  handover?: {
    at: string;
    to: 'person' | 'representative' | 'other';
  };
  /**
   * When a caller deleted the archive
   */
  destroyedAt?: string;
  /**
   * When everything except this record was deleted, because its retention period ended
   */
  sweptAt?: string;
  /**
   * When the anonymization was allowed to commit
   */
  commitStartedAt?: string;
  /**
   * Tables and columns that caused the failure
   */
  places?: string[];
  /**
   * Name of the error that ended it
   */
  failure?: string;
  /**
   * Until when a failed retrieval keeps what it has retrieved, and can be rerun
   */
  rerunUntil?: string;
  /**
   * Result: numbers of rows, bytes and sources
   */
  counts?: {
    [k: string]: number;
  };
  receipt?: Receipt;
  rehearsal?: Rehearsal;
  /**
   * Absent before the first check
   */
  removal?: {
    checkedAt: string;
    /**
     * While it is open; absent when there is no service account, so that nothing checks by itself
     */
    nextCheckAt?: string;
    /**
     * Only `attested` says that what was not seen is gone
     */
    accountScope?: 'attested' | 'unverified';
    engines: {
      /**
       * The Engine's name
       */
      name: string;
      /**
       * `UNKNOWN`: it could not be asked, so it may hold the device
       */
      state: 'HELD' | 'ABSENT' | 'UNKNOWN';
      /**
       * Error of an `UNKNOWN` one; `NO_DEVICE`: it shows no device at all
       */
      reason?: string;
      /**
       * Steps by hand that the Engine does not show as done, in their order: uninstall the Collector; in the Finder edit the device: Storage = remove; wait until it has not been active for 24 hours
       */
      open: ('uninstall-collector' | 'set-storage-to-remove' | 'wait-24-hours')[];
      /**
       * The last check that found the device there
       */
      heldAt?: string;
    }[];
  };
  /**
   * The finished archive
   */
  archive?: {
    fileName?: string;
    byteLength: number;
    expiresAt: string;
  };
  /**
   * Deadline: the last second of the day
   */
  dueAt: string;
  /**
   * What the answer needs next; absent once it is handed over
   */
  needs?: 'approval' | 'login' | 'removal' | 'result' | 'retry' | 'handover';
  /**
   * Days until the deadline, in its zone; less than 0 when it is over
   */
  daysLeft?: number;
}
export interface RequestsView {
  requests: RequestSummary[];
  /**
   * `cursor` of the next page; absent at the end
   */
  next?: string;
}
/**
 * What the Portal holds about a name. Personal data: it is not stored
 */
export interface PreviewView {
  kind: 'retrieve' | 'anonymize';
  subjectKind: 'user' | 'device';
  /**
   * Rows that an anonymization would change
   */
  rows: number;
  tables: {
    table: string;
    rows: number;
    exact: number;
    tokens: number;
    suspected: number;
  }[];
  /**
   * What identifies the subject. `strong`: it means the subject wherever it stands, else only in its own rows
   */
  identifiers: {
    text: string;
    strong: boolean;
  }[];
  /**
   * Spellings of the name in the database
   */
  spellings: string[];
  /**
   * Other names that contain this one
   */
  nearNames: string[];
  /**
   * Columns that hold the name although they are classified as not personal
   */
  unmapped: string[];
  /**
   * Places that cannot be changed
   */
  outOfReach: string[];
  /**
   * Columns of the Portal's login accounts that hold the name
   */
  accounts: string[];
  /**
   * Words of the name in what belongs to somebody else or to nobody, by column
   */
  mentions: {
    place: string;
    count: number;
  }[];
  /**
   * Some of the mentions as they stand, with all letters of other words masked
   */
  examples?: {
    place: string;
    text: string;
  }[];
  /**
   * Words that only begin or end like the name, by column; never changed
   */
  lookalikes: {
    place: string;
    count: number;
  }[];
  /**
   * Hash of this preview; send it when you start the anonymization
   */
  planHash?: string;
  /**
   * Earliest start of an anonymization
   */
  notBefore?: string;
}
export interface DoctorReport {
  at: string;
  /**
   * `ok`: all that is configured was measured, and nothing is wrong
   */
  state: 'fault' | 'warning' | 'ok';
  /**
   * Faults first
   */
  checks: {
    /**
     * What was looked at
     */
    name: string;
    /**
     * `warning`: it works, but see `evidence`; `not measured`: another fault prevents the check
     */
    state: 'fault' | 'warning' | 'not measured' | 'not configured' | 'ok';
    /**
     * What was measured, in words; no personal data
     */
    evidence: string;
    /**
     * The setting to change, or what else to do
     */
    mend?: string;
  }[];
}
export interface EnginesView {
  federation: 'configured' | 'all-listed';
  engines: {
    engineId: string;
    name: string;
    /**
     * `CONNECTED`, or why it cannot be queried
     */
    status: string;
    timezone: string;
    version: string;
    /**
     * Fields of its entry in List Engines that cannot be used
     */
    broken?: string[];
    /**
     * `WARNING`: it can be queried, but see `findings`; `NOT_READY`: it cannot
     */
    state: 'READY' | 'WARNING' | 'NOT_READY' | 'NOT_MEASURED';
    /**
     * What is wrong, and what to change; none when it is ready
     */
    findings: {
      /**
       * Stable
       */
      code:
        | 'name-unknown'
        | 'address-forbidden'
        | 'refused'
        | 'no-answer'
        | 'tls-silent'
        | 'no-tls'
        | 'certificate-issuer'
        | 'certificate-expired'
        | 'certificate-not-yet-valid'
        | 'certificate-no-alternative-name'
        | 'certificate-other-name'
        | 'certificate-other-fingerprint'
        | 'trust-ended'
        | 'listed-broken'
        | 'not-connected'
        | 'not-listed'
        | 'not-federated'
        | 'login-refused'
        | 'login-insufficient'
        | 'no-licence'
        | 'not-proved'
        | 'version-old'
        | 'clock-off'
        | 'timezone-unknown'
        | 'not-measured';
      /**
       * `fault`: the Engine cannot be queried; `warning`: it can; `unknown`: it was not measured
       */
      severity: 'fault' | 'warning' | 'unknown';
      /**
       * What is wrong, in one sentence
       */
      detail: string;
      /**
       * What to change: a field of settings.json, or where else
       */
      setting: string;
    }[];
    certificate?: {
      subject: string;
      alternativeNames: string[];
      issuer: string;
      validFrom: string;
      validTo: string;
      /**
       * Fingerprint, `AA:BB:...`, as `trust` of settings.json takes it
       */
      sha256: string;
    };
    /**
     * `engines.<name>.trust` for settings.json that trusts this certificate alone: compare the fingerprint on the Engine first
     */
    trust?:
      | {
          mode: 'ca';
          pem?: string;
        }
      | {
          mode: 'fingerprint';
          sha256: string;
        }
      | {
          mode: 'insecure';
          until: string;
        };
    /**
     * How far its clock is ahead of ours
     */
    clockSeconds?: number;
  }[];
}
/**
 * Names that the Engines know, to compare a Portal database with. Personal data: it is not stored
 */
export interface NamesView {
  users: string[];
  devices: string[];
  /**
   * Names of Engines that did not answer, or know more names than can be listed
   */
  missing: string[];
}
/**
 * Which accounts or devices a name may mean. Personal data: it is not stored
 */
export interface SubjectsView {
  subjectKind: 'user' | 'device';
  /**
   * Those that the name means, then those that it may mean
   */
  accounts: {
    /**
     * As the Engines store it; for `accounts` of a request
     */
    name: string;
    domain?: string;
    /**
     * False: the name may mean it, but its domain is not known. It is retrieved only when chosen
     */
    meant: boolean;
    /**
     * Names of the Engines that hold it
     */
    engines: string[];
    /**
     * Latest activity, in the Engine's own time zone
     */
    lastSeen?: string;
    /**
     * Devices used in the last 30 days, 10 at most
     */
    devices: string[];
    /**
     * Number of all of these
     */
    deviceCount: number;
    /**
     * The Portal knows it; what the Portal says of it
     */
    portal?: {
      fullName?: string;
      department?: string;
    };
  }[];
  /**
   * Other accounts of the same person; names like it, nearest first, when the name means no account
   */
  nearNames: string[];
  /**
   * What the Engines were queried for
   */
  tried: string[];
  /**
   * Number of Engines that answered
   */
  answered: number;
  /**
   * Engines that did not answer: they may hold more accounts
   */
  missing: {
    name: string;
    reason: string;
  }[];
}
/**
 * Where a device is, and which steps by hand are open. Personal data: it is not stored
 */
export interface DeviceView {
  checkedAt: string;
  /**
   * While it is open; absent when there is no service account, so that nothing checks by itself
   */
  nextCheckAt?: string;
  /**
   * Only `attested` says that what was not seen is gone
   */
  accountScope?: 'attested' | 'unverified';
  /**
   * Every federated Engine
   */
  engines: {
    /**
     * The Engine's name
     */
    name: string;
    /**
     * `UNKNOWN`: it could not be asked, so it may hold the device
     */
    state: 'HELD' | 'ABSENT' | 'UNKNOWN';
    /**
     * Error of an `UNKNOWN` one; `NO_DEVICE`: it shows no device at all
     */
    reason?: string;
    /**
     * Steps by hand that the Engine does not show as done, in their order: uninstall the Collector; in the Finder edit the device: Storage = remove; wait until it has not been active for 24 hours
     */
    open: ('uninstall-collector' | 'set-storage-to-remove' | 'wait-24-hours')[];
    /**
     * The last check that found the device there
     */
    heldAt?: string;
    devices: {
      /**
       * As the Engine stores it
       */
      name: string;
      /**
       * False: it may be the device, but its domain is not known
       */
      meant: boolean;
      /**
       * Last activity, in the Engine's own time zone
       */
      lastSeen?: string;
      /**
       * Where the Engine tells
       */
      storagePolicy?: string;
      /**
       * Active on it in the last 30 days, where the Engine tells
       */
      users?: string[];
    }[];
  }[];
  /**
   * Open removals of this name, in which the check is noted without names
   */
  requestIds: string[];
}
/**
 * Whether Engines still receive clear names (R29). It holds no name
 */
export interface RedirectionView {
  checkedAt: string;
  engines: {
    name: string;
    /**
     * Why it could not be asked; then nothing is known of it
     */
    reason?: string;
    arriving: {
      names: 'devices' | 'users' | 'domains' | 'urls';
      /**
       * `clear`: clear names still arrive
       */
      now: 'clear' | 'hashed' | 'absent' | 'unknown';
      /**
       * When the form changed, where the rows show two
       */
      changedAt?: string;
      /**
       * What the newest rows hold; the form that came last is first
       */
      forms: {
        form: 'clear' | 'hashed' | 'absent';
        rows: number;
        /**
         * In the Engine's own time zone
         */
        since: string;
        /**
         * In the Engine's own time zone
         */
        until: string;
      }[];
    }[];
  }[];
  /**
   * What to switch on, and how to see that it worked; empty when no clear name arrives
   */
  advice: string[];
}
/**
 * A download link to one archive; it expires after minutes
 */
export interface Link {
  url: string;
  expiresAt: string;
}
export interface Manifest {
  schema: 'nexthink-gdpr/manifest/1';
  /**
   * Whether everything that the account may see is in the archive
   */
  complete: boolean;
  /**
   * Every source answered and none knows the name; `complete` is false then: nothing was there to be complete
   */
  nothingFound?: true;
  /**
   * Sources that gave no data or only part of it
   */
  missing: {
    /**
     * Name of an Engine, or `portal`
     */
    name: string;
    state:
      | 'PENDING'
      | 'RUNNING'
      | 'DONE'
      | 'EMPTY'
      | 'NO_LICENCE'
      | 'UNREACHABLE'
      | 'TLS_FAILED'
      | 'AUTH_FAILED'
      | 'TIMED_OUT'
      | 'REJECTED_QUERY'
      | 'FAILED'
      | 'CANCELLED';
    reason?: string;
  }[];
  requestId: string;
  attempt: number;
  tool: {
    name: 'nexthink-gdpr';
    version: string;
  };
  asked: {
    /**
     * The manifest does not hold the name itself
     */
    subjectKind: 'user' | 'device';
    sources: ('engine' | 'portal')[];
    /**
     * When the request started; the queried days are counted back from here
     */
    at: string;
  };
  accountPrivacy: 'full' | 'unverified';
  /**
   * Whether an operator confirmed that the account sees every device and user
   */
  accountScope: 'attested' | 'unverified';
  /**
   * Where the list of Engines came from
   */
  federation: 'configured' | 'all-listed';
  /**
   * Whether cells that look like formulas start with '
   */
  formulasNeutralized: boolean;
  /**
   * Sources that were simulated: they hold no real person
   */
  simulated?: ('engine' | 'portal')[];
  /**
   * How other people's names were treated
   */
  coUsers: 'keep' | 'mask';
  sources: {
    source: 'engine' | 'portal';
    sourceId: string;
    /**
     * Name of an Engine, or `portal`
     */
    name: string;
    /**
     * DONE and EMPTY: the source answered. Any other state: it is missing
     */
    state:
      | 'PENDING'
      | 'RUNNING'
      | 'DONE'
      | 'EMPTY'
      | 'NO_LICENCE'
      | 'UNREACHABLE'
      | 'TLS_FAILED'
      | 'AUTH_FAILED'
      | 'TIMED_OUT'
      | 'REJECTED_QUERY'
      | 'FAILED'
      | 'CANCELLED';
    /**
     * Name of the error that ended it
     */
    reason?: string;
    rows: number;
    /**
     * CSV bytes, without headers
     */
    bytes: number;
    /**
     * Number of objects with the requested name
     */
    matchingObjects: number;
    version?: string;
    /**
     * IANA time zone of its times
     */
    timezone?: string;
    /**
     * How its certificate was checked
     */
    tls?: 'ca' | 'fingerprint' | 'insecure';
    /**
     * Days that were queried
     */
    asked?: {
      from: string;
      to: string;
    };
  }[];
  /**
   * Data that a source does not support
   *
   * Items: A file, or a range of it, that could not be retrieved
   */
  notes: {
    /**
     * Name of an Engine, or `portal`
     */
    source: string;
    file: string;
    /**
     * Name of an error, or ROW_LIMIT, FOREIGN_ROWS, REFUSED, TABLE_UNKNOWN...
     */
    reason: string;
    platform?: string;
    from?: string;
    /**
     * The day after the last
     */
    to?: string;
  }[];
  documents: {
    name: string;
    rawBytes: number;
    sha256: string;
  }[];
  files: {
    /**
     * Path in the archive
     */
    name: string;
    state: 'COMPLETE' | 'INCOMPLETE';
    /**
     * Items: A file, or a range of it, that could not be retrieved
     */
    missing: {
      /**
       * Name of an Engine, or `portal`
       */
      source: string;
      file: string;
      /**
       * Name of an error, or ROW_LIMIT, FOREIGN_ROWS, REFUSED, TABLE_UNKNOWN...
       */
      reason: string;
      platform?: string;
      from?: string;
      /**
       * The day after the last
       */
      to?: string;
    }[];
    rows: number;
    /**
     * First and last day that has a row
     */
    covered?: {
      from: string;
      to: string;
    };
    columns: string[];
    /**
     * Ranges that together make up the file after the header
     */
    fragments: {
      /**
       * Name of an Engine, or `portal`
       */
      source: string;
      /**
       * Offset in the uncompressed file, header included
       */
      rawOffset: number;
      rawBytes: number;
      rows: number;
      sha256: string;
    }[];
  }[];
}
/**
 * Proof of an anonymization, signed over its canonical JSON (RFC 8785)
 */
export interface SignedCertificate {
  certificate: {
    certId: string;
    requestId: string;
    reference?: string;
    kind: 'user' | 'device';
    action: 'anonymize-portal';
    /**
     * What the statement says, for machines; absent up to version 0.2
     */
    outcome?: 'replaced' | 'replaced-except-mentions' | 'nothing-found';
    statement: string;
    planHash?: string;
    schemaFingerprint?: string;
    toolVersion: string;
    startedAt: string;
    finishedAt: string;
    /**
     * Absent when no approval was needed
     */
    approverRole?: 'second-person';
    /**
     * Absent up to version 0.2: then only the password was checked
     */
    accountPrivacy?: 'full' | 'unverified';
    changed: {
      rows: number;
      tables: number;
      writtenByTriggers?: number;
    };
    searchedBefore: {
      tables: number;
      columns: number;
    };
    searchedAfter: {
      tables: number;
      columns: number;
      hits: number;
    };
    /**
     * Words that are the name but belong to others and were kept, by place
     */
    mentions?: {
      [k: string]: number;
    };
    /**
     * Words that only look like the name, which are never changed, by place
     */
    lookalikes?: {
      [k: string]: number;
    };
    controls: {
      rowTotalsEqual: true;
      bystandersUnchanged: boolean;
    };
    retained: {
      store: string;
      why: string;
      until: string | null;
      /**
       * Every place there, for the same reason; absent up to version 0.2
       */
      places?: string[];
    }[];
    sentinel?: {
      enabled: boolean;
      until?: string;
    };
    subjectCommitment: string;
    /**
     * Absent for version 1: the name as it was typed
     */
    version?: 2;
  };
  signature: {
    algorithm: 'ECDSA_P256_SHA256';
    /**
     * SPKI, DER, base64
     */
    publicKey: string;
    /**
     * DER, base64
     */
    value: string;
  };
}
export interface AuditEntry {
  requestId: string;
  /**
   * From 1, without gaps
   */
  seq: number;
  at: string;
  /**
   * Who did it: an opaque id, never a name
   */
  by: {
    id: string;
    role: 'person' | 'machine' | 'system';
  };
  what:
    | 'requested'
    | 'approval-asked'
    | 'login-asked'
    | 'approved'
    | 'denied'
    | 'expired'
    | 'login-given'
    | 'started'
    | 'rerun-asked'
    | 'cancel-asked'
    | 'merging'
    | 'merged'
    | 'commit-allowed'
    | 'anonymized'
    | 'maintained'
    | 'not-yet-verified'
    | 'verified'
    | 'completed'
    | 'completed-with-errors'
    | 'nothing-found'
    | 'failed'
    | 'cancelled'
    | 'link-minted'
    | 'nonce-handed-out'
    | 'archive-destroyed'
    | 'archive-expired'
    | 'handed-over'
    | 'deadline-changed'
    | 'deadline-warned'
    | 'removal-checked'
    | 'name-found'
    | 'name-came-back';
  /**
   * Numbers of rows, bytes, sources and the like
   */
  counts?: {
    [k: string]: number;
  };
  /**
   * Name of the error that caused it
   */
  error?: string;
  /**
   * SHA-256 of the certificate that was issued
   */
  certificate?: string;
  /**
   * State of the request from then on
   */
  state:
    | 'AWAITING_APPROVAL'
    | 'AWAITING_LOGIN'
    | 'AWAITING_REMOVAL'
    | 'QUEUED'
    | 'RUNNING'
    | 'MERGING'
    | 'VERIFYING'
    | 'CANCELLING'
    | 'COMPLETED'
    | 'COMPLETED_WITH_ERRORS'
    | 'NOTHING_FOUND'
    | 'FAILED'
    | 'CANCELLED'
    | 'DENIED'
    | 'EXPIRED';
  attempt: number;
  /**
   * SHA-256 of the canonical JSON of the previous entry; zeros for the first
   */
  before: string;
}
export interface EventsView {
  requestId: string;
  events: AuditEntry[];
  /**
   * `after` of the next page; absent at the end
   */
  next?: number;
}
export interface AnchorsView {
  anchors: {
    at: string;
    /**
     * SHA-256 of the canonical JSON of the previous anchor, without its stamp; zeros for the first
     */
    before: string;
    /**
     * SHA-256 of the last entry of each audit trail; the key is the SHA-256 of the request id
     */
    heads: {
      [k: string]: string;
    };
    /**
     * Time stamp (RFC 3161) of the SHA-256 of this anchor, base64
     */
    stamp: string;
  }[];
  /**
   * `after` of the next page; absent at the end
   */
  next?: string;
}
/**
 * Key of the certificate's commitment, base64; handed out once
 */
export interface Nonce {
  nonce: string;
}
export interface Health {
  status: 'ok';
  version: string;
}
/**
 * This document
 */
export interface OpenApi {
  openapi: string;
  [k: string]: unknown;
}
/**
 * Problem details (RFC 9457)
 */
export interface Problem {
  /**
   * Stable; docs/problems/ explains it. `about:blank`: from the gateway
   */
  type:
    | '/problems/invalid-input'
    | '/problems/settings'
    | '/problems/signature-refused'
    | '/problems/sealed-item-gone'
    | '/problems/insufficient-scope'
    | '/problems/subject-busy'
    | '/problems/request-not-found'
    | '/problems/wrong-state'
    | '/problems/ambiguous-subject'
    | '/problems/handed-over'
    | '/problems/deadline'
    | '/problems/archive-expired'
    | '/problems/archive-destroyed'
    | '/problems/certificate-unavailable'
    | '/problems/portal-api-unavailable'
    | '/problems/login-refused'
    | '/problems/login-insufficient'
    | '/problems/login-not-verifiable'
    | '/problems/no-federated-engine'
    | '/problems/portal-database-unavailable'
    | '/problems/portal-busy'
    | '/problems/portal-mapping'
    | '/problems/preview-timeout'
    | '/problems/nightly-jobs'
    | '/problems/not-started'
    | '/problems/service-account'
    | '/problems/own-approval'
    | '/problems/idempotency-key'
    | '/problems/idempotency-conflict'
    | '/problems/request-in-flight'
    | '/problems/too-many-calls'
    | '/problems/too-many-requests'
    | '/problems/body-too-large'
    | '/problems/unsupported-media-type'
    | '/problems/internal'
    | 'about:blank';
  title: string;
  status: number;
  /**
   * What is wrong and what to change
   */
  detail: string;
  /**
   * What is wrong in the body, each with a JSON pointer (RFC 6901)
   */
  errors?: {
    pointer: string;
    detail: string;
  }[];
  /**
   * The current state of the request
   */
  state?: string;
  /**
   * The request that blocks this one
   */
  requestId?: string;
  /**
   * Seconds to wait
   */
  retryAfter?: number;
}
export interface GatewayMessage {
  message: string;
}
