import * as z from 'zod';
import { InsufficientScopeError, RequestNotFoundError } from './errors.ts';
import type { RequestRecord } from './record.ts';

/** Read own Requests; start work; approve; see and cancel all Requests; download. functions/registry.ts has those of each route. */
export const SCOPES = [
  'gdpr.read',
  'gdpr.retrieve',
  'gdpr.anonymize',
  'gdpr.approve',
  'gdpr.operate',
  'gdpr.download',
] as const;
export type Scope = (typeof SCOPES)[number];

/** A caller of the HTTP API. `callerId` is opaque and constant. */
export interface Caller {
  readonly callerId: string;
  readonly kind: 'person' | 'machine';
  readonly scopes: readonly Scope[];
}

/** Ids of more Callers who get the archive: `sub` of a person's token, or `iam:` and the id of a role. */
export const Recipients = z
  .array(z.string().regex(/^[\x21-\x7e]{1,128}$/, '1 to 128 characters of ASCII, no space'))
  .min(1)
  .max(10);

/** How Callers are identified and what they may do, from the settings. */
export interface CallerRules {
  /** Claim of a token that lists its scopes; with `scope`, `scp` is read too. */
  readonly scopeClaim: string;
  /** Scopes by the ARN of an IAM role, without its path. */
  readonly machines: Readonly<Record<string, readonly Scope[]>>;
}

/** The result of API Gateway's authorizer: claims of a token, or the identity that signed the call. */
export interface Authorized {
  readonly jwt?: { readonly claims: Readonly<Record<string, unknown>> };
  readonly iam?: { readonly userArn: string; readonly userId: string };
}

const MACHINE = 'iam:';
const ASSUMED_ROLE = /^arn:(?<partition>[\w-]+):sts::(?<account>\d+):assumed-role\/(?<role>[^/]+)\//;

/** The Caller behind a call; a machine has the unique id of its role. @throws {InsufficientScopeError} the token has no subject */
export function callerFrom({ jwt, iam }: Authorized, rules: CallerRules): Caller {
  if (iam) {
    const { partition, account, role } = ASSUMED_ROLE.exec(iam.userArn)?.groups ?? {};
    const arn = role === undefined ? iam.userArn : `arn:${partition}:iam::${account}:role/${role}`;
    const [uniqueId] = iam.userId.split(':');
    return { callerId: `${MACHINE}${uniqueId}`, kind: 'machine', scopes: rules.machines[arn] ?? [] };
  }
  const claims = jwt?.claims ?? {};
  const { sub } = claims;
  if (typeof sub !== 'string' || sub === '' || sub.startsWith(MACHINE)) throw new InsufficientScopeError([]);
  const named = rules.scopeClaim === 'scope' ? (claims.scope ?? claims.scp) : claims[rules.scopeClaim];
  return { callerId: sub, kind: 'person', scopes: scopesIn(named) };
}

/** A claim is a text with spaces, a list, or a list in API Gateway's form: `[a b]`. */
function scopesIn(claim: unknown): Scope[] {
  const words = String(claim ?? '').split(/[\s,[\]"]+/);
  return SCOPES.filter((scope) => words.includes(scope));
}

/** @throws {InsufficientScopeError} the Caller has none of these scopes */
export function refuseWithout({ scopes }: Caller, anyOf: readonly Scope[]): void {
  if (!anyOf.some((scope) => scopes.includes(scope))) throw new InsufficientScopeError(anyOf);
}

const isOwn = ({ callerId }: Caller, record: RequestRecord): boolean =>
  record.callerId === callerId || record.recipients?.includes(callerId) === true;

/** Whether a Caller sees the Requests of others, to operate or to approve. It never gets their archives. */
export const seesAll = ({ scopes }: Caller): boolean =>
  scopes.includes('gdpr.operate') || scopes.includes('gdpr.approve');

export const maySee = (caller: Caller, record: RequestRecord): boolean => isOwn(caller, record) || seesAll(caller);

/** @throws {RequestNotFoundError} the Caller may not see it: the answer does not reveal whether it exists */
export function refuseUnseen(caller: Caller, record: RequestRecord): void {
  if (!maySee(caller, record)) throw new RequestNotFoundError(record.requestId);
}

export const SCOPE_OF = {
  retrieve: 'gdpr.retrieve',
  anonymize: 'gdpr.anonymize',
  rehearse: 'gdpr.anonymize',
  remove: 'gdpr.anonymize',
} as const;

/** Only the requester (with the matching scope) or an operator may change a Request. @throws {RequestNotFoundError} it is unseen */
export function refuseActing(caller: Caller, record: RequestRecord): void {
  refuseUnseen(caller, record);
  const isRequester = record.callerId === caller.callerId;
  refuseWithout(caller, isRequester ? [SCOPE_OF[record.kind], 'gdpr.operate'] : ['gdpr.operate']);
}

/** For archives and proofs, whatever the scopes. @throws {RequestNotFoundError} the Request is not the Caller's own */
export function refuseForeign(caller: Caller, record: RequestRecord): void {
  if (!isOwn(caller, record)) throw new RequestNotFoundError(record.requestId);
}
