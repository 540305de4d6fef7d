import * as z from 'zod';
import { DayWindow } from '../common/day-window.ts';
import { Count, fieldsOf, Instant, type ReadonlyDeep } from '../common/shapes.ts';

/** Where data is retrieved from (R2). */
export const Source = z.enum(['engine', 'portal']);
export type Source = z.infer<typeof Source>;

/** `attested` when the operator guarantees that the accounts see every device and user: nothing else can show this (R12). */
export const AccountScope = z.enum(['attested', 'unverified']);
export type AccountScope = z.infer<typeof AccountScope>;

/** One Engine from the Portal's List Engines API. Source: docs/nexthink-portal.md */
export const Engine = z.strictObject({
  /** `databaseUID`: stable over renames; safe in object keys (`[A-Za-z0-9_-]+`). */
  engineId: z.string(),
  name: z.string(),
  /** Every Engine with another value (`DISCONNECTED`, `CONNECTING`, our `NOT_LISTED` and `BROKEN`) counts as missing (R5). */
  status: z.string().describe('`CONNECTED`, or why it cannot be queried'),
  address: z.string(),
  /** IANA name reported by the Engine; `UTC` when it reports none that is known. */
  timezone: z.string(),
  version: z.string(),
  broken: z.array(z.string()).exactOptional().describe('Fields of its entry in List Engines that cannot be used'),
});
export type Engine = ReadonlyDeep<z.infer<typeof Engine>>;

/** State of one Engine or of the Portal in a Request. `EMPTY`: it answered and holds nothing. */
export const SourceState = z.enum([
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
]);
export type SourceState = z.infer<typeof SourceState>;

/** What a source that has not ended is doing. */
export const SourcePhase = z.enum(['CHECKING_ACCOUNT', 'PREPARING', 'QUERYING', 'WRITING']);
export type SourcePhase = z.infer<typeof SourcePhase>;

/** Progress of a source or of a whole Request. */
export const Estimate = z.strictObject({
  /** 0 to 1: the answered part of all queries, weighted by days. Rows are not used: their total is unknown. */
  share: z.number().min(0).max(1),
  /** Whole seconds at the speed so far; absent while nothing is done. */
  secondsLeft: Count.exactOptional(),
});
export type Estimate = ReadonlyDeep<z.infer<typeof Estimate>>;

export const SourceProgress = z.strictObject({
  source: Source,
  sourceId: z.string().describe("The Engine's id, or `portal`"),
  name: z.string().describe("The Engine's name, or `portal`"),
  state: SourceState.describe('`EMPTY`: the source answered and holds no data'),
  phase: SourcePhase.exactOptional().describe(
    'What it is doing while it is PENDING or RUNNING; absent while it waits for its turn',
  ),
  rows: Count.describe('CSV rows so far, without headers; those of an answer that is not whole yet count too'),
  bytes: Count.describe('Their bytes in the archive, compressed'),
  reason: z.string().exactOptional().describe('Name of the error that ended it'),
  /** The source answered, but gaps make the archive incomplete. */
  gaps: Count.exactOptional().describe('Number of ranges of files that could not be retrieved'),
  updatedAt: Instant.exactOptional().describe('When it last reported; while it works, every two seconds'),
  waitsUntil: Instant.exactOptional().describe(
    'When it goes on: another request uses the Engine, or the Engine asked for a pause',
  ),
  current: z.string().exactOptional().describe('CSV file that is being written'),
  window: DayWindow.exactOptional().describe('Days that are being queried'),
  share: Estimate.shape.share.exactOptional().describe('Share of its queries that are answered'),
  secondsLeft: Estimate.shape.secondsLeft,
});
export type SourceProgress = ReadonlyDeep<z.infer<typeof SourceProgress>>;

/** `reason` of a source whose worker ended without a word: it was killed again and again. */
export const WORKER_LOST = 'WORKER_LOST';
/** `reason` of a source that was retrieved and whose Parts are no longer there. */
export const PARTS_GONE = 'PARTS_GONE';

const { phase, waitsUntil, current, window, share, secondsLeft, ...ended } = SourceProgress.shape;
const EndedProgress = z.strictObject(ended);

/** Progress of a source that is no longer queried: without what it was doing. */
export const endedProgress = (progress: SourceProgress, state: SourceState, reason: string): SourceProgress => ({
  ...fieldsOf(EndedProgress, progress),
  state,
  reason,
});
