import type { Clock } from '../common/ports.ts';
import type { SourcePhase, SourceProgress } from './source.ts';
import type { Requests } from './store.ts';

/** How often a source that works reports: nobody waits longer than 3 s for news (R6). Each report is a write. */
const NEWS_MS = 2_000;

type Named = Pick<SourceProgress, 'source' | 'sourceId' | 'name'>;
type Figures = Omit<SourceProgress, keyof Named | 'phase' | 'updatedAt'>;

/**
 * Reports the progress of one source while it works: each phase at once, its figures every two seconds, also during a long
 * query. A report that fails is left out: the next one follows.
 */
export class ProgressNews {
  readonly #put: () => Promise<void>;
  #phase: SourcePhase | undefined;
  #timer: ReturnType<typeof setInterval> | undefined;
  #last: Promise<void> = Promise.resolve();
  #isReporting = false;

  /** @param figures what is known at this moment */
  constructor(
    requestId: string,
    source: Named,
    figures: () => Figures,
    { requests, clock }: { readonly requests: Requests; readonly clock: Clock },
  ) {
    this.#put = () => {
      const phase = this.#phase && { phase: this.#phase };
      const updatedAt = clock.now().toISOString();
      return requests.putProgress(requestId, { ...source, ...figures(), ...phase, updatedAt });
    };
  }

  /** The source is in this phase from now on; in none while it waits for its turn. Does not wait for the report. */
  enter(phase: SourcePhase | undefined): void {
    this.#phase = phase;
    this.#timer ??= setInterval(() => this.#isReporting || this.#report(), NEWS_MS);
    this.#report();
  }

  /** The source ends what it did: no report follows. Resolves when the last one is written. */
  async end(): Promise<void> {
    clearInterval(this.#timer);
    await this.#last;
  }

  #report(): void {
    this.#isReporting = true;
    this.#last = this.#last
      .then(() => this.#put())
      .catch(() => {})
      .finally(() => {
        this.#isReporting = false;
      });
  }
}
