import { request as plainRequest } from 'node:http';
import { request as tlsRequest } from 'node:https';
import { strictText } from '../common/strict-text.ts';
import { type ConnectionRules, ForbiddenAddressError, TrustedAgent } from './https-agent.ts';
import { readRetryAfter } from './retry-policy.ts';

export class AnswerTooLongError extends Error {
  override readonly name = 'AnswerTooLongError';
}

/** One call to an address from the settings. */
export interface GuardedCall {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH';
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
  readonly signal?: AbortSignal;
  /** Maximum time of the whole call, milliseconds; 10 s when absent. */
  readonly timeoutMs?: number;
  /** Maximum length of the answer; 8 MiB when absent. */
  readonly maxBytes?: number;
}

export interface GuardedAnswer<Body = string> {
  readonly status: number;
  /** Seconds from the peer's `Retry-After` header. */
  readonly retryAfter?: number;
  readonly body: Body;
}

/** `guardedBytes` for an answer of text. @throws as that; `TypeError` for an answer that is not UTF-8 */
export async function guardedCall(call: GuardedCall, rules: ConnectionRules): Promise<GuardedAnswer> {
  const { body, ...answer } = await guardedBytes(call, rules);
  return { ...answer, body: strictText(body) };
}

/**
 * Calls a trusted peer over HTTPS, but no address of this machine or of the cloud's own services. It follows no redirect.
 * @param rules `allowLoopback` also allows plain HTTP
 * @throws {ForbiddenAddressError | AnswerTooLongError} or an error of the network; `TimeoutError` when time is up
 */
export function guardedBytes(
  { method, url, headers, body, signal, timeoutMs = 10_000, maxBytes = 8 * 1024 * 1024 }: GuardedCall,
  rules: ConnectionRules,
): Promise<GuardedAnswer<Buffer>> {
  const isTls = url.protocol === 'https:';
  if (!isTls && !rules.allowLoopback) return Promise.reject(new ForbiddenAddressError());
  const timeout = AbortSignal.timeout(timeoutMs);
  // Only for this call: a kept connection may break while the function sleeps.
  const agent = isTls ? new TrustedAgent(rules) : undefined;
  const options = {
    method,
    agent: agent ?? false,
    signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
    headers: { ...headers, ...(body !== undefined && { 'content-length': String(Buffer.byteLength(body)) }) },
  };
  return new Promise((resolve, reject) => {
    const fail = (error: Error) => reject(timeout.aborted ? timeout.reason : error);
    const outgoing = (isTls ? tlsRequest : plainRequest)(url, options, (incoming) => {
      const chunks: Buffer[] = [];
      let bytes = 0;
      incoming.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        chunks.push(chunk);
        if (bytes > maxBytes) outgoing.destroy(new AnswerTooLongError());
      });
      incoming.on('error', fail);
      incoming.on('end', () => {
        const wait = readRetryAfter(incoming.headers['retry-after'], rules.now());
        const retryAfter = wait === undefined ? {} : { retryAfter: Math.ceil(wait / 1000) };
        resolve({ status: incoming.statusCode ?? 0, ...retryAfter, body: Buffer.concat(chunks) });
      });
    });
    outgoing.on('error', fail);
    outgoing.on('close', () => agent?.destroy());
    outgoing.end(body);
  });
}
