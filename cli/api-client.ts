import type { AnswerOf, CallName, InputOf } from '../client/request.ts';
import { type Proof, sendCall } from '../client/send-call.ts';
import { startOnce } from '../client/start-once.ts';
import type { Login, Problem, RequestView } from '../client/types.ts';
import { ApiAnswerError, ApiProblemError, ApiUnreachableError, InterruptedError } from './errors.ts';

/** What an error says of whether the call may be repeated. */
function refusalIn(error: unknown) {
  if (error instanceof ApiUnreachableError) return { type: 'about:blank', status: 0 };
  return error instanceof ApiProblemError ? error.problem : undefined;
}

/** An answer without any of these fields comes from something else at the address. */
const FIELDS = /^(progress|requests|events|anchors|engines|tables|names|accounts|devices|checks|certificate|nonce)$/;

/** A request as last seen, and the `ETag` by which the API tells whether it has changed since. */
export type SeenView = { readonly view: RequestView; readonly etag?: string | null };

const asOwnError = (url: string | URL) => (error: unknown) => {
  if (error instanceof Error && error.name === 'AbortError') throw new InterruptedError();
  throw new ApiUnreachableError(new URL(url).origin, { cause: error });
};

/** Calls the API. @param given its address, before `/v1` */
export function apiClient(given: string, proof: Proof) {
  const base = given.replace(/\/+$/, '');

  const fetchCall = async <Name extends CallName>(name: Name, input: InputOf<Name>, signal?: AbortSignal) => {
    const answer = await sendCall(base, proof, name, input, signal).catch(asOwnError(base));
    if (answer.status >= 400) throw new ApiProblemError(await problemOf(answer));
    return answer;
  };

  const answerOf = async <Name extends CallName>(answer: Response): Promise<AnswerOf<Name>> => {
    const value = await readJson(answer);
    if (!value) throw new ApiAnswerError(base, `status ${answer.status} and no JSON`);
    if (!Object.keys(value).some((field) => FIELDS.test(field)))
      throw new ApiAnswerError(base, 'JSON of another program');
    return value as AnswerOf<Name>;
  };

  /** One call, tried once. @returns the JSON of its answer */
  const call = async <Name extends CallName>(name: Name, input: InputOf<Name>, signal?: AbortSignal) =>
    answerOf<Name>(await fetchCall(name, input, signal));

  return {
    call,
    /** Starts a request once, also when its answer is lost and the call is repeated. */
    startRequest: (body: InputOf<'startRequest'>['body']): Promise<RequestView> =>
      startOnce((headers) => call('startRequest', { body, headers }), refusalIn),
    rerunRequest: (requestId: string, login: Login): Promise<RequestView> =>
      startOnce((headers) => call('rerunRequest', { path: { requestId }, body: { login }, headers }), refusalIn),
    /** The request once it differs from what was seen, after 20 s at the latest; at once on the first look. */
    async nextView({ view, etag }: SeenView, signal?: AbortSignal): Promise<SeenView> {
      const headers = etag ? { 'If-None-Match': etag, Prefer: 'wait=20' } : {};
      const answer = await fetchCall('getRequest', { path: { requestId: view.requestId }, headers }, signal);
      if (answer.status === 304) return { view, etag: etag! };
      return { view: await answerOf<'getRequest'>(answer), etag: answer.headers.get('etag') };
    },
    /** The archive's bytes: follows the 303 to the Link, without the token, which S3 must not see. */
    async openArchive(requestId: string, signal: AbortSignal): Promise<Response> {
      const answer = await fetchCall('getArchive', { path: { requestId } }, signal);
      const location = answer.headers.get('location');
      await answer.body?.cancel();
      if (answer.status !== 303 || !location)
        throw new ApiAnswerError(base, `status ${answer.status} instead of a link`);
      const url = new URL(location, `${base}/`);
      return fetch(url, { signal }).catch(asOwnError(url));
    },
  };
}
export type ApiClient = ReturnType<typeof apiClient>;

async function readJson(answer: Response): Promise<object | undefined> {
  const value: unknown = await answer.json().catch(() => undefined);
  return typeof value === 'object' && value !== null ? value : undefined;
}

/** The problem document of a refusal; one of our own when the token was refused, or when a gateway gave none. */
async function problemOf(answer: Response): Promise<Problem> {
  const { status } = answer;
  const value = (await readJson(answer)) as Partial<Problem> | undefined;
  if (status === 401) {
    const detail = 'Check --token or GDPR_TOKEN: it may have expired';
    return { type: 'about:blank', title: 'The token was refused', status, detail };
  }
  if (typeof value?.title === 'string' && typeof value.detail === 'string')
    return { ...value, type: value.type ?? 'about:blank', title: value.title, detail: value.detail, status };
  const detail = status === 403 ? 'Your token, or your AWS role, may not make this call' : 'No reason was given';
  return { type: 'about:blank', title: `HTTP status ${status}`, status, detail };
}
