import * as z from 'zod';
import type { ErrorFacts } from '../common/errors.ts';
import type { Log } from '../common/ports.ts';
import { ENGINE_ERRORS } from '../engines/errors.ts';
import { PORTAL_ERRORS } from '../portal/errors.ts';
import { OUTSIDE_ERRORS, REQUEST_ERRORS } from '../requests/errors.ts';
import type { SourceState } from '../requests/source.ts';
import { Attempt } from '../requests/state-machine.ts';
import type { Requests } from '../requests/store.ts';

/** Every error that may end a source, by the name that Step Functions passes on. */
const ERRORS: Readonly<Record<string, ErrorFacts & { readonly sourceState?: SourceState }>> = {
  ...REQUEST_ERRORS,
  ...ENGINE_ERRORS,
  ...PORTAL_ERRORS,
  ...OUTSIDE_ERRORS,
};

export const NoteMissingEvent = Attempt.extend({
  /** An Engine's id, or `portal`. */
  sourceId: z.string().min(1),
  error: z.string().min(1),
});
export type NoteMissingEvent = Readonly<z.infer<typeof NoteMissingEvent>>;

/** Task `Note Missing ...`: records which source is missing and why, so that every gap in the answer is visible (R12). */
export async function noteMissing(
  { requestId, attempt, sourceId, error }: NoteMissingEvent,
  { requests, log }: { readonly requests: Requests; readonly log: Log },
): Promise<void> {
  const known = (await requests.listProgress(requestId)).find((progress) => progress.sourceId === sourceId);
  const state = ERRORS[error]?.sourceState ?? 'FAILED';
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
