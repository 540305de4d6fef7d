import type { Login } from './login.ts';
import type { Subject } from './subject.ts';

/** What the sealed table keeps for a Request, each under a KMS encryption context of its own (docs/decisions/0020). */
export interface SealedValues {
  readonly login: Login;
  readonly subject: Subject;
  /** Key (base64) behind the stand-ins of other people's names; kept as long as a rerun may need the same ones. */
  readonly mask: string;
  /** Key (base64) of the commitment in a certificate; handed to the Caller once, and then gone here. */
  readonly nonce: string;
  /** Nonce (base64url) of the plan that an anonymization was started with; without it the digest tells nothing. */
  readonly plan: string;
}

/** Keeps login and Subject sealed, each until its time or until wiped. */
export interface Vault {
  /**
   * @param expiresAt after it `open` refuses, whether or not the item was removed
   * @param latest the same, however often it is prolonged
   */
  seal<P extends keyof SealedValues>(
    requestId: string,
    purpose: P,
    value: SealedValues[P],
    expiresAt: Date,
    latest?: Date,
  ): Promise<void>;
  /** Moves the time of a value; one that has run out or is gone stays so. */
  prolong(requestId: string, purpose: keyof SealedValues, expiresAt: Date): Promise<void>;
  /** Whether there is a value that has run out: nobody gets it any more, and it is to be wiped. */
  hasExpired(requestId: string, purpose: keyof SealedValues): Promise<boolean>;
  /** @throws {SealedItemGoneError} */
  open<P extends keyof SealedValues>(requestId: string, purpose: P): Promise<SealedValues[P]>;
  /** Opens a value and wipes it, for one Caller alone. @throws {SealedItemGoneError} */
  take<P extends keyof SealedValues>(requestId: string, purpose: P): Promise<SealedValues[P]>;
  wipe(requestId: string, purposes: readonly (keyof SealedValues)[]): Promise<void>;
}
