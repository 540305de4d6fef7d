import { strictText } from '../common/strict-text.ts';
import { type ConnectionRules, ForbiddenAddressError, send, TrustedAgent, type TrustedRequest } from './https-agent.ts';
import { readRetryAfter } from './retry-policy.ts';

export class AnswerTooLongError extends Error {
  override readonly name = 'AnswerTooLongError';
}

/** One call to an address from the settings. */
export interface GuardedCall extends Omit<TrustedRequest, 'signal'> {
  readonly signal?: AbortSignal | undefined;
  /** Maximum time of the whole call, milliseconds; 10 s when absent. */
  readonly timeoutMs?: number;
  /** Maximum length of the answer; 8 MiB when absent. */
  readonly maxBytes?: number;
}

export interface GuardedAnswer<Body = string> {
  readonly status: number;
  /** Seconds from the peer's `Retry-After` header. */
  readonly retryAfter?: number;
  readonly date?: string;
  readonly body: Body;
}

/** `guardedBytes` for an answer of text. @throws as that; `TypeError` for an answer that is not UTF-8 */
export async function guardedCall(call: GuardedCall, rules: ConnectionRules): Promise<GuardedAnswer> {
  const { body, ...answer } = await guardedBytes(call, rules);
  return { ...answer, body: strictText(body) };
}

/**
 * Calls a trusted peer over HTTPS, but no address of this machine or of the cloud's own services. It follows no redirect.
 * @param rules `allowLoopback` also allows plain HTTP @throws {ForbiddenAddressError | AnswerTooLongError} or of the network
 */
export async function guardedBytes(
  { signal, timeoutMs = 10_000, maxBytes = 8 * 1024 * 1024, ...call }: GuardedCall,
  rules: ConnectionRules,
): Promise<GuardedAnswer<Buffer>> {
  const isTls = call.url.protocol === 'https:';
  if (!isTls && !rules.allowLoopback) throw new ForbiddenAddressError();
  const timeout = AbortSignal.timeout(timeoutMs);
  // Only for this call: a kept connection may break while the function sleeps.
  const agent = isTls ? new TrustedAgent(rules) : undefined;
  try {
    const answer = await send(agent, { ...call, signal: signal ? AbortSignal.any([signal, timeout]) : timeout });
    const chunks: Buffer[] = [];
    let bytes = 0;
    for await (const chunk of answer as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      chunks.push(chunk);
      if (bytes > maxBytes) throw new AnswerTooLongError();
    }
    const wait = readRetryAfter(answer.headers['retry-after'], rules.now());
    const retryAfter = wait === undefined ? {} : { retryAfter: Math.ceil(wait / 1000) };
    const { date } = answer.headers;
    return { status: answer.statusCode ?? 0, ...retryAfter, ...(date && { date }), body: Buffer.concat(chunks) };
  } catch (error) {
    throw timeout.aborted ? timeout.reason : error;
  } finally {
    agent?.destroy();
  }
}
