import { OvertakenError } from './errors.ts';
import type { Lease, Leases } from './leases.ts';

/** Another worker holds the Engine; try again after this many seconds. */
interface Busy {
  readonly waitSeconds: number;
}

/**
 * Leases an Engine, which only one worker of all Requests queries at a time (docs/decisions/0005).
 * @param holder of the lease, for people who look at the table; no personal data
 * @param turn takes its turn in order of arrival; without it, a small query takes an Engine that nobody holds
 */
export async function openSession(
  leases: Leases,
  engineId: string,
  holder: string,
  turn?: { readonly atLeast: number },
): Promise<LeaseSession | Busy> {
  const answer = await leases.acquire(engineId, holder, turn);
  return 'waitSeconds' in answer ? answer : new LeaseSession(leases, engineId, answer, turn !== undefined);
}

/** A lease of one Engine, renewed until `end`. */
export class LeaseSession {
  /** Grows with every lease of this Engine; it is committed with the results. */
  readonly token: number;
  readonly #leases: Leases;
  readonly #engineId: string;
  readonly #lifeMs: number;
  readonly #isTurn: boolean;
  readonly #lost = new AbortController();
  readonly #heartbeat: ReturnType<typeof setInterval>;
  #renewedAt = performance.now();

  constructor(leases: Leases, engineId: string, { token, seconds }: Lease, isTurn: boolean) {
    this.token = token;
    this.#leases = leases;
    this.#engineId = engineId;
    this.#lifeMs = seconds * 1000;
    this.#isTurn = isTurn;
    this.#heartbeat = setInterval(() => void this.#renew(), this.#lifeMs / 3);
  }

  /** Aborts when the lease is lost: the worker must stop querying. */
  get signal(): AbortSignal {
    return this.#lost.signal;
  }

  /** Makes sure that the lease still holds. @throws {OvertakenError} it is lost */
  async confirm(): Promise<void> {
    await this.#renew();
    if (this.#lost.signal.aborted) throw new OvertakenError(this.#engineId);
  }

  /** Releases the Engine. Never throws: a lease that could not be released expires. */
  async end(): Promise<void> {
    clearInterval(this.#heartbeat);
    await this.#leases.release(this.#engineId, this.token, this.#isTurn).catch(() => {});
  }

  async #renew(): Promise<void> {
    const sentAt = performance.now();
    const kept = await this.#leases.renew(this.#engineId, this.token).catch(() => 'unknown' as const);
    if (kept === true) this.#renewedAt = sentAt;
    const ranOut = performance.now() - this.#renewedAt >= this.#lifeMs;
    if (kept === false || ranOut) this.#lost.abort(new OvertakenError(this.#engineId));
  }
}
