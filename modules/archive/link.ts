/** A short-lived way to one Archive; never stored, never logged (docs/decisions/0022). */
export interface Link {
  readonly url: string;
  readonly expiresAt: string;
}
