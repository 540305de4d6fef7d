import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { IncomingMessage, ServerResponse } from 'node:http';

/** A query that an Engine answered with data, or with the page that names fields and tables. */
export interface ObservedQuery {
  readonly port: number;
  readonly statement: string;
  readonly platform: string;
}

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

/** Listens to the servers of this process while `work` runs, and returns the queries that they answered. */
export async function observeQueries(work: () => Promise<unknown>): Promise<ObservedQuery[]> {
  const queries: ObservedQuery[] = [];
  const bodies = new WeakMap<IncomingMessage, Buffer[]>();
  const began = (message: unknown) => {
    const { request } = message as Exchange;
    const chunks: Buffer[] = [];
    bodies.set(request, chunks);
    if (request.url === '/2/query') request.on('data', (chunk: Buffer) => chunks.push(chunk));
  };
  const ended = (message: unknown) => {
    const { request, response } = message as Exchange;
    if (request.url !== '/2/query' || ![200, 400].includes(response.statusCode)) return;
    const form = new URLSearchParams(Buffer.concat(bodies.get(request) ?? []).toString());
    const [statement, platform] = [form.get('query') ?? '', form.get('platform') ?? ''];
    queries.push({ port: request.socket.localPort!, statement, platform });
  };
  subscribe('http.server.request.start', began);
  subscribe('http.server.response.finish', ended);
  try {
    await work();
  } finally {
    unsubscribe('http.server.request.start', began);
    unsubscribe('http.server.response.finish', ended);
  }
  return queries;
}
