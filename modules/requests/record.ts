import * as z from 'zod';
import { Count, Instant, type ReadonlyDeep } from '../common/shapes.ts';
import { Deadline, DenialReason } from './deadline-facts.ts';
import { Receipt, SignedCertificate } from './proof.ts';
import { Source } from './source.ts';
import { CoUsers, RequestKind, SubjectKind } from './subject.ts';

/** States in the order in which a Request passes them; modules/requests/state-machine.ts holds their rules. */
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
  /** Name that a download gets, when it is not `gdpr-data.tar.gz`. */
  fileName: z.string().exactOptional(),
  byteLength: Count,
  expiresAt: Instant,
});
export type Archive = ReadonlyDeep<z.infer<typeof Archive>>;

/** How sure it is that the login sees all data (R4); `unverified`: only the password could be checked. */
export const AccountPrivacy = z.enum(['full', 'unverified']);

/** A Request as it is stored: nothing personal in it. Ids of people are opaque. What callers see of it: request-view.ts. */
export const RequestRecord = z.strictObject({
  requestId: z.uuid(),
  kind: RequestKind,
  subjectKind: SubjectKind,
  sources: z.array(Source),
  /** Who asked (`sub` of the token). */
  callerId: z.string(),
  /** Further Callers to whom the archive is delivered. */
  recipients: z.array(z.string()).exactOptional(),
  reference: z.string().exactOptional().describe("The caller's own name for it"),
  followUpOf: z.uuid().exactOptional().describe('The request that anonymized the same name, which came back, first'),
  ticket: z
    .strictObject({ connectionId: z.string(), key: z.string() })
    .exactOptional()
    .describe('The ticket that it came from'),
  state: RequestState,
  attempt: z.int().min(1).describe('1, and one more with each rerun'),
  /** Id of the call that asked for this attempt, when one did. */
  rerunCallId: z.string().exactOptional(),
  createdAt: Instant,
  updatedAt: Instant,
  cancelRequested: z.boolean(),
  deadline: Deadline,
  /** How often `deadline` was written, so that no change of it overwrites another. */
  deadlineChanges: Count,
  waitsUntil: Instant.exactOptional().describe('While it waits for a person: until when, before it expires'),
  /** For a Request that needs approval: SHA-256 (base64url) of the plan hash that is to be approved. */
  planHashSha256: z.string().exactOptional(),
  approvedBy: z.string().exactOptional(),
  approvedAt: Instant.exactOptional(),
  deniedBy: z.string().exactOptional(),
  deniedAt: Instant.exactOptional(),
  denialReason: DenialReason.exactOptional(),
  accountPrivacy: AccountPrivacy.describe('`full`: an Engine accepted the login'),
  /** `keep` when absent. */
  coUsers: CoUsers.exactOptional(),
  /** It tells nothing without its sealed nonce. */
  planDigest: z.string().exactOptional().describe('Of the preview that an anonymization was started with'),
  destroyedAt: Instant.exactOptional().describe('When the archive was destroyed on demand'),
  sweptAt: Instant.exactOptional().describe('When all but this record was removed, its time being over'),
  /** From then on the Portal's ledger alone tells whether it has committed. */
  commitStartedAt: Instant.exactOptional().describe('When an anonymization was let commit'),
  places: z.array(z.string()).exactOptional().describe('Tables and columns that a failure was about'),
  failure: z.string().exactOptional().describe('Name of the error that ended it'),
  /** `sources`, how many of them are `missing`, `rows` and `bytes` of CSV. */
  counts: z.record(z.string(), z.number()).exactOptional().describe('How it ended, in rows, bytes and sources'),
  receipt: Receipt.exactOptional(),
  certificate: SignedCertificate.exactOptional(),
  archive: Archive.exactOptional(),
});
export type RequestRecord = ReadonlyDeep<z.infer<typeof RequestRecord>>;
