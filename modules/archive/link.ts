/** A short-lived way to one Archive; never stored, never logged (D6). */
export interface Link {
  readonly url: string;
  readonly expiresAt: string;
}
