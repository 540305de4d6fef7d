/** A right to query an Engine, for `seconds` from now unless renewed. `token` grows with every lease of that Engine. */
export interface Lease {
  readonly token: number;
  readonly seconds: number;
}

/** Leases of Engines: one worker at a time queries an Engine, across all Requests (docs/decisions/0005). */
export interface Leases {
  /** @param holder of the lease; no personal data @returns seconds to wait when another worker holds it */
  acquire(engineId: string, holder: string): Promise<Lease | { readonly waitSeconds: number }>;
  /** @returns false when the lease is gone: released, or expired and taken by another worker */
  renew(engineId: string, token: number): Promise<boolean>;
  /** Harmless when the lease is gone. */
  release(engineId: string, token: number): Promise<void>;
}
