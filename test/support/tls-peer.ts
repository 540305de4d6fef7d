import type { IncomingMessage, ServerResponse } from 'node:http';
import { createAuthority } from '../../local/simulator/servers/certificates.ts';
import { serve } from '../../local/simulator/servers/serving.ts';

/** A real TLS server on 127.0.0.1 that answers as a test says. */
export interface TlsPeer {
  readonly port: number;
  readonly url: string;
  /** Certificate of the authority that issued the server's, in PEM. */
  readonly caPem: string;
  /** What it was asked: method, path and headers of each request, with its body. */
  readonly asked: { readonly request: IncomingMessage; readonly body: string }[];
  stop(): Promise<void>;
}

/** @param answer gets how often it was asked before */
export async function startTlsPeer(answer: (response: ServerResponse, before: number) => void): Promise<TlsPeer> {
  const authority = createAuthority('Test CA');
  const asked: TlsPeer['asked'] = [];
  const listener = async (request: IncomingMessage, response: ServerResponse) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    asked.push({ request, body: Buffer.concat(chunks).toString() });
    answer(response, asked.length - 1);
  };
  const certificate = authority.issue('peer');
  const { port, stop } = await serve((request, response) => void listener(request, response), 0, { certificate });
  return { port, url: `https://127.0.0.1:${port}`, caPem: authority.pem, asked, stop };
}
