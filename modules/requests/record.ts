import * as z from 'zod';
import { Count, Instant, type ReadonlyDeep } from '../common/shapes.ts';
import { Deadline, DenialReason } from './deadline-facts.ts';
import { Receipt, SignedCertificate } from './proof.ts';
import { Source } from './source.ts';
import { CoUsers, RequestKind, SubjectKind } from './subject.ts';

/** States in the order of a Request's life cycle. Their rules: modules/requests/state-machine.ts. */
export const RequestState = z.enum([
  'AWAITING_APPROVAL',
  'AWAITING_LOGIN',
  'QUEUED',
  'RUNNING',
  'MERGING',
  'CANCELLING',
  'COMPLETED',
  'COMPLETED_WITH_ERRORS',
  'FAILED',
  'CANCELLED',
  'DENIED',
  'EXPIRED',
]);
export type RequestState = z.infer<typeof RequestState>;

/** The finished archive. */
export const Archive = z.strictObject({
  archiveKey: z.string(),
  /** File name of a download if it is not `gdpr-data.tar.gz`. */
  fileName: z.string().exactOptional(),
  byteLength: Count,
  expiresAt: Instant,
});
export type Archive = ReadonlyDeep<z.infer<typeof Archive>>;

/** Whether the login certainly sees all data (R4); `unverified`: only the password was checked. */
export const AccountPrivacy = z.enum(['full', 'unverified']);

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
  followUpOf: z.uuid().exactOptional().describe('The first request that anonymized the name, which came back'),
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
  waitsUntil: Instant.exactOptional().describe('When the request expires, while it waits for a person'),
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
  destroyedAt: Instant.exactOptional().describe('When a caller deleted the archive'),
  sweptAt: Instant.exactOptional().describe(
    'When everything except this record was deleted, because its retention period ended',
  ),
  /** From then on only the Portal's ledger shows whether it has committed. */
  commitStartedAt: Instant.exactOptional().describe('When the anonymization was allowed to commit'),
  places: z.array(z.string()).exactOptional().describe('Tables and columns that caused the failure'),
  failure: z.string().exactOptional().describe('Name of the error that ended it'),
  /** `sources`, how many of them are `missing`, `rows` and `bytes` of CSV. */
  counts: z.record(z.string(), z.number()).exactOptional().describe('Result: numbers of rows, bytes and sources'),
  receipt: Receipt.exactOptional(),
  certificate: SignedCertificate.exactOptional(),
  archive: Archive.exactOptional(),
});
export type RequestRecord = ReadonlyDeep<z.infer<typeof RequestRecord>>;
