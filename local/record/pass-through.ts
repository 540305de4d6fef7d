import type { IncomingMessage, ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { type ConnectionRules, send, TrustedAgent } from '../../modules/net/https-agent.ts';
import { createAuthority } from '../simulator/servers/certificates.ts';
import { type Serving, serve } from '../simulator/servers/serving.ts';
import { type Answer, type Ask, KEPT_HEADERS, RecordError } from './exchange.ts';

/** Maximum bytes of all answers: they are kept in memory until they are replaced. */
const MAX_BYTES = 256 * 1024 * 1024;
/** The client gives up long before. */
const TIMEOUT_MS = 900_000;

/** An answer as it came. */
export interface RawAnswer extends Omit<Answer, 'body' | 'isBase64'> {
  readonly bytes: Buffer;
}
export interface RawExchange {
  readonly ask: Ask;
  readonly answer: RawAnswer | undefined;
}

/** Servers on this machine for one recording, or one replay. */
export class Doors {
  readonly #authority = createAuthority('Recorder CA');
  readonly #servings: Serving[] = [];
  readonly #agents: TrustedAgent[] = [];
  #bytes = 0;

  /** Certificate of the authority that clients of the doors trust, in PEM. */
  get pem(): string {
    return this.#authority.pem;
  }

  /** Opens a door. @param answer gives the answer to each question; nothing cuts the connection @returns its port */
  async open(answer: (ask: Ask, request: IncomingMessage, body: Buffer) => Promise<RawAnswer | undefined>) {
    const listen = (request: IncomingMessage, response: ServerResponse) => {
      buffer(request)
        .then(async (body) => reply(response, await answer(askOf(request, body), request, body)))
        .catch(() => response.destroy());
    };
    const certificate = this.#authority.issue('recorder');
    const serving = await serve(listen, 0, { certificate });
    this.#servings.push(serving);
    return serving.port;
  }

  /**
   * Opens a door to a real peer: what is asked goes there unchanged, and each exchange is kept.
   * @param base address of the peer @returns the port of the door
   */
  async pass(base: URL, rules: ConnectionRules, kept: RawExchange[]): Promise<number> {
    const agent = base.protocol === 'https:' ? new TrustedAgent(rules) : undefined;
    if (agent) this.#agents.push(agent);
    return this.open(async (ask, request, body) => {
      const exchange: { ask: Ask; answer: RawAnswer | undefined } = { ask, answer: undefined };
      kept.push(exchange);
      const { authorization = '', 'content-type': type } = request.headers;
      const began = performance.now();
      const answer = await send(agent, {
        url: new URL(ask.path, base),
        method: ask.method as 'GET',
        headers: { authorization, ...(type && { 'content-type': type }) },
        body: ask.method === 'GET' ? undefined : body,
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      const bytes = await buffer(answer);
      this.#bytes += bytes.length;
      if (this.#bytes > MAX_BYTES) throw new RecordError('the answers are too long: choose an account with fewer data');
      exchange.answer = { ...factsOf(answer), bytes, milliseconds: Math.round(performance.now() - began) };
      return exchange.answer;
    });
  }

  async close(): Promise<void> {
    for (const agent of this.#agents) agent.destroy();
    await Promise.all(this.#servings.map((serving) => serving.stop()));
  }
}

function askOf({ method = 'GET', url = '/' }: IncomingMessage, body: Buffer): Ask {
  const form = [...new URLSearchParams(body.toString())] as [string, string][];
  return method === 'GET' ? { method, path: url } : { method, path: url, form };
}

function factsOf({ statusCode = 0, headers }: IncomingMessage): Pick<RawAnswer, 'status' | 'headers' | 'framing'> {
  const kept = KEPT_HEADERS.flatMap((name) => (headers[name] === undefined ? [] : [[name, String(headers[name])]]));
  const isChunked = headers['transfer-encoding'] !== undefined;
  const framing = isChunked ? 'chunks' : headers['content-length'] === undefined ? 'end' : 'length';
  return { status: statusCode, headers: Object.fromEntries(kept), framing };
}

/** Answers as the peer did, its framing too. */
function reply(response: ServerResponse, answer: RawAnswer | undefined): void {
  if (!answer) return void response.destroy();
  const { status, headers, framing, bytes } = answer;
  response.sendDate = false;
  if (framing === 'end') response.removeHeader('Transfer-Encoding');
  if (framing === 'end') response.shouldKeepAlive = false;
  response.writeHead(status, framing === 'length' ? { ...headers, 'content-length': bytes.length } : headers);
  response.write(bytes);
  response.end();
}
