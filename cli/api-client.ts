import type { Calls } from '../client/calls.ts';
import { type AnswerOf, type CallName, type InputOf, requestOf } from '../client/request.ts';
import type { NearNames } from '../client/types.ts';
import type { Link } from '../modules/archive/link.ts';
import type { EnginesView } from '../modules/engines/engines-view.ts';
import type { PreviewBody, PreviewView } from '../modules/lifecycle/preview-view.ts';
import type { Login } from '../modules/requests/login.ts';
import type { StartRequestBody } from '../modules/requests/start-body.ts';
import type { RequestView } from '../modules/requests/views/request-view.ts';
import { problemOf, readJson } from './answers.ts';
import { ApiAnswerError, ApiProblemError, ApiUnreachableError, InterruptedError } from './errors.ts';
import { startOnce } from './start-once.ts';

/** API Gateway gives up after 29 s; a bit above, so that its answer is seen. Milliseconds. */
const CALL_TIMEOUT = 35_000;

/** Calls that answer with a Request. */
type ViewCall = 'startRequest' | 'getRequest' | 'cancelRequest' | 'rerunRequest' | LifeStep;
type LifeStep = 'approveRequest' | 'denyRequest' | 'loginRequest' | 'changeDeadline';

/** A Request as last seen, and the `ETag` by which the API tells whether it has changed since. */
export interface SeenView {
  readonly view: RequestView;
  readonly etag?: string | null;
}

/** Speaks to the HTTP API of docs/openapi.json for one Caller. */
export class ApiClient {
  readonly #base: string;
  readonly #token: string;

  /** @param api address before `/v1` */
  constructor(api: string, token: string) {
    this.#base = api.replace(/\/+$/, '');
    this.#token = token;
  }

  get origin(): string {
    return this.#base;
  }

  /** Starts a Request, once, however often its answer is lost. */
  startRequest(body: StartRequestBody): Promise<RequestView> {
    return startOnce((key) => this.#view('startRequest', { body, headers: { 'Idempotency-Key': key } }));
  }

  getRequest(requestId: string, signal?: AbortSignal): Promise<RequestView> {
    return this.#view('getRequest', { path: { requestId } }, signal);
  }

  /** The Request once it is no longer as it was seen, after 20 s at the latest; at once when it was not looked at before. */
  async nextView({ view, etag }: SeenView, signal?: AbortSignal): Promise<SeenView> {
    const headers = etag ? { 'If-None-Match': etag, Prefer: 'wait=20' } : {};
    const answer = await this.#call('getRequest', { path: { requestId: view.requestId }, headers }, signal);
    if (answer.status === 304) return { view, etag: etag! };
    return { view: this.#asView(await readJson(answer)), etag: answer.headers.get('etag') };
  }

  cancelRequest(requestId: string, signal?: AbortSignal): Promise<RequestView> {
    return this.#view('cancelRequest', { path: { requestId } }, signal);
  }

  /** A step that a person takes in the life of a Request. Tried once. */
  act<Step extends LifeStep>(requestId: string, step: Step, body: Calls[Step]['body'], signal?: AbortSignal) {
    return this.#view(step, { path: { requestId }, body } as InputOf<Step>, signal);
  }

  /** Asks the sources that a Request misses again (docs/decisions/0023). */
  rerunRequest(requestId: string, login: Login): Promise<RequestView> {
    const input = { path: { requestId }, body: { login } };
    return startOnce((key) => this.#view('rerunRequest', { ...input, headers: { 'Idempotency-Key': key } }));
  }

  /** A fresh Link from `POST .../links`. */
  createLink(requestId: string, signal?: AbortSignal): Promise<Link> {
    return this.json('createLink', { path: { requestId } }, signal);
  }

  /** Other accounts of the same person, which are not in the archive. */
  async nearNames(requestId: string, signal?: AbortSignal): Promise<readonly string[]> {
    const { names }: Partial<NearNames> = await this.json('getNearNames', { path: { requestId } }, signal);
    return names ?? [];
  }

  /** The signed proof of a completed anonymization (R27). */
  getCertificate(requestId: string, signal?: AbortSignal): Promise<object> {
    return this.json('getCertificate', { path: { requestId } }, signal);
  }

  /** The key of its commitment, handed out once. Tried once. */
  takeNonce(requestId: string, signal?: AbortSignal): Promise<object> {
    return this.json('takeNonce', { path: { requestId } }, signal);
  }

  /** The Engines list, which needs the Operator's login (R5). */
  async listEngines(login: Login, signal?: AbortSignal): Promise<EnginesView> {
    const answer = await this.json('listEngines', { body: { login } }, signal);
    if (!Array.isArray(answer.engines)) {
      throw new ApiAnswerError(this.#base, 'something that is not a list of Engines');
    }
    return answer;
  }

  /** What the Portal holds under a name; needs the Operator's login (R14). */
  async preview(body: PreviewBody, signal?: AbortSignal): Promise<PreviewView> {
    const answer = await this.json('preview', { body }, signal);
    if (!Array.isArray(answer.tables)) throw new ApiAnswerError(this.#base, 'something that is not a preview');
    return answer;
  }

  /** The archive's bytes: follows the 303 to the Link, without the token, which S3 must not see. */
  async openArchive(requestId: string, signal?: AbortSignal): Promise<Response> {
    const answer = await this.#call('getArchive', { path: { requestId } }, signal);
    const location = answer.headers.get('location');
    await answer.body?.cancel();
    if (answer.status !== 303 || !location)
      throw new ApiAnswerError(this.#base, `status ${answer.status} instead of a link`);
    const url = new URL(location, `${this.#base}/`);
    return this.#fetch(url, { signal: signal ?? null });
  }

  async #view<Name extends ViewCall>(name: Name, input: InputOf<Name>, signal?: AbortSignal): Promise<RequestView> {
    return this.#asView(await this.json(name, input, signal));
  }

  #asView(value: object | undefined): RequestView {
    const { requestId, state, progress }: Partial<RequestView> = value ?? {};
    if (typeof requestId === 'string' && typeof state === 'string' && Array.isArray(progress))
      return value as RequestView;
    throw new ApiAnswerError(this.#base, 'something that is not a request');
  }

  /** The JSON that a call is answered with. */
  async json<Name extends CallName>(name: Name, input: InputOf<Name>, signal?: AbortSignal): Promise<AnswerOf<Name>> {
    const answer = await this.#call(name, input, signal);
    const value = await readJson(answer);
    if (!value) throw new ApiAnswerError(this.#base, `status ${answer.status} and no JSON`);
    return value as AnswerOf<Name>;
  }

  async #call<Name extends CallName>(name: Name, input: InputOf<Name>, signal?: AbortSignal): Promise<Response> {
    const timeout = AbortSignal.timeout(CALL_TIMEOUT);
    const { path, headers, ...init } = requestOf(name, input);
    const answer = await this.#fetch(`${this.#base}${path}`, {
      ...init,
      redirect: 'manual',
      signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
      headers: {
        accept: 'application/json, application/problem+json',
        authorization: `Bearer ${this.#token}`,
        ...headers,
      },
    });
    if (answer.status >= 400) throw new ApiProblemError(await problemOf(answer));
    return answer;
  }

  async #fetch(url: string | URL, init: RequestInit): Promise<Response> {
    try {
      return await fetch(url, init);
    } catch (error) {
      if (error instanceof Error && error.name === 'AbortError') throw new InterruptedError();
      throw new ApiUnreachableError(new URL(url).origin, { cause: error });
    }
  }
}
