/** After so many failed tries in a row nobody is asked any more. */
export const MAX_FAILURES = 5;

/** Stops the questions to an Engine that keeps failing; it lives as long as one invocation. */
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
