import type { Login } from './start-body.ts';
import type { RequestPorts } from './store.ts';
import type { SealedSubject } from './subject.ts';

/** The sealed values of a Request, each with its own KMS encryption context (docs/decisions/0020). */
export interface SealedValues {
  readonly login: Login;
  readonly subject: SealedSubject;
  /** Key (base64) of the stand-ins for other people's names; kept as long as a rerun may need it. */
  readonly mask: string;
  /** Key (base64) of the commitment in a certificate; the Caller gets it once, then it is deleted. */
  readonly nonce: string;
  /** Nonce (base64url) of the preview that an anonymization was started with. */
  readonly plan: string;
}

/** Keeps sealed values until they expire or are wiped. */
export interface Vault {
  /** @param expiresAt from then on `open` refuses @param latest expires then, however often it is prolonged */
  seal<P extends keyof SealedValues>(
    requestId: string,
    purpose: P,
    value: SealedValues[P],
    expiresAt: Date,
    latest?: Date,
  ): Promise<void>;
  /** Seals another value in place of one that exists and has not expired; its expiry stays. */
  replace<P extends keyof SealedValues>(requestId: string, purpose: P, value: SealedValues[P]): Promise<void>;
  prolong(requestId: string, purpose: keyof SealedValues, expiresAt: Date): Promise<void>;
  /** Whether a value exists but has expired, so that it must be wiped. */
  hasExpired(requestId: string, purpose: keyof SealedValues): Promise<boolean>;
  /** @throws {SealedItemGoneError} */
  open<P extends keyof SealedValues>(requestId: string, purpose: P): Promise<SealedValues[P]>;
  /** Opens a value and wipes it: only one Caller gets it. @throws {SealedItemGoneError} */
  take<P extends keyof SealedValues>(requestId: string, purpose: P): Promise<SealedValues[P]>;
  wipe(requestId: string, purposes: readonly (keyof SealedValues)[]): Promise<void>;
}

export type SealedPorts = RequestPorts & { readonly vault: Vault };
