import { LoginInsufficientError, LoginRefusedError } from '../engines/errors.ts';
import type { Caller } from '../requests/caller.ts';
import type { GivenLogin, Login } from '../requests/login.ts';
import { ServiceAccountError } from './errors.ts';

/** What starts work where there may be no person to log in. */
export interface ServiceAccountPorts {
  /** Login of the system's own account at Nexthink, read anew each time; absent when none is set up. */
  readonly serviceAccount?: () => Promise<Login>;
}

/** The login that was given, or the service account's in its stead. @throws {ServiceAccountError} none is set up */
export async function openLogin(given: GivenLogin, { serviceAccount }: ServiceAccountPorts): Promise<Login> {
  if (given !== 'service-account') return given;
  if (!serviceAccount) throw new ServiceAccountError('is not set up');
  return serviceAccount();
}

/** Over HTTP machines alone may use the service account. @throws {ServiceAccountError} a person asks for it */
export function refuseServiceAccount(given: GivenLogin | undefined, { kind }: Caller): void {
  if (given === 'service-account' && kind !== 'machine') throw new ServiceAccountError('is for machines alone');
}

/** Whether a failure is the account's own: every further try would count against it, and might lock it. */
export const isOfAccount = (error: unknown): boolean =>
  error instanceof LoginRefusedError || error instanceof LoginInsufficientError || error instanceof ServiceAccountError;
