import { IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';

/** Answers a request itself, or hands it on, once its body is there. */
type Between = (
  request: IncomingMessage,
  body: Buffer,
  response: ServerResponse,
  /** Hands it to the server, with another body where one is given. */
  pass: (body?: Buffer) => void,
) => void;

/** Puts itself between a server and its callers, as something that reads bodies before the server does. */
export function standBetween(server: Server, between: Between): void {
  const listeners = server.listeners('request') as RequestListener[];
  server.removeAllListeners('request');
  server.on('request', async (request: IncomingMessage, response: ServerResponse) => {
    const body = await buffer(request).catch(() => undefined);
    if (body === undefined) return; // the caller has gone
    between(request, body, response, (other = body) => {
      const again = replayed(request, other);
      for (const listener of listeners) listener.call(server, again, response);
    });
  });
}

/** The same request with its body still to be read. */
function replayed(request: IncomingMessage, body: Buffer): IncomingMessage {
  const again = new IncomingMessage(request.socket);
  const { method, url, httpVersion, httpVersionMajor, httpVersionMinor, rawHeaders } = request;
  const headers = { ...request.headers };
  if (headers['content-length'] !== undefined) headers['content-length'] = String(body.length);
  Object.assign(again, { method, url, httpVersion, httpVersionMajor, httpVersionMinor, rawHeaders, headers });
  again.complete = true;
  again.push(body);
  again.push(null);
  return again;
}
