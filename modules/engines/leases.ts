import type { Attempt } from '../requests/state-machine.ts';

/** A right to query an Engine, for `seconds` from now unless renewed. `token` grows with every lease of that Engine. */
export type Lease = { readonly token: number; readonly seconds: number };

export const holderOf = ({ requestId, attempt }: Attempt): string => `${requestId}/${attempt}`;

/** Leases of Engines: one worker at a time queries an Engine, across all Requests (docs/decisions/0005). */
export interface Leases {
  /**
   * @param turn takes its turn in order of arrival, and keeps its place while it waits, at least `atLeast` seconds. Without it, for a
   *   small query, it takes the Engine when nobody holds it. @returns seconds to wait when another worker holds it, or comes first
   */
  acquire(
    engineId: string,
    holder: string,
    turn?: { readonly atLeast: number },
  ): Promise<Lease | { readonly waitSeconds: number }>;
  /** Gives up the place of a holder that will not come back. Harmless when it has none. */
  leave(engineId: string, holder: string): Promise<void>;
  /** @returns false when the lease is gone: released, or expired and taken by another worker */
  renew(engineId: string, token: number): Promise<boolean>;
  /** Harmless when the lease is gone. @param isTurn its time tells others how long turns take */
  release(engineId: string, token: number, isTurn?: boolean): Promise<void>;
}
