import { describe, expect, it } from 'vitest';
import { assignFaults, FAULT_KINDS } from '../../../../local/simulator/servers/faults.ts';
import { startSimulator } from '../../../../local/simulator/simulator.ts';
import type { SimulatorOptions } from '../../../../local/simulator/simulator-options.ts';
import { ask, basic, send } from '../support.ts';

const USERS = '(select (name) (from user))';

async function withSimulator(
  options: SimulatorOptions,
  work: (simulator: Awaited<ReturnType<typeof startSimulator>>) => Promise<void>,
) {
  const simulator = await startSimulator({ engines: 2, rows: 50, ...options });
  try {
    await work(simulator);
  } finally {
    await simulator.stop();
  }
}

const listedStatus = async (simulator: Awaited<ReturnType<typeof startSimulator>>, index: number) => {
  const url = `${simulator.portal.url}/api/configuration/v1/engines`;
  const { body } = await send(simulator, url, { headers: { authorization: basic(simulator.login) } });
  return (JSON.parse(body) as { status: string }[])[index]!.status;
};

describe('assignFaults', () => {
  it.each(FAULT_KINDS)('reads %s', (kind) => {
    expect(assignFaults([`engine-2=${kind}`], ['engine-2']).get('engine-2')!.kind).toBe(kind);
  });

  it('reads the number of kinds that take one', () => {
    const faults = assignFaults(['a=busy:7', 'b=busy', 'c=clock-skew:-7'], ['a', 'b', 'c']);

    expect([...faults.values()].map(({ amount }) => amount)).toEqual([7, 2, -7]);
  });

  it.each(['engine-2', 'engine-2=', 'engine-2=broken', '=down', '', 'engine-2=down:4', 'engine-9=down'])(
    'refuses %j and tells what is allowed (R23)',
    (text) => {
      expect(() => assignFaults([text], ['engine-1', 'engine-2'])).toThrow(/ENGINE=KIND/);
    },
  );
});

describe('a fault (R12)', () => {
  it.each([
    ['engine-9=down', /engine-1, engine-2/],
    ['engine-1=up', /ENGINE=KIND/],
  ])('is refused as %s', async (fault, message) => {
    await expect(startSimulator({ engines: 2, rows: 0, faults: [fault] })).rejects.toThrow(message);
  });

  it('down: the connection is refused, yet the Portal lists the Engine as connected; the other one answers', () =>
    withSimulator({ faults: ['engine-2=down'] }, async (simulator) => {
      await expect(ask(simulator, { query: USERS, engine: 1 })).rejects.toThrow(/ECONNREFUSED/);
      expect(await listedStatus(simulator, 1)).toBe('CONNECTED');
      expect((await ask(simulator, { query: USERS })).status).toBe(200);
    }));

  it('border-rows: neighbouring answers both hold the events around their border', () =>
    withSimulator({ faults: ['engine-2=border-rows'], rows: 2000 }, async (simulator) => {
      const idsOf = async (from: string, to: string, engine: number) => {
        const query = `(select (id) (from execution (between ${from} ${to})) (limit 100000))`;
        return (await ask(simulator, { query, engine })).body.trim().split('\n').slice(1);
      };
      const shared = async (engine: number) => {
        const before = new Set(await idsOf('midnight-8d', 'midnight-5d', engine));
        return (await idsOf('midnight-5d', 'midnight-2d', engine)).filter((id) => before.has(id)).length;
      };
      expect(await shared(1)).toBeGreaterThan((await shared(0)) + 3);
    }));

  it('slow: no answer comes, and stopping does not wait for it', async () => {
    const simulator = await startSimulator({ engines: 1, rows: 0, faults: ['engine-1=slow'] });
    const reply = ask(simulator, { query: USERS }).then(
      () => 'answered',
      () => 'cut off',
    );
    await expect.poll(() => simulator.engines[0]!.traffic.running).toBe(1);

    const began = performance.now();
    await simulator.stop();

    expect(performance.now() - began).toBeLessThan(1000);
    expect(await reply).toBe('cut off');
    await expect.poll(() => simulator.engines[0]!.traffic.running).toBe(0);
  });

  it('unauthorized: a good login is refused', () =>
    withSimulator({ faults: ['engine-1=unauthorized'] }, async (simulator) => {
      expect((await ask(simulator, { query: USERS })).status).toBe(401);
    }));

  it('bad-cert: the certificate is of an authority that nobody knows (R11)', () =>
    withSimulator({ faults: ['engine-1=bad-cert'] }, async (simulator) => {
      await expect(ask(simulator, { query: USERS })).rejects.toThrow(/certificate/);
      expect((await ask(simulator, { query: USERS, engine: 1 })).status).toBe(200);
    }));

  it('html: a page comes under status 200', () =>
    withSimulator({ faults: ['engine-1=html'] }, async (simulator) => {
      const { status, body } = await ask(simulator, { query: USERS });
      expect([status, body.slice(0, 6)]).toEqual([200, '<html>']);
    }));

  it('disconnected, connecting: the Portal says so (R5)', () =>
    withSimulator({ engines: 3, faults: ['engine-2=disconnected', 'engine-3=connecting'] }, async (simulator) => {
      const listed = await Promise.all([0, 1, 2].map((index) => listedStatus(simulator, index)));
      expect(listed).toEqual(['CONNECTED', 'DISCONNECTED', 'CONNECTING']);
    }));

  it('delayMs: every query takes that long', () =>
    withSimulator({ delayMs: 150 }, async (simulator) => {
      const began = performance.now();
      await Promise.all([ask(simulator, { query: USERS }), ask(simulator, { query: USERS })]);
      expect(performance.now() - began).toBeGreaterThanOrEqual(145);
      expect(simulator.engines[0]!.traffic.busiest).toBe(2);
    }));
});
