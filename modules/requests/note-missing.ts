import type { Log } from '../common/ports.ts';
import { stateAfter } from './source-failures.ts';
import type { Requests } from './store.ts';

export interface NoteMissingInput {
  readonly requestId: string;
  readonly attempt: number;
  /** An Engine's id, or `portal`. */
  readonly sourceId: string;
  /** Name of the error that ended it. */
  readonly error: string;
}

/** Task `Note Missing ...`: writes down which source could not be had and why, so that it never turns into silence (R12). */
export async function noteMissing(
  { requestId, attempt, sourceId, error }: NoteMissingInput,
  { requests, log }: { readonly requests: Requests; readonly log: Log },
): Promise<void> {
  const known = (await requests.listProgress(requestId)).find((progress) => progress.sourceId === sourceId);
  const state = stateAfter(error);
  await requests.putProgress(requestId, {
    source: sourceId === 'portal' ? 'portal' : 'engine',
    sourceId,
    name: known?.name ?? sourceId,
    rows: known?.rows ?? 0,
    bytes: known?.bytes ?? 0,
    state,
    reason: error,
  });
  log.warn('source missing', { requestId, attempt, sourceId, state, error });
}
