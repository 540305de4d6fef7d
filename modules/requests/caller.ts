import * as z from 'zod';
import { InsufficientScopeError, RequestNotFoundError } from './errors.ts';
import type { RequestRecord } from './record.ts';

/**
 * What a Caller may do: look at its own Requests, start a retrieval, start an anonymization, approve what others started,
 * see and cancel the Requests of all, fetch archives. Which route needs which stands in functions/registry.ts.
 */
export const SCOPES = [
  'gdpr.read',
  'gdpr.retrieve',
  'gdpr.anonymize',
  'gdpr.approve',
  'gdpr.operate',
  'gdpr.download',
] as const;
export type Scope = (typeof SCOPES)[number];

/** Who calls the HTTP API. `callerId`: opaque, the same with every call. */
export interface Caller {
  readonly callerId: string;
  readonly kind: 'person' | 'machine';
  readonly scopes: readonly Scope[];
}

/** Ids of further Callers to whom the archive is delivered: `sub` of a person's token, `iam:` and the id of a role. */
export const Recipients = z
  .array(z.string().regex(/^[\x21-\x7e]{1,128}$/, '1 to 128 characters of ASCII, no space'))
  .min(1)
  .max(10);

/** How Callers are told apart and what they may do, as configured. */
export interface CallerRules {
  /** Claim of a token that names its scopes; `scope` stands for `scp` too. */
  readonly scopeClaim: string;
  /** Scopes by the ARN of an IAM role, without its path. */
  readonly machines: Readonly<Record<string, readonly Scope[]>>;
}

/** What API Gateway's authorizer found out: claims of a token, or the identity that signed the call. */
export interface Authorized {
  readonly jwt?: { readonly claims: Readonly<Record<string, unknown>> };
  readonly iam?: { readonly userArn: string; readonly userId: string };
}

const MACHINE = 'iam:';
const ASSUMED_ROLE = /^arn:(?<partition>[\w-]+):sts::(?<account>\d+):assumed-role\/(?<role>[^/]+)\//;

/**
 * The Caller behind a call. A machine is known by the unique id of its role, which a role made anew under the same name
 * does not have.
 * @throws {InsufficientScopeError} the token names nobody
 */
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

/** A claim is a text with spaces, a list, or a list as API Gateway writes it: `[a b]`. */
function scopesIn(claim: unknown): Scope[] {
  const words = String(claim ?? '').split(/[\s,[\]"]+/);
  return SCOPES.filter((scope) => words.includes(scope));
}

/** @throws {InsufficientScopeError} the Caller has none of these scopes */
export function refuseWithout({ scopes }: Caller, anyOf: readonly Scope[]): void {
  if (!anyOf.some((scope) => scopes.includes(scope))) throw new InsufficientScopeError(anyOf);
}

/** Whether a Request is the Caller's: it has started it, or is named as one to whom it is delivered. */
const isOwn = ({ callerId }: Caller, record: RequestRecord): boolean =>
  record.callerId === callerId || record.recipients?.includes(callerId) === true;

/** Whether a Caller sees the Requests of others: to operate the system, or to approve. Their archives it never sees. */
export const seesAll = ({ scopes }: Caller): boolean =>
  scopes.includes('gdpr.operate') || scopes.includes('gdpr.approve');

export const maySee = (caller: Caller, record: RequestRecord): boolean => isOwn(caller, record) || seesAll(caller);

/** @throws {RequestNotFoundError} it is another's: whether there is one is nobody else's business */
export function refuseUnseen(caller: Caller, record: RequestRecord): void {
  if (!maySee(caller, record)) throw new RequestNotFoundError(record.requestId);
}

/** The scope that a kind of work needs. */
export const SCOPE_OF = { retrieve: 'gdpr.retrieve', anonymize: 'gdpr.anonymize' } as const;

/**
 * To see a Request is not to change it: that is for who asked for it and may ask for its kind, and for who operates.
 * @throws {RequestNotFoundError} the Caller does not even see it
 * @throws {InsufficientScopeError}
 */
export function refuseActing(caller: Caller, record: RequestRecord): void {
  refuseUnseen(caller, record);
  const isRequester = record.callerId === caller.callerId;
  refuseWithout(caller, isRequester ? [SCOPE_OF[record.kind], 'gdpr.operate'] : ['gdpr.operate']);
}

/** @throws {RequestNotFoundError} it is another's, whatever the Caller's scopes: for archives and proofs */
export function refuseForeign(caller: Caller, record: RequestRecord): void {
  if (!isOwn(caller, record)) throw new RequestNotFoundError(record.requestId);
}
