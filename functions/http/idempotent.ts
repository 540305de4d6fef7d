import { createHash } from 'node:crypto';
import type { Macs } from '../../modules/common/hmac.ts';
import { IdempotencyConflictError, IdempotencyKeyError, RequestInFlightError } from './errors.ts';
import { callerOf, type HttpEvent, type HttpPorts, type HttpResult } from './http.ts';
import { refusalOf } from './problems.ts';

export interface AnswerOncePorts extends HttpPorts {
  readonly idempotency: Idempotency;
  readonly macs: Macs;
  readonly newId: () => string;
}

/** `resumed`: an earlier try of the same call crashed or failed, perhaps after it created the Request of this id. */
export type Start = { readonly requestId: string; readonly resumed: boolean };

/**
 * Answers a call that starts work once for each `Idempotency-Key` of a Caller: a repeat gets the first answer again. The
 * hash covers the key, which is not stored: so nobody can guess bodies by their hash, even with access to the KMS key.
 * @param work after a refusal the key is free again; after another error a repeat checks what was started
 * @throws {IdempotencyKeyError | IdempotencyConflictError | RequestInFlightError}
 */
export async function answerOnce(
  event: HttpEvent,
  ports: AnswerOncePorts,
  work: (start: Start) => Promise<HttpResult>,
): Promise<HttpResult> {
  const key = event.headers['idempotency-key'] ?? '';
  if (!/^[\x21-\x7e]{1,255}$/.test(key)) throw new IdempotencyKeyError();
  const { callerId } = callerOf(event, ports.callers);
  const call = `${callerId}#${createHash('sha256').update(key).digest('hex')}`;
  const mac = await ports.macs.of('call', JSON.stringify([event.routeKey, event.rawPath, key, event.body ?? '']));
  const begun = await ports.idempotency.begin(call, mac, ports.newId());
  if (begun.kind === 'answered') return JSON.parse(begun.answer) as HttpResult;
  if (begun.kind === 'other-call') throw new IdempotencyConflictError();
  if (begun.kind === 'in-flight') throw new RequestInFlightError(begun.waitSeconds);
  const start = { requestId: begun.requestId, resumed: begun.kind === 'resumed' };
  const result = await work(start).catch(async (error: unknown) => {
    if (refusalOf(error)) await ports.idempotency.abandon(call);
    throw error;
  });
  await ports.idempotency.finish(call, JSON.stringify(result));
  return result;
}

/** What is known about a call with a key. `requestId`: the id that its first try got. */
export type Begun =
  | { readonly kind: 'first'; readonly requestId: string }
  /** An earlier try crashed: it may have started the work. */
  | { readonly kind: 'resumed'; readonly requestId: string }
  | { readonly kind: 'answered'; readonly answer: string }
  | { readonly kind: 'other-call' }
  | { readonly kind: 'in-flight'; readonly waitSeconds: number };

/** Calls by their key, each kept for a day: a repeat gets the first answer and starts nothing. */
export interface Idempotency {
  /** @param call caller and key, nothing personal @param mac of the whole call @param requestId used when the call is new */
  begin(call: string, mac: string, requestId: string): Promise<Begun>;
  /** @param answer without personal data */
  finish(call: string, answer: string): Promise<void>;
  /** The call was refused and has started nothing: its key is free again. */
  abandon(call: string): Promise<void>;
}
