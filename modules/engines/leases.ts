/** A right to ask an Engine, for `seconds` from now unless renewed. `token` grows with every lease of that Engine. */
export interface Lease {
  readonly token: number;
  readonly seconds: number;
}

/** Who may ask which Engine: one at a time across all Requests (docs/decisions/0005). */
export interface Leases {
  /** @param holder who asks; no personal data @returns after how many seconds to ask again when another has it */
  acquire(engineId: string, holder: string): Promise<Lease | { readonly waitSeconds: number }>;
  /** @returns false when the lease is gone: given back, or run out and taken by another */
  renew(engineId: string, token: number): Promise<boolean>;
  /** Harmless when the lease is gone. */
  release(engineId: string, token: number): Promise<void>;
}
