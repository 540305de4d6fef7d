import type { Clock } from '../common/ports.ts';
import type { SourcePhase, SourceProgress } from './source.ts';
import type { Requests } from './store.ts';

/** How often a source that works reports: nobody waits longer than 3 s for news (R6). Each report is a write. */
const NEWS_MS = 2_000;

type Named = Pick<SourceProgress, 'source' | 'sourceId' | 'name'>;

/** Reports the progress of a source while it works: each phase at once, figures every two seconds. A failed report is left out. */
export function progressNews(
  requestId: string,
  source: Named,
  figures: () => Omit<SourceProgress, keyof Named | 'phase' | 'updatedAt'>,
  { requests, clock }: { readonly requests: Requests; readonly clock: Clock },
) {
  let phase: SourcePhase | undefined;
  let timer: ReturnType<typeof setInterval> | undefined;
  let last: Promise<void> = Promise.resolve();
  let isReporting = false;
  const put = () => {
    const updatedAt = clock.now().toISOString();
    return requests.putProgress(requestId, { ...source, ...figures(), ...(phase && { phase }), updatedAt });
  };
  const report = (): void => {
    isReporting = true;
    last = last
      .then(put)
      .catch(() => {})
      .finally(() => {
        isReporting = false;
      });
  };
  return {
    /** The source is in this phase from now on; in none while it waits for its turn. Does not wait for the report. */
    enter(next: SourcePhase | undefined): void {
      phase = next;
      timer ??= setInterval(() => isReporting || report(), NEWS_MS);
      report();
    },
    /** The source ends what it did: no report follows. Resolves when the last one is written. */
    async end(): Promise<void> {
      clearInterval(timer);
      await last;
    },
  };
}
