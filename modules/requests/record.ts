import * as z from 'zod';
import { Count, Instant, type ReadonlyDeep } from '../common/shapes.ts';
import { Deadline, DenialReason, Handover } from './deadline-facts.ts';
import { Removal } from './removal.ts';
import { Source } from './source.ts';
import { CoUsers, RequestKind, SubjectKind } from './subject.ts';

const Searched = z.strictObject({ tables: Count, columns: Count });
const Places = z.array(z.string());
const Kept = z.record(z.string(), Count);
/** What a commitment is made of (docs/certificate.md). */
const CommitmentVersion = z.literal(2).describe('Absent for version 1: the name as it was typed');

/** What an anonymization did in the Portal database, without names. */
export const Receipt = z.strictObject({
  rowsByTable: z.record(z.string(), Count).describe('Rows changed, by table'),
  writtenByTriggers: Kept.exactOptional().describe('Further rows, which triggers wrote meanwhile, by table'),
  scanned: Searched.exactOptional().describe('What was searched before the commit; the name was not found'),
  controls: z.enum(['full', 'totals']).exactOptional().describe('How the system checked that no other row changed'),
  /** Absent before the clean-up. */
  unmaintained: Places.exactOptional().describe('What was not cleaned up after the change'),
  /** Absent before the verification. */
  residue: Count.exactOptional().describe('Occurrences of the name that another role found after the commit'),
  verified: Searched.exactOptional().describe('What that role searched'),
  outOfReach: Places.exactOptional().describe('Places that cannot be changed and still hold the name'),
  accounts: Places.exactOptional().describe("Columns of the Portal's login accounts that still name the subject"),
  mentions: Kept.exactOptional().describe('Words that are the name but belong to others and were kept, by place'),
  lookalikes: Kept.exactOptional().describe('Words that only look like the name, which are never changed, by place'),
  /** Only the Caller gets the nonce. */
  commitment: z.string().exactOptional().describe('HMAC-SHA256 of kind and name under the nonce, hex'),
  commitmentVersion: CommitmentVersion.exactOptional(),
});
export type Receipt = ReadonlyDeep<z.infer<typeof Receipt>>;

/** What an anonymization would do, found out by doing it and taking it back. Nothing in it names the Subject. */
export const Rehearsal = z.strictObject({
  rowsByTable: Receipt.shape.rowsByTable,
  writtenByTriggers: Receipt.shape.writtenByTriggers,
  refusals: Places.describe('Why an anonymization would be refused: places, and what to change'),
  notTried: Places.describe('What the rehearsal has not tried'),
  lockedSeconds: z.number().min(0).describe('How long rows were locked'),
});
export type Rehearsal = ReadonlyDeep<z.infer<typeof Rehearsal>>;

export const rowsChanged = ({ rowsByTable }: Pick<Receipt, 'rowsByTable'>): number =>
  Object.values(rowsByTable).reduce((sum, rows) => sum + rows, 0);

/** Whether the login certainly sees all data (R4); `unverified`: only the password was checked. */
export const AccountPrivacy = z.enum(['full', 'unverified']);

/** A store that still holds the name after an anonymization; `until`: ISO 8601 date, `null` when not configured. */
const Retained = z.strictObject({
  store: z.string(),
  why: z.string(),
  until: z.string().nullable(),
  places: Places.exactOptional().describe('Every place there, for the same reason; absent up to version 0.2'),
});
export type Retained = ReadonlyDeep<z.infer<typeof Retained>>;

/** Proof of an anonymization without personal data (R27). Fields: docs/certificate.md. */
const Certificate = z.strictObject({
  certId: z.string(),
  requestId: z.uuid(),
  reference: z.string().exactOptional(),
  kind: SubjectKind,
  action: z.literal('anonymize-portal'),
  outcome: z
    .enum(['replaced', 'replaced-except-mentions', 'nothing-found'])
    .exactOptional()
    .describe('What the statement says, for machines; absent up to version 0.2'),
  statement: z.string(),
  planHash: z.string().exactOptional(),
  schemaFingerprint: z.string().exactOptional(),
  toolVersion: z.string(),
  startedAt: Instant,
  finishedAt: Instant,
  approverRole: z.literal('second-person').exactOptional().describe('Absent when no approval was needed'),
  accountPrivacy: AccountPrivacy.exactOptional().describe(
    'Absent up to version 0.2: then only the password was checked',
  ),
  changed: z.strictObject({ rows: Count, tables: Count, writtenByTriggers: Count.exactOptional() }),
  searchedBefore: Searched,
  searchedAfter: Searched.extend({ hits: Count }),
  mentions: Receipt.shape.mentions,
  lookalikes: Receipt.shape.lookalikes,
  controls: z.strictObject({ rowTotalsEqual: z.literal(true), bystandersUnchanged: z.boolean() }),
  retained: z.array(Retained),
  /** Whether a keyed hash of the name is kept to detect its return, and until when; absent before version 0.2. */
  sentinel: z.strictObject({ enabled: z.boolean(), until: Instant.exactOptional() }).exactOptional(),
  subjectCommitment: z.string(),
  version: CommitmentVersion.exactOptional(),
});
export type Certificate = ReadonlyDeep<z.infer<typeof Certificate>>;

