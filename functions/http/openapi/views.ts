import * as z from 'zod';
import type { DayWindow } from '../../../modules/common/day-window.ts';
import { DENIAL_REASONS, EXTENSION_REASONS, PAUSE_REASONS } from '../../../modules/requests/deadline-facts.ts';
import type { Receipt } from '../../../modules/requests/proof.ts';
import type { RequestState } from '../../../modules/requests/record.ts';
import type { RequestSummary, RequestsView, RequestView, StartedView } from '../../../modules/requests/request-view.ts';
import { SOURCE_STATES } from '../../../modules/requests/source.ts';
import type { Estimate, SourceProgress } from '../../../modules/requests/source-progress.ts';
import { LIFECYCLE } from '../../../modules/requests/state-machine.ts';
import type { FieldsOf } from './fields.ts';

const Count = z.int().min(0);
const Instant = z.iso.datetime();
const Share = z.number().min(0).max(1);
const Searched = z.strictObject({ tables: Count, columns: Count });
const STATES = Object.keys(LIFECYCLE) as [RequestState, ...RequestState[]];
const Places = z.array(z.string());

/** Progress of one Engine, or of the Portal. */
export const SourceProgressSchema: z.ZodType<SourceProgress> = z.strictObject({
  source: z.enum(['engine', 'portal']),
  sourceId: z.string().describe("The Engine's id, or `portal`"),
  name: z.string().describe("The Engine's name, or `portal`"),
  state: z.enum(SOURCE_STATES).describe('`EMPTY`: it answered and holds nothing'),
  rows: Count.describe('CSV rows, without headers'),
  bytes: Count.describe('Bytes of CSV before compression'),
  reason: z.string().exactOptional().describe('Name of the error that ended it'),
  spelling: z.enum(['upper', 'lower']).exactOptional().describe('How the name is spelled there, when not as asked'),
  gaps: Count.exactOptional().describe('Stretches of files that could not be had'),
  current: z.string().exactOptional().describe('CSV file that is being written'),
  window: z
    .strictObject({ from: z.string(), to: z.string() } satisfies FieldsOf<DayWindow>)
    .exactOptional()
    .describe('Days that are being asked for'),
  share: Share.exactOptional().describe('How much of its questions are answered'),
  secondsLeft: Count.exactOptional(),
} satisfies FieldsOf<SourceProgress>);

/** What an anonymization did. */
export const ReceiptSchema: z.ZodType<Receipt> = z.strictObject({
  rowsByTable: z.record(z.string(), Count).describe('Rows changed, by table'),
  scanned: Searched.exactOptional().describe('What was searched before the commit, without finding the name'),
  controls: z.enum(['full', 'totals']).exactOptional().describe('How it was made sure that no other row changed'),
  unmaintained: Places.exactOptional().describe('What was not cleaned up behind the change'),
  residue: Count.exactOptional().describe('Occurrences of the name that another role found after the commit'),
  verified: Searched.exactOptional().describe('What that role searched'),
  outOfReach: Places.exactOptional().describe('Places beyond the reach of a change where the name still stands'),
  accounts: Places.exactOptional().describe("Columns of the Portal's login accounts that still name the subject"),
  commitment: z.string().exactOptional().describe('HMAC-SHA256 of kind and name under the nonce, hex'),
} satisfies FieldsOf<Receipt>);

/** What moved the legal term of a Request. */
const DeadlineSchema: z.ZodType<RequestSummary['deadline']> = z.strictObject({
  receivedAt: Instant.describe('When the person asked'),
  pauses: z.array(z.strictObject({ from: Instant, to: Instant.exactOptional(), reason: z.enum(PAUSE_REASONS) })),
  extension: z
    .strictObject({
      months: z.union([z.literal(1), z.literal(2)]),
      reason: z.enum(EXTENSION_REASONS),
      at: Instant,
    })
    .exactOptional(),
} satisfies FieldsOf<RequestSummary['deadline']>);

const summary = {
  requestId: z.uuid(),
  kind: z.enum(['retrieve', 'anonymize']),
  subjectKind: z.enum(['user', 'device']),
  sources: z.array(z.enum(['engine', 'portal'])),
  reference: z.string().exactOptional().describe("The caller's own name for it"),
  followUpOf: z.uuid().exactOptional().describe('The request that anonymized the same name, which came back, first'),
  ticket: z
    .strictObject({ connectionId: z.string(), key: z.string() })
    .exactOptional()
    .describe('The ticket that it came from'),
  state: z.enum(STATES),
  attempt: z.int().min(1).describe('1, and one more with each rerun'),
  createdAt: Instant,
  updatedAt: Instant,
  dueAt: Instant.describe('The last second of the day by which the law wants the answer'),
  deadline: DeadlineSchema,
  waitsUntil: Instant.exactOptional().describe('While it waits for a person: until when, before it expires'),
  approvedAt: Instant.exactOptional(),
  deniedAt: Instant.exactOptional(),
  denialReason: z.enum(DENIAL_REASONS).exactOptional(),
  accountPrivacy: z.enum(['full', 'unverified']).describe('`full`: an Engine accepted the login'),
  coUsers: z.enum(['keep', 'mask']).exactOptional(),
  planDigest: z.string().exactOptional().describe('Of the preview that an anonymization was started with'),
  destroyedAt: Instant.exactOptional().describe('When the archive was destroyed on demand'),
  sweptAt: Instant.exactOptional().describe('When all but this record was removed, its time being over'),
  commitStartedAt: Instant.exactOptional().describe('When an anonymization was let commit'),
  places: Places.exactOptional().describe('Tables and columns that a failure was about'),
  failure: z.string().exactOptional().describe('Name of the error that ended it'),
  counts: z.record(z.string(), z.number()).exactOptional().describe('How it ended, in rows, bytes and sources'),
  receipt: ReceiptSchema.exactOptional(),
  archive: z
    .strictObject({ fileName: z.string().exactOptional(), byteLength: Count, expiresAt: Instant })
    .exactOptional()
    .describe('The finished archive'),
} satisfies FieldsOf<RequestSummary>;

/** A Request in a list. */
export const RequestSummarySchema: z.ZodType<RequestSummary> = z
  .strictObject(summary)
  .describe('A request without its progress');

const view = {
  ...summary,
  progress: z.array(SourceProgressSchema),
  estimate: z
    .strictObject({
      share: Share,
      secondsLeft: Count.exactOptional(),
    } satisfies FieldsOf<Estimate>)
    .exactOptional()
    .describe('How much of the work is done, while it runs'),
} satisfies FieldsOf<RequestView>;

/** A Request as its Caller sees it. */
export const RequestViewSchema: z.ZodType<RequestView> = z.strictObject(view).describe('Nothing personal is in it');

/** A Request that has just been started. */
export const StartedViewSchema: z.ZodType<StartedView> = z
  .strictObject({
    ...view,
    duplicates: z.array(z.uuid()).describe('Other requests about the same name that the caller may see'),
    otherDuplicates: Count.describe('How many there are besides'),
  } satisfies FieldsOf<StartedView>)
  .describe('Nothing personal is in it');

/** A page of the list. */
export const RequestsViewSchema: z.ZodType<RequestsView> = z.strictObject({
  requests: z.array(RequestSummarySchema),
  next: z.string().exactOptional().describe('`cursor` of the next page; absent at the end'),
} satisfies FieldsOf<RequestsView>);
