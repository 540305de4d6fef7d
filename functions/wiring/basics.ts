import { randomBytes, randomUUID } from 'node:crypto';
import { jsonLog } from '../../modules/common/adapters/json-log.ts';
import type { Clock } from '../../modules/common/ports.ts';
import type { CallerRules } from '../../modules/requests/caller.ts';
import { environment } from './environment.ts';
import { once } from './lazy.ts';

/** How callers are identified. */
export const callers = /* @__PURE__ */ once(
  (): CallerRules => ({ scopeClaim: environment().SCOPE_CLAIM, machines: environment().MACHINE_SCOPES }),
);
export const clock: Clock = { now: () => new Date() };
export const newId = randomUUID;
/** For one preview. */
export const newNonce = (): string => randomBytes(16).toString('base64url');
export const newKey = (): string => randomBytes(32).toString('base64');
export const log = /* @__PURE__ */ jsonLog((line) => process.stdout.write(`${line}\n`));
