import { CALLS, type Calls } from './calls.ts';

/** Name of a call: `operationId` in the OpenAPI document. */
export type CallName = keyof Calls;

/** What a call takes: of `path`, `query`, `headers` and `body` those that it has. A field that is `undefined` is left out. */
export type InputOf<Name extends CallName> = Given<Omit<Calls[Name], 'answer'>>;

type Given<T> = {
  readonly [Key in keyof T]: Given<T[Key]> | (Pick<T, Key> extends Required<Pick<T, Key>> ? never : undefined);
};

/** What it answers, when it is not refused. */
export type AnswerOf<Name extends CallName> = Calls[Name]['answer'];

export type DeepReadonly<T> = { readonly [Key in keyof T]: DeepReadonly<T[Key]> };

/** One call as HTTP has it, before any transport adds who calls. */
export interface ApiRequest {
  readonly method: string;
  /** With its query, from `/v1` on. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

type Texts = Readonly<Record<string, string | number | undefined>>;

const entriesOf = (texts: Texts): [string, string][] =>
  Object.entries(texts).flatMap(([key, value]) => (value === undefined ? [] : [[key, String(value)]]));

export function requestOf<Name extends CallName>(name: Name, input: InputOf<Name>): ApiRequest {
  const {
    path = {},
    query = {},
    headers = {},
    body,
  }: { path?: Texts; query?: Texts; headers?: Texts; body?: unknown } = input;
  const { method, path: template } = CALLS[name];
  const filled = template.replaceAll(/\{(\w+)\}/g, (_, part: string) => encodeURIComponent(String(path[part])));
  const search = new URLSearchParams(entriesOf(query)).toString().replaceAll('+', '%20'); // as a signature wants it
  return {
    method,
    path: search === '' ? filled : `${filled}?${search}`,
    headers: {
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...Object.fromEntries(entriesOf(headers).map(([key, value]) => [key.toLowerCase(), value])),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  };
}
