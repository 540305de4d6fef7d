import type { AuditEntry } from '../core/audit.ts';
import type {
  EnginesView,
  EventsView,
  LifeSteps,
  Link,
  Login,
  PreviewBody,
  PreviewView,
  RequestView,
  StartRequestBody,
} from '../core/model.ts';
import { problemOf, readJson } from './answers.ts';
import { ApiAnswerError, ApiProblemError, ApiUnreachableError, InterruptedError } from './errors.ts';
import { startOnce } from './start-once.ts';

/** API Gateway gives up after 29 s; a bit above, so that its answer is seen. Milliseconds. */
const CALL_TIMEOUT = 35_000;

/** A Request as last seen, and the `ETag` by which the API tells whether it has changed since. */
export interface SeenView {
  readonly view: RequestView;
  readonly etag?: string | null;
}

interface CallOptions {
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
}

/** Speaks to the HTTP API of design section 4 for one Caller. */
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
    return startOnce((key) => this.#view('POST', '/v1/requests', { body, headers: { 'idempotency-key': key } }));
  }

  getRequest(requestId: string, signal?: AbortSignal): Promise<RequestView> {
    return this.#view('GET', pathOf(requestId), { signal });
  }

  /** The Request once it is no longer as it was seen, after 20 s at the latest; at once when it was not looked at before. */
  async nextView({ view, etag }: SeenView, signal?: AbortSignal): Promise<SeenView> {
    const headers = etag ? { 'if-none-match': etag, prefer: 'wait=20' } : {};
    const answer = await this.#call('GET', pathOf(view.requestId), { signal, headers });
    if (answer.status === 304) return { view, etag: etag! };
    return { view: this.#asView(await readJson(answer)), etag: answer.headers.get('etag') };
  }

  cancelRequest(requestId: string, signal?: AbortSignal): Promise<RequestView> {
    return this.#view('POST', `${pathOf(requestId)}/cancel`, { signal });
  }

  /** A step that a person takes in the life of a Request. Tried once. */
  act<S extends keyof LifeSteps>(requestId: string, step: S, body: LifeSteps[S], signal?: AbortSignal) {
    return this.#view('POST', `${pathOf(requestId)}/${step}`, { body, signal });
  }

  /** Asks the sources that a Request misses again (D9). */
  rerunRequest(requestId: string, login: Login): Promise<RequestView> {
    const path = `${pathOf(requestId)}/rerun`;
    return startOnce((key) => this.#view('POST', path, { body: { login }, headers: { 'idempotency-key': key } }));
  }

  /** A fresh Link from `POST .../links`. */
  async createLink(requestId: string, signal?: AbortSignal): Promise<Link> {
    return (await this.#json('POST', `${pathOf(requestId)}/links`, { signal })) as Link;
  }

  /** Other accounts of the same person, which are not in the archive. */
  async nearNames(requestId: string, signal?: AbortSignal): Promise<readonly string[]> {
    const { names } = (await this.#json('GET', `${pathOf(requestId)}/near-names`, { signal })) as { names?: string[] };
    return names ?? [];
  }

  /** The signed proof of a completed anonymization (R27). */
  getCertificate(requestId: string, signal?: AbortSignal): Promise<object> {
    return this.#json('GET', `${pathOf(requestId)}/certificate`, { signal });
  }

  /** The key of its commitment, handed out once. Tried once. */
  takeNonce(requestId: string, signal?: AbortSignal): Promise<object> {
    return this.#json('POST', `${pathOf(requestId)}/certificate/nonce`, { signal });
  }

  /** The whole audit trail (R27). */
  async listEvents(requestId: string, signal?: AbortSignal): Promise<EventsView> {
    const events: AuditEntry[] = [];
    for (let after: number | undefined = 0; after !== undefined; ) {
      const page = (await this.#json('GET', `${pathOf(requestId)}/events?after=${after}`, { signal })) as EventsView;
      events.push(...(page.events ?? []));
      after = page.next;
    }
    return { requestId, events };
  }

  /** The Engines list, which needs the Operator's login (R5). */
  async listEngines(login: Login, signal?: AbortSignal): Promise<EnginesView> {
    const answer = await this.#json('POST', '/v1/engines', { body: { login }, signal });
    if (!Array.isArray((answer as Partial<EnginesView>).engines)) {
      throw new ApiAnswerError(this.#base, 'something that is not a list of Engines');
    }
    return answer as EnginesView;
  }

  /** What the Portal holds under a name; needs the Operator's login (R14). */
  async preview(body: PreviewBody, signal?: AbortSignal): Promise<PreviewView> {
    const answer = await this.#json('POST', '/v1/preview', { body, signal });
    if (!Array.isArray((answer as Partial<PreviewView>).tables)) {
      throw new ApiAnswerError(this.#base, 'something that is not a preview');
    }
    return answer as PreviewView;
  }

  /** The archive's bytes: follows the 303 to the Link, without the token, which S3 must not see. */
  async openBundle(requestId: string, signal?: AbortSignal): Promise<Response> {
    const answer = await this.#call('GET', `${pathOf(requestId)}/bundle`, { signal });
    const location = answer.headers.get('location');
    await answer.body?.cancel();
    if (answer.status !== 303 || !location)
      throw new ApiAnswerError(this.#base, `status ${answer.status} instead of a link`);
    const url = new URL(location, `${this.#base}/`);
    return this.#fetch(url, { signal: signal ?? null });
  }

  async #view(method: string, path: string, options: CallOptions): Promise<RequestView> {
    return this.#asView(await this.#json(method, path, options));
  }

  #asView(value: object | undefined): RequestView {
    const { requestId, state, progress }: Partial<RequestView> = value ?? {};
    if (typeof requestId === 'string' && typeof state === 'string' && Array.isArray(progress))
      return value as RequestView;
    throw new ApiAnswerError(this.#base, 'something that is not a request');
  }

  async #json(method: string, path: string, options: CallOptions): Promise<object> {
    const answer = await this.#call(method, path, options);
    const value = await readJson(answer);
    if (!value) throw new ApiAnswerError(this.#base, `status ${answer.status} and no JSON`);
    return value;
  }

  async #call(method: string, path: string, { body, headers, signal }: CallOptions): Promise<Response> {
    const timeout = AbortSignal.timeout(CALL_TIMEOUT);
    const answer = await this.#fetch(`${this.#base}${path}`, {
      method,
      redirect: 'manual',
      signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
      headers: {
        accept: 'application/json, application/problem+json',
        authorization: `Bearer ${this.#token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
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

const pathOf = (requestId: string): string => `/v1/requests/${encodeURIComponent(requestId)}`;
