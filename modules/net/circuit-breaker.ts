/** Maximum failed tries in a row. */
export const MAX_FAILURES = 5;

/** Stops the queries to an Engine that keeps failing, for one invocation. */
export class CircuitBreaker {
  #failures = 0;

  get isOpen(): boolean {
    return this.#failures >= MAX_FAILURES;
  }

  failed(): void {
    this.#failures += 1;
  }

  succeeded(): void {
    this.#failures = 0;
  }
}
