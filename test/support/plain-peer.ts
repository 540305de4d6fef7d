import { text } from 'node:stream/consumers';
import { listenOnLoopback } from '../../local/aws/loopback.ts';
import type { AskedCall, PeerAnswer } from '../../local/ticket-system/vendor-api.ts';

/** A real HTTP server on 127.0.0.1 that keeps what it is asked and answers as a test says, 200 by default. */
export interface PlainPeer {
  readonly url: string;
  readonly asked: AskedCall[];
  answerWith(answer: PeerAnswer | ((call: AskedCall) => PeerAnswer)): void;
  /** As it was at its start. */
  reset(): void;
  stop(): Promise<void>;
}

export async function startPlainPeer(): Promise<PlainPeer> {
  const asked: AskedCall[] = [];
  let answer: (call: AskedCall) => PeerAnswer = () => ({ status: 200 });
  const server = await listenOnLoopback(async (request, response) => {
    const { method = '', url = '', headers } = request;
    const call = { method, path: url, headers: headers as Record<string, string>, body: await text(request) };
    asked.push(call);
    const given = answer(call);
    if (given !== 'silence') response.writeHead(given.status, given.headers).end(given.body);
  });
  return {
    url: server.url,
    asked,
    answerWith(given) {
      answer = typeof given === 'function' ? given : () => given;
    },
    reset() {
      asked.length = 0;
      answer = () => ({ status: 200 });
    },
    stop: () => server.stop(),
  };
}
