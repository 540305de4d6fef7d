import { createHash } from 'node:crypto';
import * as z from 'zod';
import { canonicalJson } from '../../common/canonical-json.ts';
import { daysAfter } from '../../common/day-window.ts';
import type { Clock, Pause } from '../../common/ports.ts';
import { Count, fieldsOf, type ReadonlyDeep } from '../../common/shapes.ts';
import { type Caller, seesAll } from '../caller.ts';
import { daysLeft } from '../deadline.ts';
import { Deadline } from '../deadline-facts.ts';
import { RequestCancelledError } from '../errors.ts';
import { Archive, RequestRecord, RequestState } from '../record.ts';
import { Estimate, endedProgress, SourceProgress, WORKER_LOST } from '../source.ts';
import { Reference } from '../start-body.ts';
import { hasArchive, isFinal, isUnfinished, Need, needOf, STATES } from '../state-machine.ts';
import type { Requests } from '../store.ts';

/** Progress of a Request that has not ended: the mean of its sources, and the time of the slowest; none while one is unknown. */
export function estimateOfAll(progress: readonly SourceProgress[]): Estimate {
  if (progress.length === 0) return { share: 0 };
  const shares = progress.map((source) => (isUnfinished(source) ? (source.share ?? 0) : 1));
  const share = Math.floor((shares.reduce((sum, each) => sum + each, 0) / shares.length) * 1000) / 1000;
  const times = progress.filter(isUnfinished).map(({ secondsLeft }) => secondsLeft);
  const known = times.filter((seconds) => seconds !== undefined);
  return known.length === 0 || known.length < times.length ? { share } : { share, secondsLeft: Math.max(...known) };
}

/** A Request as its Caller sees it, with the progress of each source. @throws {RequestNotFoundError} */
export async function getRequest(
  requestId: string,
  { requests, clock }: { readonly requests: Requests; readonly clock: Clock },
): Promise<RequestView> {
  const [record, progress] = await Promise.all([requests.get(requestId), requests.listProgress(requestId)]);
  return {
    ...summaryOf(record, clock.now()),
    progress: isFinal(record.state) ? progress.map((source) => shownAtEnd(source, record)) : progress,
    ...(!isFinal(record.state) && record.kind === 'retrieve' && { estimate: estimateOfAll(progress) }),
  };
}

function summaryOf(record: RequestRecord, now: Date): RequestSummary {
  const { archive, deadline } = record;
  const { archive: _archive, ...shown } = fieldsOf(RequestSummary, record);
  const { dueAt, warned: _warned, ...term } = deadline;
  const needs = needOf(record);
  return {
    ...shown,
    dueAt,
    deadline: term,
    ...(needs && { needs, daysLeft: daysLeft(deadline, now) }),
    ...(archive && hasArchive(record.state) && { archive: withoutKey(archive) }),
  };
}

/** In an ended Request nothing runs any more, whatever a late worker wrote last. */
function shownAtEnd(source: SourceProgress, { state, requestId }: RequestRecord): SourceProgress {
  if (!isUnfinished(source)) return source;
  if (state !== 'CANCELLED') return endedProgress(source, 'FAILED', WORKER_LOST);
  return endedProgress(source, 'CANCELLED', new RequestCancelledError(requestId).name);
}

const withoutKey = ({ archiveKey: _key, ...shown }: Archive): Omit<Archive, 'archiveKey'> => shown;

/** How often the stores are read while a Caller waits; more often while the archive is written: that ends soon. */
const LOOK_MS = 500;
const LOOK_AT_END_MS = 200;

/** The view of a Request, at once or after a change. @param knows whether the Caller has seen the view with this tag: then it waits */
export async function watchRequest(
  look: () => Promise<RequestView>,
  { knows = () => true, waitSeconds }: { readonly knows?: (tag: string) => boolean; readonly waitSeconds: number },
  { clock, pause }: { readonly clock: Clock; readonly pause: Pause },
  signal?: AbortSignal,
) {
  const until = clock.now().getTime() + waitSeconds * 1000;
  const first = tagged(await look());
  let last = first;
  while (last.tag === first.tag && knows(first.tag) && !isFinal(last.view.state)) {
    const left = until - clock.now().getTime();
    if (left <= 0) break;
    await pause(Math.min(last.view.state === 'MERGING' ? LOOK_AT_END_MS : LOOK_MS, left), signal);
    last = tagged(await look());
  }
  return last;
}

const tagged = (view: RequestView) => ({
  view,
  tag: createHash('sha256').update(canonicalJson(view)).digest('base64url').slice(0, 22),
});

