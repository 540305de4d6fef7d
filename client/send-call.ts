import { type CallName, type InputOf, requestOf } from './request.ts';

/** API Gateway gives up after 29 s; a bit above, so that its answer is seen. Milliseconds. */
const MAX_CALL_MS = 35_000;

/** Sends a call as a program with a token does; a redirect is not followed. @param base address, without `/` at its end @throws what `fetch` throws */
export function sendCall<Name extends CallName>(
  base: string,
  token: string,
  name: Name,
  input: InputOf<Name>,
  signal?: AbortSignal,
): Promise<Response> {
  const late = AbortSignal.timeout(MAX_CALL_MS);
  const { path, headers, ...init } = requestOf(name, input);
  return fetch(`${base}${path}`, {
    ...init,
    redirect: 'manual',
    signal: signal ? AbortSignal.any([signal, late]) : late,
    headers: { accept: 'application/json, application/problem+json', authorization: `Bearer ${token}`, ...headers },
  });
}
