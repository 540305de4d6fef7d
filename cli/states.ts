import type { RequestState, SourceState } from '../client/shapes.ts';
import type { RequestView, SourceProgress } from '../client/types.ts';

/** Exit code for a request in each state; none while it runs. 4: it waits for a person. */
export const EXIT_CODES: Readonly<Record<RequestState, 0 | 1 | 3 | 4 | undefined>> = {
  AWAITING_APPROVAL: 4,
  AWAITING_LOGIN: 4,
  QUEUED: undefined,
  RUNNING: undefined,
  MERGING: undefined,
  CANCELLING: undefined,
  COMPLETED: 0,
  COMPLETED_WITH_ERRORS: 3,
  FAILED: 1,
  CANCELLED: 1,
  DENIED: 1,
  EXPIRED: 1,
};

/** What exit codes mean for the verbs that follow a request. */
export const REQUEST_EXIT_CODES = {
  1: 'failed, cancelled, denied or expired',
  3: 'completed with errors: a source is missing',
  4: 'waits for an approval or a login',
} as const;

/** Why a source is missing, as half a sentence that says what to look at. */
const REASONS: Partial<Record<SourceState, string>> = {
  NO_LICENCE: 'it has no Nexthink Integrate licence',
  UNREACHABLE: 'it did not answer, or is not connected to the Portal',
  TLS_FAILED: 'its certificate is not trusted; set its trust in settings.json',
  AUTH_FAILED: 'it refused the login',
  TIMED_OUT: 'it took too long to answer',
  REJECTED_QUERY: 'it refused a query',
  FAILED: 'it failed',
  CANCELLED: 'it was cancelled',
};

/** Sources that gave no data (R12). */
export const missingSources = (progress: readonly SourceProgress[]): SourceProgress[] =>
  progress.filter(({ state }) => REASONS[state] !== undefined);

/** True when any source holds something about the Subject. */
export const anythingFound = ({ progress }: RequestView): boolean =>
  progress.some(({ state, rows }) => state === 'DONE' || rows > 0);

/** `engine-2 is missing: it took too long to answer (TIMED_OUT, EngineTimeoutError)` */
export function missingSentence({ name, state, reason }: SourceProgress): string {
  const codes = [state, reason].filter(Boolean).join(', ');
  return `${printable(name)} is missing: ${REASONS[state] ?? 'it did not finish'} (${codes})`;
}

/** Text from elsewhere without control characters, which a terminal would obey. */
export const printable = (text: string): string => text.replaceAll(/\p{C}/gu, '?');
