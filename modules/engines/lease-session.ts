import { OvertakenError } from './errors.ts';
import type { Lease, Leases } from './leases.ts';

/** The Engine is another's; ask again after so many seconds. */
export interface Busy {
  readonly waitSeconds: number;
}

/**
 * Asks for an Engine, to be its only asker across all Requests (docs/decisions/0005).
 * @param holder who asks, for people who look at the table; no personal data
 */
export async function takeTurn(leases: Leases, engineId: string, holder: string): Promise<Turn | Busy> {
  const answer = await leases.acquire(engineId, holder);
  return 'waitSeconds' in answer ? answer : new Turn(leases, engineId, answer);
}

/** The time during which an Engine is ours; it is renewed until `end`. */
export class Turn {
  /** Grows with every turn at this Engine; travels with what is committed. */
  readonly token: number;
  readonly #leases: Leases;
  readonly #engineId: string;
  readonly #lifeMs: number;
  readonly #lost = new AbortController();
  readonly #heartbeat: ReturnType<typeof setInterval>;
  #renewedAt = performance.now();

  constructor(leases: Leases, engineId: string, { token, seconds }: Lease) {
    this.token = token;
    this.#leases = leases;
    this.#engineId = engineId;
    this.#lifeMs = seconds * 1000;
    this.#heartbeat = setInterval(() => void this.#renew(), this.#lifeMs / 3);
  }

  /** Aborts when the Engine is no longer ours: whoever is asking it must stop. */
  get signal(): AbortSignal {
    return this.#lost.signal;
  }

  /** Makes sure that the Engine is still ours. @throws {OvertakenError} it is not */
  async confirm(): Promise<void> {
    await this.#renew();
    if (this.#lost.signal.aborted) throw new OvertakenError(this.#engineId);
  }

  /** Gives the Engine back. Never throws: a lease that could not be given back runs out by itself. */
  async end(): Promise<void> {
    clearInterval(this.#heartbeat);
    await this.#leases.release(this.#engineId, this.token).catch(() => {});
  }

  async #renew(): Promise<void> {
    const askedAt = performance.now();
    const kept = await this.#leases.renew(this.#engineId, this.token).catch(() => 'unknown' as const);
    if (kept === true) this.#renewedAt = askedAt;
    const ranOut = performance.now() - this.#renewedAt >= this.#lifeMs;
    if (kept === false || ranOut) this.#lost.abort(new OvertakenError(this.#engineId));
  }
}
