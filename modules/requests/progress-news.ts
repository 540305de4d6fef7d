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
  readonly #requestId: string;
  readonly #source: Named;
  readonly #figures: () => Figures;
  readonly #ports: { readonly requests: Requests; readonly clock: Clock };
  #phase: SourcePhase | undefined;
  #timer: ReturnType<typeof setInterval> | undefined;
  #last: Promise<void> = Promise.resolve();
  #isReporting = false;

  /** @param figures what is known at this moment */
  constructor(
    requestId: string,
    source: Named,
    figures: () => Figures,
    ports: { readonly requests: Requests; readonly clock: Clock },
  ) {
    this.#requestId = requestId;
    this.#source = source;
    this.#figures = figures;
    this.#ports = ports;
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

  #put(): Promise<void> {
    const { requests, clock } = this.#ports;
    const updatedAt = clock.now().toISOString();
    const phase = this.#phase && { phase: this.#phase };
    return requests.putProgress(this.#requestId, { ...this.#source, ...this.#figures(), ...phase, updatedAt });
  }
}
