import { setTimeout as pause } from 'node:timers/promises';
import { EXIT_CODES } from '../../client/exit-codes.ts';
import type { AnswerOf, CallName, InputOf } from '../../client/request.ts';
import { type Proof, sendCall } from '../../client/send-call.ts';
import { startOnce } from '../../client/start-once.ts';
import type { Problem, RequestView } from '../../client/types.ts';
import { errorOf } from '../../modules/common/errors.ts';
import type { Traces } from './traces.ts';

type Refused = Pick<Problem, 'type' | 'title' | 'status' | 'detail'>;

/** The API has refused a call. Status 0: nothing answered. */
export class ApiRefusal extends errorOf('ApiRefusal', ({ type, title, status, detail }: Refused) => ({
  message: detail.startsWith(title) ? detail : `${title}: ${detail}`,
  type,
  status,
})) {}

/** A request waits for a person for too long, or did not end, or the run was stopped. */
class UnfinishedError extends errorOf('UnfinishedError', (requestId: string, state: string) => ({
  message: `Request ${requestId} has not ended: it was ${state}`,
})) {}

const PAUSE_MS = 500;
/** Maximum failed looks at a request in a row. */
const MAX_FAILURES = 5;
/** States in which a request waits for a person, or for the Portal database. */
const WAITING: readonly unknown[] = [4, 6];
/** Refusals of a call about a request that has ended, or whose archive is gone. */
const ENDED = ['wrong-state', 'archive-destroyed', 'archive-expired'].map((name) => `/problems/${name}`);

const refusalIn = (error: unknown) =>
  error instanceof ApiRefusal ? { type: error.type, status: error.status } : undefined;

/** The HTTP API of a deployed system, as a program of the customer calls it. */
export class Api {
  readonly #url: string;
  readonly #proof: Proof;

  /** @param url before `/v1` */
  constructor(url: string, proof: Proof) {
    this.#url = url.replace(/\/+$/, '');
    this.#proof = proof;
  }

  /** @throws {ApiRefusal} */
  async call<Name extends CallName>(name: Name, input: InputOf<Name>): Promise<AnswerOf<Name>> {
    const answer = await sendCall(this.#url, this.#proof, name, input).catch((error: unknown) => {
      throw new ApiRefusal(noAnswer(this.#url, error));
    });
    const body: unknown = await answer.json().catch(() => undefined);
    if (answer.status >= 300) throw new ApiRefusal(refusalOf(answer.status, body, typeof this.#proof === 'function'));
    if (body === undefined && answer.status !== 204) throw new ApiRefusal(noApi(this.#url));
    return body as AnswerOf<Name>;
  }

  /**
   * Starts a request and follows it to its end. Until then it is one of the traces.
   * @param say tells once for each state that it waits for a person
   * @throws {UnfinishedError} the signal came first
   */
  async run(
    body: Extract<InputOf<'startRequest'>['body'], { kind: 'retrieve' | 'anonymize' | 'rehearse' }>,
    { say, traces }: { readonly say: (line: string) => void; readonly traces: Traces },
    signal: AbortSignal,
  ): Promise<RequestView> {
    signal.throwIfAborted();
    let view: RequestView = await startOnce((headers) => this.call('startRequest', { body, headers }), refusalIn);
    const path = { requestId: view.requestId };
    const trace = `Request ${view.requestId}`;
    const archive = body.kind === 'retrieve' ? `; its archive: DELETE /v1/requests/${view.requestId}/archive` : '';
    const byHand = `gdpr cancel ${view.requestId}${archive}`;
    traces.add(trace, { undo: () => this.#close(view), byHand });
    const planHash = 'planHash' in body ? body.planHash : undefined;
    const told = new Set<string>();
    for (let failures = 0; ; ) {
      const code = EXIT_CODES[view.state];
      if (code !== undefined && !WAITING.includes(code)) {
        if (body.kind !== 'retrieve') traces.forget(trace); // a retrieval has an archive until it is destroyed
        return view;
      }
      if (code === 4 && !told.has(view.state)) say(waitWords(view, planHash));
      told.add(view.state);
      if (signal.aborted) throw new UnfinishedError(view.requestId, view.state);
      await pause(PAUSE_MS);
      try {
        view = await this.call('getRequest', { path });
        failures = 0;
      } catch (error) {
        failures += 1;
        const isPassing = error instanceof ApiRefusal && (error.status === 0 || error.status >= 429);
        if (!isPassing || failures >= MAX_FAILURES) throw error;
      }
    }
  }

  /** Cancels a request. One that has ended meanwhile has perhaps an archive, which is destroyed. */
  async #close({ requestId, kind }: RequestView): Promise<void> {
    const path = { requestId };
    const isOver = await this.call('cancelRequest', { path }).then(() => false, ifWrongState);
    if (isOver && kind === 'retrieve') await this.call('deleteArchive', { path }).catch(ifWrongState);
  }
}

/** For `catch`: the state of the request does not allow the call, so there is nothing to do. */
function ifWrongState(error: unknown): true {
  if (error instanceof ApiRefusal && ENDED.includes(error.type)) return true;
  throw error;
}

const waitWords = ({ requestId, state }: RequestView, planHash: string | undefined): string =>
  state === 'AWAITING_APPROVAL'
    ? `  waits for another person, as settings.json wants it: gdpr approve ${requestId}${planHash ? ` --plan-hash ${planHash}` : ''}`
    : `  is ${state}: gdpr status ${requestId}`;

function noAnswer(url: string, error: unknown): Refused {
  const { name, cause } = error as Error;
  const code = (cause as NodeJS.ErrnoException | undefined)?.code ?? name;
  const detail = `${url} does not answer (${code}): compare it with the outputs ApiUrl and MachineApiUrl, and look at network and proxy`;
  return { type: 'about:blank', title: 'The API does not answer', status: 0, detail };
}

/** What answers is no API of ours, such as the page of a proxy. */
function noApi(url: string): Refused {
  const detail = `${url} answers without JSON: compare it with the outputs ApiUrl and MachineApiUrl, and look at network and proxy`;
  return { type: 'about:blank', title: 'The API does not answer', status: 0, detail };
}

/** API Gateway refuses with no more than `Forbidden`. */
const SCOPE = '/problems/insufficient-scope';

/** Whether API Gateway refused the signature of a call: it gives no reason, functions do. */
export const isSignatureRefused = ({ status, type }: ApiRefusal): boolean => status === 403 && type === 'about:blank';

function refusalOf(status: number, body: unknown, isSigned: boolean): Refused {
  const { type = 'about:blank', title = `HTTP status ${status}`, detail } = (body ?? {}) as Partial<Problem>;
  if (status === 401)
    return { type, title: 'The token was refused', status, detail: 'GDPR_TOKEN has expired, or is of another issuer' };
  if (status === 403 && type === 'about:blank' && isSigned)
    return { type, title: 'The signature was refused', status, detail: 'your AWS role may not call MachineApiUrl' };
  if (status === 403 && type === 'about:blank')
    return { type: SCOPE, title: 'The token may not do this', status, detail: 'it lacks the scope of this call' };
  return { type, title, status, detail: detail ?? 'no reason was given' };
}
