import { type ServerResponse, STATUS_CODES } from 'node:http';
import type { Problem } from '../../functions/http/problems.ts';

/** What goes back to the caller. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  readonly body?: string | Buffer;
}

/** On every answer: the page runs nothing that is not its own, no answer is kept, and nobody may frame it. */
const SECURITY_HEADERS = {
  'content-security-policy': "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
  'cache-control': 'no-store',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
} as const;

export const jsonAnswer = (status: number, body: unknown): HttpAnswer => ({
  status,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
});

/** RFC 9457 problem details. */
export function problemAnswer(status: number, detail: string, headers: Record<string, string> = {}): HttpAnswer {
  const problem: Problem = { type: 'about:blank', title: STATUS_CODES[status] ?? 'Error', status, detail };
  return {
    status,
    headers: { 'content-type': 'application/problem+json', ...headers },
    body: JSON.stringify(problem),
  };
}

/** Sends an answer; without a body for HEAD. */
export function sendAnswer(
  response: ServerResponse,
  { status, headers = {}, body = '' }: HttpAnswer,
  head: boolean,
): void {
  for (const [name, value] of Object.entries({ ...SECURITY_HEADERS, ...headers })) response.setHeader(name, value);
  if (status !== 204 && status !== 304) response.setHeader('content-length', Buffer.byteLength(body));
  response.writeHead(status);
  response.end(head ? undefined : body);
}
