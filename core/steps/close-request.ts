import { isFinal, outcomeOf } from '../lifecycle.ts';
import type { RequestRecord, RequestState, SourceProgress } from '../model.ts';
import type { BundleStore, Log, PartStore, Requests, Vault } from '../ports.ts';

export interface CloseRequestPorts {
  readonly requests: Requests;
  readonly vault: Vault;
  readonly parts: PartStore;
  readonly bundles: BundleStore;
  readonly log: Log;
}

/**
 * Task `Close Request`, and the answer to an execution that was stopped or died: wipes the login, decides how the
 * Request ends and removes what must not stay. A repeat is harmless.
 * @param error name of the error that ended the execution, when one did
 */
export async function closeRequest(
  { requestId, attempt, error }: { requestId: string; attempt: number; error?: string | undefined },
  ports: CloseRequestPorts,
): Promise<{ state: RequestState }> {
  await ports.vault.wipe(requestId, ['login']);
  const record = await ports.requests.get(requestId);
  if (isFinal(record.state) || record.attempt !== attempt) return { state: record.state };
  const progress = await ports.requests.listProgress(requestId);
  const state = endOf(record, progress, error);
  if (state === 'CANCELLED' || state === 'FAILED') await removeAll(record, progress, state, ports);
  if (record.kind === 'anonymize') await ports.vault.wipe(requestId, ['subject']);
  await ports.requests.transition(requestId, state, state === 'FAILED' && error ? { failure: error } : {});
  ports.log.info('request closed', { requestId, attempt, state, ...(error && { error }) });
  return { state };
}

/** After the commit of an anonymization the honest answer is "done", cancelled or not (R16). */
function endOf(record: RequestRecord, progress: readonly SourceProgress[], error?: string): RequestState {
  if (record.kind === 'anonymize' && record.receipt && !error) return 'COMPLETED';
  if (record.cancelRequested) return 'CANCELLED';
  if (error || record.kind === 'anonymize') return 'FAILED';
  return outcomeOf(progress);
}

/** Nothing is left behind of a Request that was cancelled or failed (R7). */
async function removeAll(
  { requestId, attempt }: RequestRecord,
  progress: readonly SourceProgress[],
  state: RequestState,
  ports: CloseRequestPorts,
): Promise<void> {
  await Promise.all([
    ports.vault.wipe(requestId, ['subject']),
    ports.parts.deleteParts(requestId),
    ports.bundles.delete(`bundles/${requestId}/${attempt}/gdpr-data.tar.gz`),
  ]);
  if (state !== 'CANCELLED') return;
  const unfinished = progress.filter((source) => source.state === 'PENDING' || source.state === 'RUNNING');
  await Promise.all(
    unfinished.map((source) => ports.requests.putProgress(requestId, { ...source, state: 'CANCELLED' })),
  );
}
