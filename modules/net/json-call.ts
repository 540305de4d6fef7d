import { request as plainRequest } from 'node:http';
import { request as tlsRequest } from 'node:https';
import { strictText } from '../common/strict-text.ts';
import { type ConnectionRules, ForbiddenAddressError, TrustedAgent } from './https-agent.ts';
import { readRetryAfter } from './retry-policy.ts';

/** For the whole call. */
const TIMEOUT_MS = 10_000;
const MAX_ANSWER_BYTES = 8 * 1024 * 1024;

/** The answer is longer than `MAX_ANSWER_BYTES`. */
export class AnswerTooLongError extends Error {
  override readonly name = 'AnswerTooLongError';
}

/** One call to an address from the settings. */
export interface GuardedCall {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH';
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly signal: AbortSignal;
}

export interface GuardedAnswer {
  readonly status: number;
  /** Seconds from the peer's `Retry-After` header. */
  readonly retryAfter?: number;
  readonly body: string;
}

/**
 * Calls a trusted peer over HTTPS, but no address of this machine or of the cloud's own services. It follows no redirect.
 * @param rules `allowLoopback` also allows plain HTTP
 * @throws {ForbiddenAddressError | AnswerTooLongError} or an error of the network; `TimeoutError` after 10 s; `TypeError` for an
 * answer that is not UTF-8
 */
export function guardedCall(call: GuardedCall, rules: ConnectionRules): Promise<GuardedAnswer> {
  const { method, url, headers, body, signal } = call;
  const isTls = url.protocol === 'https:';
  if (!isTls && !rules.allowLoopback) return Promise.reject(new ForbiddenAddressError());
  const timeout = AbortSignal.timeout(TIMEOUT_MS);
  // Only for this call: a kept connection may break while the function sleeps.
  const agent = isTls ? new TrustedAgent(rules) : undefined;
  const options = {
    method,
    agent: agent ?? false,
    signal: AbortSignal.any([signal, timeout]),
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
        if (bytes > MAX_ANSWER_BYTES) outgoing.destroy(new AnswerTooLongError());
      });
      incoming.on('error', fail);
      incoming.on('end', () => {
        const wait = readRetryAfter(incoming.headers['retry-after'], rules.now());
        const retryAfter = wait === undefined ? {} : { retryAfter: Math.ceil(wait / 1000) };
        try {
          resolve({ status: incoming.statusCode ?? 0, ...retryAfter, body: strictText(Buffer.concat(chunks)) });
        } catch (error) {
          reject(error);
        }
      });
    });
    outgoing.on('error', fail);
    outgoing.on('close', () => agent?.destroy());
    outgoing.end(body);
  });
}
