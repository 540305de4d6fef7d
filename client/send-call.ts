import { type ApiRequest, type CallName, type InputOf, requestOf } from './request.ts';

/** API Gateway gives up after 29 s; a bit above, so that its answer is seen. Milliseconds. */
const MAX_CALL_MS = 35_000;

/** How a program proves itself: by an access token, or by the headers of a call that it signs. */
export type Proof = string | ((url: string, call: ApiRequest) => Promise<ApiRequest['headers']>);

/** Sends a call as a program does; a redirect is not followed. @param base address, without `/` at its end @throws what `fetch` throws */
export async function sendCall<Name extends CallName>(
  base: string,
  proof: Proof,
  name: Name,
  input: InputOf<Name>,
  signal?: AbortSignal,
): Promise<Response> {
  const call = requestOf(name, input);
  const url = `${base}${call.path}`;
  const headers = { accept: 'application/json, application/problem+json', ...call.headers };
  const isToken = typeof proof === 'string';
  const proven = isToken ? { authorization: `Bearer ${proof}`, ...headers } : await proof(url, { ...call, headers });
  const late = AbortSignal.timeout(MAX_CALL_MS);
  const ended = signal ? AbortSignal.any([signal, late]) : late;
  return fetch(url, { ...call, headers: proven, redirect: 'manual', signal: ended });
}
