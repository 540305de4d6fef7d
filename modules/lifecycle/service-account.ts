import { LoginInsufficientError, LoginRefusedError } from '../engines/errors.ts';
import type { Caller } from '../requests/caller.ts';
import type { GivenLogin, Login } from '../requests/login.ts';
import { ServiceAccountError } from './errors.ts';

/** Access to the service account. */
export interface ServiceAccountPorts {
  /** Reads the login of the system's own Nexthink account; absent when none is set up. */
  readonly serviceAccount?: () => Promise<Login>;
}

/** The given login, or that of the service account. @throws {ServiceAccountError} none is set up */
export async function openLogin(given: GivenLogin, { serviceAccount }: ServiceAccountPorts): Promise<Login> {
  if (given !== 'service-account') return given;
  if (!serviceAccount) throw new ServiceAccountError('is not set up');
  return serviceAccount();
}

/** Over HTTP only machines may use the service account. @throws {ServiceAccountError} the caller is a person */
export function refuseServiceAccount(given: GivenLogin | undefined, { kind }: Caller): void {
  if (given === 'service-account' && kind !== 'machine') throw new ServiceAccountError('is only for machines');
}

/** Whether the account itself was refused: further tries might lock it. */
export const isAccountRefused = (error: unknown): boolean =>
  error instanceof LoginRefusedError || error instanceof LoginInsufficientError || error instanceof ServiceAccountError;
