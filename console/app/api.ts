import { type AnswerOf, type CallName, type InputOf, requestOf } from '../../client/request.ts';
import type { Duplicates } from '../../client/shapes.ts';
import { startOnce } from '../../client/start-once.ts';
import type { Login, Problem, RequestView, StartRequest } from '../../client/types.ts';
import type { Session } from './session.ts';

/** Scopes of functions/registry.ts that a button may need. */
export type Scope = `gdpr.${'read' | 'retrieve' | 'anonymize' | 'approve' | 'operate' | 'download'}`;

/** The API refused, or nothing answered (R23); three problems the page finds by itself. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';
  /** Last part of the problem's type, or the page's own. */
  readonly code: string;
  /** 0 when nothing answered. */
  readonly status: number;
  readonly problem: Problem | undefined;

  constructor(code: 'no-answer' | 'session-ended' | 'unclear' | Problem, status: number) {
    super(typeof code === 'string' ? code : code.title);
    this.problem = typeof code === 'string' ? undefined : code;
    this.code = typeof code === 'string' ? code : (code.type.split('/').at(-1) ?? '');
    this.status = status;
  }

  /** Whether another try may do better. */
  get isOutage(): boolean {
    return this.status === 0 || this.status >= 500 || this.status === 429;
  }
}

const refusalIn = (error: unknown) => {
  if (!(error instanceof ProblemError)) return undefined;
  return error.problem ?? { type: 'about:blank', status: error.status };
};

/** A request as last seen, and the `ETag` by which the API tells whether it has changed since. */
export type SeenView = { readonly view: RequestView; readonly etag?: string | null };

/** Speaks to the HTTP API, which has the address of the page. */
export class Api {
  readonly session: Session;
  readonly #onSessionEnd: () => void;
  /** What the API told when it started a request; it tells it once. */
  readonly #duplicates = new Map<string, Duplicates>();

  /** @param onSessionEnd called when the API no longer takes the token */
  constructor(session: Session, onSessionEnd: () => void) {
    this.session = session;
    this.#onSessionEnd = onSessionEnd;
  }

  /** Whether what asks for one of these scopes, or for none, is open; where the token does not tell, the API judges. */
  may(anyOf: readonly Scope[] | undefined): boolean {
    const { scopes } = this.session.person;
    return !scopes || !anyOf || anyOf.some((scope) => scopes.includes(scope));
  }

  async startRequest(body: StartRequest): Promise<RequestView> {
    const started = await startOnce((headers) => this.call('startRequest', { body, headers }), refusalIn);
    this.#duplicates.set(started.requestId, started);
    return started;
  }

  /** Other requests about the same subject, for one that was started since the log-in. */
  duplicatesOf(requestId: string): Duplicates | undefined {
    return this.#duplicates.get(requestId);
  }

  /** The request once it is no longer as it was seen, after 20 s at the latest; at once when it was not looked at before. */
  async nextView(requestId: string, seen: SeenView | undefined, signal: AbortSignal): Promise<SeenView> {
    const headers = seen?.etag ? { 'If-None-Match': seen.etag, Prefer: 'wait=20' } : {};
    const answer = await this.#send('getRequest', { path: { requestId }, headers }, { signal });
    if (answer.status === 304 && seen) return seen;
    return { view: await this.#read<'getRequest'>(answer), etag: answer.headers.get('etag') };
  }

  /** Queries the sources that a request misses again (docs/decisions/0023). */
  rerunRequest(requestId: string, login: Login): Promise<RequestView> {
    const input = { path: { requestId }, body: { login } };
    return startOnce((headers) => this.call('rerunRequest', { ...input, headers }), refusalIn);
  }

  /** Downloads an archive by a fresh link, which lives for minutes (docs/decisions/0022). */
  async download(requestId: string): Promise<void> {
    location.assign((await this.call('createLink', { path: { requestId } })).url);
  }

  /** The certificate of an anonymization as a page that a person reads. @throws {ProblemError} */
  async certificatePage(requestId: string): Promise<string> {
    const answer = await this.#send('getCertificate', { path: { requestId } }, { headers: { accept: 'text/html' } });
    if (!answer.ok) await this.#read<'getCertificate'>(answer);
    return await answer.text();
  }

  /** Any call of the API, tried once. @throws {ProblemError} */
  async call<Name extends CallName>(name: Name, input: InputOf<Name>): Promise<AnswerOf<Name>> {
    return this.#read<Name>(await this.#send(name, input));
  }

  async #send<Name extends CallName>(name: Name, input: InputOf<Name>, more: RequestInit = {}): Promise<Response> {
    const { path, headers, ...init } = requestOf(name, input);
    const authorization = `Bearer ${await this.session.token()}`;
    try {
      return await fetch(path.slice(1), {
        ...init,
        ...more,
        headers: { ...headers, ...more.headers, authorization },
        cache: 'no-store',
        credentials: 'omit',
      });
    } catch {
      throw new ProblemError('no-answer', 0);
    }
  }

  async #read<Name extends CallName>(answer: Response): Promise<AnswerOf<Name>> {
    if (answer.status === 204) return undefined as AnswerOf<Name>;
    const value: unknown = await answer.json().catch(() => undefined);
    if (answer.ok && value) return value as AnswerOf<Name>;
    if (answer.status === 401) {
      this.session.end();
      this.#onSessionEnd();
      throw new ProblemError('session-ended', 401);
    }
    const isProblem = typeof value === 'object' && value !== null && 'title' in value && 'detail' in value;
    throw new ProblemError(isProblem ? (value as Problem) : 'unclear', answer.status);
  }
}
