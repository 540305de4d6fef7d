import { request as plainRequest } from 'node:http';
import { request as tlsRequest } from 'node:https';
import { isIP } from 'node:net';
import { readRetryAfter } from '../core/retry-policy.ts';
import { ForbiddenAddressError, isForbidden, lookUpGuarded } from './peer-address.ts';

/** For the whole of a call. */
const TIMEOUT_MS = 10_000;
/** No answer that makes sense here is longer. */
const MOST_ANSWER_BYTES = 8 * 1024 * 1024;

/** The peer answered with more than makes sense. */
export class AnswerTooLongError extends Error {
  override readonly name = 'AnswerTooLongError';
}

/** One call to an address that an operator has configured. */
export interface GuardedCall {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH';
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly signal: AbortSignal;
}

export interface GuardedAnswer {
  readonly status: number;
  /** Seconds of rest that the peer asked for. */
  readonly retryAfter?: number;
  readonly body: string;
}

/**
 * Calls over HTTPS, and nothing on this machine or in its cloud's own network. No redirect is followed.
 * @param allowLoopback on one machine alone, where peers are simulated: plain HTTP and loopback too
 * @throws {ForbiddenAddressError | AnswerTooLongError} or what the network throws; `TimeoutError` after 10 s
 */
export function guardedCall(call: GuardedCall, allowLoopback: boolean): Promise<GuardedAnswer> {
  const { method, url, headers, body, signal } = call;
  const host = url.hostname.replace(/^\[|\]$/g, '');
  if (!allowLoopback && (url.protocol !== 'https:' || (isIP(host) > 0 && isForbidden(host)))) {
    return Promise.reject(new ForbiddenAddressError());
  }
  const timeout = AbortSignal.timeout(TIMEOUT_MS);
  const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
  const options = {
    method,
    agent: false as const, // a kept connection may have died while the function slept
    headers: { ...headers, ...length },
    signal: AbortSignal.any([signal, timeout]),
    ...(!allowLoopback && { lookup: lookUpGuarded }),
  };
  return new Promise((resolve, reject) => {
    const fail = (error: Error) => reject(timeout.aborted ? timeout.reason : error);
    const outgoing = (url.protocol === 'https:' ? tlsRequest : plainRequest)(url, options, (incoming) => {
      const chunks: Buffer[] = [];
      let bytes = 0;
      incoming.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        chunks.push(chunk);
        if (bytes > MOST_ANSWER_BYTES) outgoing.destroy(new AnswerTooLongError());
      });
      incoming.on('error', fail);
      incoming.on('end', () => {
        const rest = readRetryAfter(incoming.headers['retry-after'], new Date());
        const retryAfter = rest === undefined ? {} : { retryAfter: Math.ceil(rest / 1000) };
        resolve({ status: incoming.statusCode ?? 0, ...retryAfter, body: Buffer.concat(chunks).toString() });
      });
    });
    outgoing.on('error', fail);
    outgoing.end(body);
  });
}
