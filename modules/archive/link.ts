/** A short-lived way to one Bundle; never stored, never logged (D6). */
export interface Link {
  readonly url: string;
  readonly expiresAt: string;
}
