import { type AnswerOf, type CallName, type InputOf, requestOf } from '../client/request.ts';
import type { Duplicates } from '../client/shapes.ts';
import { startOnce } from '../client/start-once.ts';
import type { Login, Problem, RequestView, StartRequest as StartRequestBody } from '../client/types.ts';

/** Scopes of functions/registry.ts that a button may need. */
export type Scope = `gdpr.${'read' | 'retrieve' | 'anonymize' | 'approve' | 'operate' | 'download'}`;

/** The caller: the opaque id, and the scopes when the token names any. */
interface Caller {
  readonly id?: string;
  readonly scopes?: readonly string[];
}

/**
 * What a token tells of its Caller, so that no button is shown in vain. Nothing is checked here: that is for the API.
 * @returns nothing of what a token does not tell, such as one whose scopes stand in a claim of the issuer's own
 */
export function callerOf(token: string): Caller {
  const { sub, scope, scp } = claimsOf(token);
  const words = String(scope ?? scp ?? '').split(/[\s,[\]"]+/);
  const scopes = words.filter((word) => word.startsWith('gdpr.'));
  return { ...(typeof sub === 'string' && { id: sub }), ...(scopes.length > 0 && { scopes }) };
}

/** Whether a Caller has one of these scopes; when they are not known, the API is left to judge. */
export const isAmong = ({ scopes }: Caller, anyOf: readonly Scope[]): boolean =>
  scopes === undefined || anyOf.some((scope) => scopes.includes(scope));

function claimsOf(token: string): Readonly<Record<string, unknown>> {
  try {
    const payload = atob((token.split('.')[1] ?? '').replaceAll('-', '+').replaceAll('_', '/'));
    const bytes = Uint8Array.from(payload, (letter) => letter.charCodeAt(0));
    return JSON.parse(new TextDecoder().decode(bytes)) as Readonly<Record<string, unknown>>;
  } catch {
    return {};
  }
}

const refusalIn = (error: unknown) => (error instanceof ProblemError ? error.problem : undefined);

/** A Request as last seen, and the `ETag` by which the API tells whether it has changed since. */
export interface SeenView {
  readonly view: RequestView;
  readonly etag?: string | null;
}

/** Speaks to the HTTP API on the page's own origin. The token lives in this object alone: a reload forgets it. */
export class Api {
  #token: string | undefined;
  readonly #onSessionEnd: () => void;
  /** What the API told when it started a Request; it tells it once. */
  readonly #duplicates = new Map<string, Duplicates>();

  /** @param onSessionEnd called when the API no longer takes the token */
  constructor(onSessionEnd: () => void) {
    this.#onSessionEnd = onSessionEnd;
  }

  /** Logs the Operator in to the console (R0). @throws {ProblemError} */
  async logIn(username: string, password: string): Promise<void> {
    const body = new URLSearchParams({ grant_type: 'password', username, password });
    const answer = await send('/oauth/token', { method: 'POST', body });
    const value = await readJson(answer);
    if (!answer.ok) {
      throw new ProblemError(
        answer.status < 500
          ? ownProblem(answer.status, 'Not logged in', 'The user name or the password is wrong.')
          : ownProblem(answer.status, 'Not logged in', 'The console cannot check the password now; try later.'),
      );
    }
    this.#token = (value as { access_token?: string }).access_token;
  }

  logOut(): void {
    this.#token = undefined;
    this.#duplicates.clear();
  }

  /** The caller, as far as the token tells. */
  get caller(): Caller {
    return callerOf(this.#token ?? '');
  }

  /** Whether a route that asks for one of these scopes is open to who is logged in; the API judges by itself. */
  may(anyOf: readonly Scope[]): boolean {
    return isAmong(this.caller, anyOf);
  }

  async startRequest(body: StartRequestBody): Promise<RequestView> {
    const started = await startOnce((headers) => this.call('startRequest', { body, headers }), refusalIn);
    this.#duplicates.set(started.requestId, started);
    return started;
  }

  /** Other Requests about the same Subject, for one that was started since the login. */
  duplicatesOf(requestId: string): Duplicates | undefined {
    return this.#duplicates.get(requestId);
  }

  /** The Request once it is no longer as it was seen, after 20 s at the latest; at once when it was not looked at before. */
  async nextView({ view, etag }: SeenView): Promise<SeenView> {
    const headers = etag ? { 'If-None-Match': etag, Prefer: 'wait=20' } : {};
    const answer = await this.#send('getRequest', { path: { requestId: view.requestId }, headers });
    if (answer.status === 304) return { view, etag: etag! };
    return { view: await this.#read<'getRequest'>(answer), etag: answer.headers.get('etag') };
  }

  /** Asks the sources that a Request misses again (docs/decisions/0023). */
  rerunRequest(requestId: string, login: Login): Promise<RequestView> {
    const input = { path: { requestId }, body: { login } };
    return startOnce((headers) => this.call('rerunRequest', { ...input, headers }), refusalIn);
  }

  /** Downloads an archive by a fresh Link, which lives for minutes (docs/decisions/0022). */
  async download(requestId: string): Promise<void> {
    location.assign((await this.call('createLink', { path: { requestId } })).url);
  }

  /** Any call of the API, tried once. @throws {ProblemError} */
  async call<Name extends CallName>(name: Name, input: InputOf<Name>): Promise<AnswerOf<Name>> {
    return this.#read<Name>(await this.#send(name, input));
  }

  #send<Name extends CallName>(name: Name, input: InputOf<Name>): Promise<Response> {
    const { path, headers, ...init } = requestOf(name, input);
    return send(path, { ...init, headers: { ...headers, authorization: `Bearer ${this.#token}` } });
  }

  async #read<Name extends CallName>(answer: Response): Promise<AnswerOf<Name>> {
    if (answer.status === 204) return undefined as AnswerOf<Name>;
    const value = await readJson(answer);
    if (answer.ok && value) return value as AnswerOf<Name>;
    if (answer.status === 401) {
      this.#onSessionEnd();
      throw new ProblemError(ownProblem(401, 'The session has ended', 'Log in to the console again.'));
    }
    if (isProblem(value)) throw new ProblemError(value);
    throw new ProblemError(
      ownProblem(answer.status, `HTTP status ${answer.status}`, 'The API gave no reason; try again.'),
    );
  }
}

/** The API refused, or nothing answered: a problem document to show (R23). */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';
  readonly problem: Problem;
  constructor(problem: Problem) {
    super(problem.title);
    this.problem = problem;
  }
}

/** @throws {ProblemError} nothing answered */
export async function send(path: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(path, { ...init, cache: 'no-store', credentials: 'omit' });
  } catch {
    throw new ProblemError(ownProblem(0, 'No answer', 'The API cannot be reached; is the system running?'));
  }
}

/** The JSON of an answer, if it holds any. */
export const readJson = (answer: Response): Promise<unknown> => answer.json().catch(() => undefined);

/** A problem that the page found by itself. */
export const ownProblem = (status: number, title: string, detail: string): Problem => ({
  type: 'about:blank',
  title,
  status,
  detail,
});

const isProblem = (value: unknown): value is Problem =>
  typeof value === 'object' && value !== null && 'title' in value && 'detail' in value;
