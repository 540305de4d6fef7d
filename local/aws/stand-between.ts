import { IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';

type Listener = (request: IncomingMessage, response: ServerResponse) => void;

/** Puts a listener in the place of those of a server. @returns hands a request on to them */
export function takePlace(server: Server, listener: (pass: Listener) => Listener): void {
  const listeners = server.listeners('request') as RequestListener[];
  server.removeAllListeners('request');
  const pass: Listener = (request, response) => {
    for (const each of listeners) each.call(server, request, response);
  };
  server.on('request', listener(pass));
}

/** What another takes the place of in a request that is handed on. */
export interface Instead {
  readonly body?: Buffer;
  /** `x-amz-target`. */
  readonly target?: string;
}

/** Answers a request itself, or hands it on, once its body is there. */
type Between = (
  request: IncomingMessage,
  body: Buffer,
  response: ServerResponse,
  pass: (instead?: Instead) => void,
) => void;

/** Puts itself between a server and its callers, as something that reads bodies before the server does. */
export function standBetween(server: Server, between: Between): void {
  takePlace(server, (pass) => async (request, response) => {
    const body = await buffer(request).catch(() => undefined);
    if (body === undefined) return; // the caller has gone
    between(request, body, response, (instead = {}) => pass(replayed(request, { body, ...instead }), response));
  });
}

/** The same request with a body still to be read. */
export function replayed(
  request: IncomingMessage,
  { body, target }: Instead & { readonly body: Buffer },
): IncomingMessage {
  const again = new IncomingMessage(request.socket);
  const { method, url, httpVersion, httpVersionMajor, httpVersionMinor, rawHeaders } = request;
  const headers = { ...request.headers, ...(target !== undefined && { 'x-amz-target': target }) };
  if (headers['content-length'] !== undefined) headers['content-length'] = String(body.length);
  Object.assign(again, { method, url, httpVersion, httpVersionMajor, httpVersionMinor, rawHeaders, headers });
  again.complete = true;
  again.push(body);
  again.push(null);
  return again;
}