export interface ListOptions {
  /** Only this Caller's; default: all. */
  readonly callerId?: string;
  readonly limit: number;
  /** Place of the last one on the page before: `<createdAt>#<requestId>`. */
  readonly cursor?: string;
  readonly reference?: string;
  readonly states?: readonly RequestState[];
  /** Only answers that were not handed over. */
  readonly isOpen?: boolean;
  /** Only with a deadline until then, ISO 8601. */
  readonly dueUntil?: string;
}

export const ListFilters = z.strictObject({
  state: RequestState.exactOptional(),
  reference: Reference.exactOptional(),
  needs: Need.exactOptional(),
  dueWithin: z.coerce.number().int().min(0).max(366).exactOptional(),
});
type ListFilters = Readonly<z.infer<typeof ListFilters>>;

/** Lists of Requests; they may lag behind by a moment. */
export interface RequestList {
  /** @returns `next`: cursor of the next page, absent at the end */
  list(question: ListOptions): Promise<{ readonly records: readonly RequestRecord[]; readonly next?: string }>;
  /** Number of a Caller's unfinished Requests created since then (ISO 8601). */
  countUnfinished(callerId: string, since: string): Promise<number>;
}

/** The Caller's own Requests, newest first; all Requests for operators and approvers. */
export async function listRequests(
  caller: Caller,
  { state, needs, dueWithin, ...question }: Pick<ListOptions, 'limit' | 'cursor'> & ListFilters,
  { requestList, clock }: { readonly requestList: RequestList; readonly clock: Clock },
): Promise<RequestsView> {
  const now = clock.now();
  const isOpen = needs !== undefined || dueWithin !== undefined;
  const states = STATES.filter((each) => (isOpen ? isAsked(each, state, needs) : each === (state ?? each)));
  if (states.length === 0) return { requests: [] };
  const { records, next } = await requestList.list({
    ...question,
    ...(!seesAll(caller) && { callerId: caller.callerId }),
    ...((state || isOpen) && { states, isOpen }),
    // A day more: where the clocks change, a day is longer.
    ...(dueWithin !== undefined && { dueUntil: daysAfter(now, dueWithin + 2).toISOString() }),
  });
  const requests = records
    .map((record) => summaryOf(record, now))
    .filter((request) => !isOpen || request.needs !== undefined)
    .filter((request) => dueWithin === undefined || request.daysLeft! <= dueWithin);
  return { requests, ...(next !== undefined && { next }) };
}

function isAsked(each: RequestState, state: RequestState | undefined, needs: Need | undefined): boolean {
  const need = needOf({ state: each });
  return need !== undefined && need === (needs ?? need) && each === (state ?? each);
}

export const RequestSummary = RequestRecord.omit({
  callerId: true,
  recipients: true,
  approvedBy: true,
  deniedBy: true,
  cancelRequested: true,
  certificate: true,
  deadlineChanges: true,
  planHashSha256: true,
  rerunCallId: true,
})
  .extend({
    deadline: Deadline.omit({ dueAt: true, warned: true }),
    archive: Archive.omit({ archiveKey: true }).exactOptional().describe('The finished archive'),
    dueAt: Deadline.shape.dueAt,
    needs: Need.exactOptional().describe('What the answer needs next; absent once it is handed over'),
    daysLeft: z.int().exactOptional().describe('Days until the deadline, in its zone; less than 0 when it is over'),
  })
  .describe('A request without its progress');
export type RequestSummary = ReadonlyDeep<z.infer<typeof RequestSummary>>;

export const RequestView = RequestSummary.extend({
  progress: z.array(SourceProgress),
  estimate: Estimate.exactOptional().describe('How much of the work is done, while it runs'),
}).describe('Holds no personal data');
export type RequestView = ReadonlyDeep<z.infer<typeof RequestView>>;

/** Answer of `GET /v1/requests`: a page, newest first. */
export const RequestsView = z.strictObject({
  requests: z.array(RequestSummary),
  next: z.string().exactOptional().describe('`cursor` of the next page; absent at the end'),
});
export type RequestsView = ReadonlyDeep<z.infer<typeof RequestsView>>;

/** Answer of `POST /v1/requests`; duplicates have not ended, or have brought a result within the last month. */
export const StartedView = RequestView.extend({
  duplicates: z.array(z.uuid()).describe('Other requests about the same name that the caller may see'),
  otherDuplicates: Count.describe('Number of further ones that the caller may not see'),
}).describe('Holds no personal data');
export type StartedView = ReadonlyDeep<z.infer<typeof StartedView>>;

export type Duplicates = Pick<StartedView, 'duplicates' | 'otherDuplicates'>;
