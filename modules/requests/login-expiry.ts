import type { Clock } from '../common/ports.ts';
import type { Vault } from './vault.ts';

/** An execution may run so long, and no login lives longer (docs/decisions/0026). */
export const MAX_RUN_MS = 12 * 3_600_000;
/** So long after the last sign of life of its run a login is refused. A worker is killed after 15 minutes. */
const MAX_SILENCE_MS = 20 * 60_000;

/** What the life of a login needs. */
interface LoginLifePorts {
  readonly vault: Vault;
  readonly clock: Clock;
}

/** How long the login of a run lives that starts now, or now gives a sign of life; and at most. */
export const loginLife = (now: Date): { readonly until: Date; readonly latest: Date } => ({
  until: new Date(now.getTime() + MAX_SILENCE_MS),
  latest: new Date(now.getTime() + MAX_RUN_MS),
});

/** A sign of life of a run: its login, if it has one that has not run out, goes on living (docs/decisions/0026). */
export const keepLoginAlive = (requestId: string, { vault, clock }: LoginLifePorts): Promise<void> =>
  vault.prolong(requestId, 'login', loginLife(clock.now()).until);
