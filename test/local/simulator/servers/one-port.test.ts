import { Agent, request } from 'undici';
import { describe, expect, it } from 'vitest';
import { type Simulator, startSimulator } from '../../../../local/simulator/simulator.ts';
import { basic } from '../support.ts';

/** Asks as a client does whose system resolves the names to this machine. */
async function get(simulator: Simulator, url: string): Promise<{ status: number; body: string }> {
  const { hostname, port, pathname, search } = new URL(url);
  const dispatcher = new Agent({ connect: { ca: simulator.caPem, servername: hostname } });
  try {
    const { statusCode, body } = await request(`https://127.0.0.1:${port}${pathname}${search}`, {
      dispatcher,
      headers: { authorization: basic(simulator.login), host: `${hostname}:${port}` },
    });
    return { status: statusCode, body: await body.text() };
  } finally {
    await dispatcher.destroy();
  }
}

const QUERY = `/2/query?${new URLSearchParams({ query: '(select (id) (from device))', format: 'csv' })}`;
const LIST = '/api/configuration/v1/engines';

describe('onePort', () => {
  it('serves Engines and Portal on one port, told apart by the name of the host or by the path', async () => {
    const simulator = await startSimulator({ engines: 2, rows: 0, onePort: true });
    try {
      const { engines, portal } = simulator;
      const [first, second] = [engines[0]!.url, engines[1]!.url];
      const listed = JSON.parse((await get(simulator, portal.url + LIST)).body) as { address: string }[];
      const bodies = [await get(simulator, first + QUERY), await get(simulator, second + QUERY)].map(
        ({ body }) => body,
      );
      const base = `https://localhost:${engines[0]!.port}`;
      const byPath = [
        await get(simulator, `${base}/engine-1${QUERY}`),
        await get(simulator, `${base}/engine-2${QUERY}`),
      ];

      expect(new Set([...engines.map(({ port }) => port), Number(new URL(portal.url).port)]).size).toBe(1);
      expect(listed.map(({ address }) => address)).toEqual(engines.map(({ url }) => new URL(url).hostname));
      expect(bodies[0]).not.toBe(bodies[1]);
      expect(byPath.map(({ body }) => body)).toEqual(bodies);
      expect((await get(simulator, base + QUERY)).status).toBe(404); // the Portal's
      expect((await get(simulator, `${base}/portal${LIST}`)).status).toBe(200);
      expect(engines.map(({ traffic }) => traffic.queries)).toEqual([2, 2]);
    } finally {
      await simulator.stop();
    }
  });

  it.each(['down', 'bad-cert', 'cert-change'])('does not go with %s (R23)', (fault) =>
    expect(startSimulator({ engines: 1, rows: 0, onePort: true, faults: [`engine-1=${fault}`] })).rejects.toThrow(
      /leave out one-port/,
    ),
  );
});
