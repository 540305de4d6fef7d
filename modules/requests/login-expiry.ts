import type { Clock } from '../common/ports.ts';
import type { Vault } from './vault.ts';

/** Maximum time of an execution, and of its login (docs/decisions/0026). */
export const MAX_RUN_MS = 12 * 3_600_000;
/** A login expires this long after its run's last heartbeat. A worker is killed after 15 minutes. */
const MAX_SILENCE_MS = 20 * 60_000;

interface LoginExpiryPorts {
  readonly vault: Vault;
  readonly clock: Clock;
}

/** When the login of a run expires after a heartbeat now: `until` without another heartbeat, `latest` at most. */
export const loginExpiry = (now: Date): { readonly until: Date; readonly latest: Date } => ({
  until: new Date(now.getTime() + MAX_SILENCE_MS),
  latest: new Date(now.getTime() + MAX_RUN_MS),
});

/** A heartbeat of a run: prolongs its login, unless that has expired (docs/decisions/0026). */
export const keepLoginAlive = (requestId: string, { vault, clock }: LoginExpiryPorts): Promise<void> =>
  vault.prolong(requestId, 'login', loginExpiry(clock.now()).until);
