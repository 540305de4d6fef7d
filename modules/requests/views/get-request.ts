import type { Archive, RequestRecord } from '../record.ts';
import type { SourceProgress } from '../source-progress.ts';
import { hasArchive, isFinal } from '../state-machine.ts';
import type { Requests } from '../store.ts';
import { estimateOfAll } from './estimate-total.ts';
import type { RequestSummary, RequestView } from './request-view.ts';

/** A Request as its Caller sees it, with the progress of each source. @throws {RequestNotFoundError} */
export async function getRequest(
  requestId: string,
  { requests }: { readonly requests: Requests },
): Promise<RequestView> {
  const [record, progress] = await Promise.all([requests.get(requestId), requests.listProgress(requestId)]);
  return {
    ...summaryOf(record),
    progress: record.state === 'CANCELLED' ? progress.map(ended) : progress,
    ...(!isFinal(record.state) && record.kind === 'retrieve' && { estimate: estimateOfAll(progress) }),
  };
}

/** A Request as its Caller sees it in a list. */
export function summaryOf(record: RequestRecord): RequestSummary {
  const { callerId: _caller, recipients: _recipients, approvedBy: _approver, deniedBy: _denier, ...nameless } = record;
  const { cancelRequested: _cancel, certificate: _proof, deadlineChanges: _changes, ...rest } = nameless;
  const { archive, deadline, planHashSha256: _plan, rerunCallId: _call, ...shown } = rest;
  const { dueAt, warned: _warned, ...term } = deadline;
  return {
    ...shown,
    dueAt,
    deadline: term,
    ...(archive && hasArchive(record.state) && { archive: withoutKey(archive) }),
  };
}

/** In a cancelled Request nothing runs any more, whatever a late worker wrote last. */
const ended = (source: SourceProgress): SourceProgress =>
  source.state === 'PENDING' || source.state === 'RUNNING' ? { ...source, state: 'CANCELLED' } : source;

const withoutKey = ({ archiveKey: _key, ...shown }: Archive): Omit<Archive, 'archiveKey'> => shown;
