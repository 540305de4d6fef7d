import type { SourceState } from '../modules/requests/source.ts';
import type { SourceProgress } from '../modules/requests/source-progress.ts';
import type { RequestView } from '../modules/requests/views/request-view.ts';

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

/** Sources whose data could not be had (R12). */
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
