import * as z from 'zod';
import { Count, type ReadonlyDeep } from '../../common/shapes.ts';
import { Deadline } from '../deadline-facts.ts';
import { Archive, RequestRecord } from '../record.ts';
import { Estimate, SourceProgress } from '../source.ts';

/** A Request as the HTTP API shows it in a list. */
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
  })
  .describe('A request without its progress');
export type RequestSummary = ReadonlyDeep<z.infer<typeof RequestSummary>>;

/** The same with its progress (`GET /v1/requests/{requestId}`). */
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
