import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import type { LocalSystem } from '../../local/system.ts';
import { isFinal } from '../../modules/requests/state-machine.ts';
import type { RequestView } from '../../modules/requests/views/get-request.ts';

interface Call {
  /** Of the system's own operator when absent. */
  readonly token?: string;
  readonly body?: unknown;
  /** A new one when absent. */
  readonly key?: string;
}

/** Maximum time between two looks at a Request, whatever its execution does, milliseconds. */
const MAX_UNSEEN_MS = 2_000;

/** One call of the HTTP API of a running system. */
export const callApi = (
  { apiUrl, token: own }: Pick<LocalSystem, 'apiUrl' | 'token'>,
  method: string,
  path: string,
  { token = own, body, key = randomUUID() }: Call = {},
): Promise<Response> =>
  fetch(`${apiUrl}${path}`, {
    method,
    redirect: 'manual',
    headers: {
      authorization: `Bearer ${token}`,
      ...(method === 'POST' && { 'idempotency-key': key }),
      ...(body !== undefined && { 'content-type': 'application/json' }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });

/** An execution that runs has not closed its Request yet. To see that costs nothing, a call of the API as much as a short query. */
async function executionEnds(system: LocalSystem, requestId: string): Promise<void> {
  const runs = () => system.running().some(({ input }) => input.includes(requestId));
  for (const late = Date.now() + MAX_UNSEEN_MS; runs() && Date.now() < late; ) await wait(20);
}

/** Waits until a Request has ended. @param token of a caller who may see it */
export async function ended(system: LocalSystem, requestId: string, token = system.token): Promise<RequestView> {
  for (;;) {
    await executionEnds(system, requestId);
    const view = (await (await callApi(system, 'GET', `/v1/requests/${requestId}`, { token })).json()) as RequestView;
    if (isFinal(view.state)) return view;
    await wait(100);
  }
}

/** Opaque id of the Caller whom a token is for. */
export const subjectIdOf = (token: string): string =>
  (JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString()) as { sub: string }).sub;