/** A certificate with its signature over the SHA-256 of the canonical JSON (RFC 8785) of `certificate`. */
export const SignedCertificate = z
  .strictObject({
    certificate: Certificate,
    signature: z.strictObject({
      algorithm: z.literal('ECDSA_P256_SHA256'),
      publicKey: z.string().describe('SPKI, DER, base64'),
      value: z.string().describe('DER, base64'),
    }),
  })
  .describe('Proof of an anonymization, signed over its canonical JSON (RFC 8785)');
export type SignedCertificate = ReadonlyDeep<z.infer<typeof SignedCertificate>>;

/** States in the order of a Request's life cycle. Their rules: modules/requests/state-machine.ts. */
export const RequestState = z.enum([
  'AWAITING_APPROVAL',
  'AWAITING_LOGIN',
  'AWAITING_REMOVAL',
  'QUEUED',
  'RUNNING',
  'MERGING',
  'VERIFYING',
  'CANCELLING',
  'COMPLETED',
  'COMPLETED_WITH_ERRORS',
  'NOTHING_FOUND',
  'FAILED',
  'CANCELLED',
  'DENIED',
  'EXPIRED',
]);
export type RequestState = z.infer<typeof RequestState>;

export const Archive = z.strictObject({
  archiveKey: z.string(),
  /** File name of a download if an earlier version gave one; else it is `gdpr-data.tar.gz`. */
  fileName: z.string().exactOptional(),
  byteLength: Count,
  expiresAt: Instant,
});
export type Archive = ReadonlyDeep<z.infer<typeof Archive>>;

/** A Request as stored, without personal data. Ids of people are opaque. What callers see: request-view.ts. */
export const RequestRecord = z.strictObject({
  requestId: z.uuid(),
  kind: RequestKind,
  subjectKind: SubjectKind,
  sources: z.array(Source),
  /** The requester (`sub` of the token). */
  callerId: z.string(),
  /** More Callers who get the archive. */
  recipients: z.array(z.string()).exactOptional(),
  reference: z.string().exactOptional().describe("The caller's reference, such as a case number"),
  note: z.string().exactOptional().describe('What the caller noted at the start'),
  followUpOf: z.uuid().exactOptional().describe('The first request that anonymized the name, which came back'),
  commonWord: z.boolean().exactOptional().describe('The login is a common word'),
  ticket: z
    .strictObject({ connectionId: z.string(), key: z.string() })
    .exactOptional()
    .describe('The ticket that started it'),
  state: RequestState,
  attempt: z.int().min(1).describe('1; each rerun adds one'),
  /** Id of the call that started this attempt, if any. */
  rerunCallId: z.string().exactOptional(),
  createdAt: Instant,
  updatedAt: Instant,
  cancelRequested: z.boolean(),
  deadline: Deadline,
  /** Number of writes of `deadline`, so that no change overwrites another. */
  deadlineChanges: Count,
  waitsUntil: Instant.exactOptional().describe(
    'When the request expires, while it waits for a person; in VERIFYING, when it is tried again',
  ),
  /** For a Request that needs approval: SHA-256 (base64url) of its plan hash. */
  planHashSha256: z.string().exactOptional(),
  approvedBy: z.string().exactOptional(),
  approvedAt: Instant.exactOptional(),
  deniedBy: z.string().exactOptional(),
  deniedAt: Instant.exactOptional(),
  denialReason: DenialReason.exactOptional(),
  accountPrivacy: AccountPrivacy.describe('`full`: an Engine accepted the login'),
  /** `keep` when absent. */
  coUsers: CoUsers.exactOptional(),
  /** Reveals nothing without its sealed nonce. */
  planDigest: z.string().exactOptional().describe('Digest of the preview that the anonymization was started with'),
  handover: Handover.exactOptional().describe('That the answer was handed over'),
  destroyedAt: Instant.exactOptional().describe('When a caller deleted the archive'),
  sweptAt: Instant.exactOptional().describe(
    'When everything except this record was deleted, because its retention period ended',
  ),
  /** From then on only the Portal's ledger shows whether it has committed. */
  commitStartedAt: Instant.exactOptional().describe('When the anonymization was allowed to commit'),
  places: z.array(z.string()).exactOptional().describe('Tables and columns that caused the failure'),
  failure: z.string().exactOptional().describe('Name of the error that ended it'),
  rerunUntil: Instant.exactOptional().describe(
    'Until when a failed retrieval keeps what it has retrieved, and can be rerun',
  ),
  /** `sources`, how many of them are `missing`, `rows` of CSV and their `bytes` in the archive. */
  counts: z.record(z.string(), z.number()).exactOptional().describe('Result: numbers of rows, bytes and sources'),
  receipt: Receipt.exactOptional(),
  rehearsal: Rehearsal.exactOptional(),
  removal: Removal.exactOptional().describe('Absent before the first check'),
  certificate: SignedCertificate.exactOptional(),
  archive: Archive.exactOptional(),
});
export type RequestRecord = ReadonlyDeep<z.infer<typeof RequestRecord>>;
