import { afterEach, describe, expect, it } from 'vitest';
import { type LoopbackServer, listenOnLoopback } from '../../../local/aws/loopback.ts';

describe('listenOnLoopback', () => {
  const servers: LoopbackServer[] = [];
  afterEach(async () => {
    for (const server of servers.splice(0)) await server.stop();
  });
  const listen = async (wanted?: number): Promise<LoopbackServer> => {
    const server = await listenOnLoopback((_request, response) => response.end('here'), wanted);
    servers.push(server);
    return server;
  };

  it('takes the wanted port when it is free, and gives it back', async () => {
    const { port, stop } = await listen();
    await stop();

    expect((await listen(port)).port).toBe(port);
  });

  it('takes another port when the wanted one is taken, also when several want it at once', async () => {
    const { port } = await listen();

    const others = await Promise.all([listen(port), listen(port), listen(port)]);

    const texts = await Promise.all(others.map(async ({ url }) => (await fetch(url)).text()));
    expect(new Set([port, ...others.map((server) => server.port)]).size).toBe(4);
    expect(texts).toEqual(['here', 'here', 'here']);
  });
});
