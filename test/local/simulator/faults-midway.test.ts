import { describe, expect, it } from 'vitest';
import { type Simulator, startSimulator } from '../../../local/simulator/simulator.ts';
import type { SimulatorOptions } from '../../../local/simulator/simulator-options.ts';
import { rawRows } from '../../../local/simulator/world/raw-rows.ts';
import { ask, optionsOf, readTsv } from './support.ts';

const USERS = '(select (name) (from user))';
const EVENTS = '(select (*) (from connection (between now-91d now)) (limit 100000))';

async function withEngine(
  fault: string,
  work: (simulator: Simulator) => Promise<void>,
  options: SimulatorOptions = {},
) {
  const simulator = await startSimulator({ engines: 1, rows: 400, ...options, faults: [`engine-1=${fault}`] });
  try {
    await work(simulator);
  } finally {
    await simulator.stop();
  }
}

const statuses = async (simulator: Simulator, count: number): Promise<number[]> => {
  const found: number[] = [];
  for (let index = 0; index < count; index += 1) found.push((await ask(simulator, { query: USERS })).status);
  return found;
};

describe('a fault in the middle of a run (R12)', () => {
  it.each([
    ['busy:2', [429, 429, 200, 200]],
    ['unavailable:1', [503, 200, 200, 200]],
    ['flaky:2', [200, 500, 200, 500]],
    ['unauthorized-later:3', [200, 200, 200, 401]],
  ])('%s', (fault, expected) =>
    withEngine(fault, async (simulator) => {
      expect(await statuses(simulator, 4)).toEqual(expected);
      const log = simulator.engines[0]!.traffic.log.map(({ status }) => status);
      expect(log).toEqual(expected.filter((status) => status !== 401));
    }),
  );

  it('busy and unavailable say when to come back', () =>
    withEngine('busy:1', async (simulator) => {
      expect((await ask(simulator, { query: USERS })).headers['retry-after']).toBe('1');
    }));

  it('slow-first-byte: the header comes at once, the body later', () =>
    withEngine('slow-first-byte:1', async (simulator) => {
      const began = performance.now();
      const { body } = await ask(simulator, { query: '(select (name) (from user (where user (eq name (string jmeyer' });
      expect(body).toBe('name\njmeyer\n');
      expect(performance.now() - began).toBeGreaterThan(950);
    }));

  it('truncate: the body ends without its end', () =>
    withEngine('truncate:1', async (simulator) => {
      expect((await ask(simulator, { query: EVENTS })).status).toBe(200);
      await expect(ask(simulator, { query: EVENTS })).rejects.toThrow();
    }));

  it('stall: bytes come, then none, and the connection stays', () =>
    withEngine('stall', async (simulator) => {
      const reply = ask(simulator, { query: EVENTS }).then(
        () => 'whole',
        () => 'cut',
      );
      const waited = await Promise.race([reply, new Promise((resolve) => setTimeout(resolve, 400, 'waiting'))]);
      expect([waited, simulator.engines[0]!.traffic.running]).toEqual(['waiting', 1]);
      await simulator.stop();
      expect(await reply).toBe('cut');
    }));

  it('cert-change: the first connections see the known certificate, the next another one (R11)', () =>
    withEngine('cert-change:2', async (simulator) => {
      expect(await statuses(simulator, 2)).toEqual([200, 200]);
      await expect(ask(simulator, { query: USERS })).rejects.toThrow(/certificate/);
      expect(simulator.engines[0]!.traffic.connections).toBe(3);
    }));

  it('clock-skew: the Engine takes another time for now', () => {
    const now = new Date('2026-11-23T12:00:00Z');
    const count = async (simulator: Simulator) =>
      readTsv(
        (await ask(simulator, { query: '(select (id) (from execution (between now-1h now)) (limit 999))' })).body,
      );
    return withEngine(
      'clock-skew:-48',
      async (simulator) => {
        const skewed = await count(simulator);
        simulator.engines[0]!.setFault(undefined);
        simulator.setNow(new Date('2026-11-21T12:00:00Z'));
        expect(await count(simulator)).toEqual(skewed);
        simulator.setNow(now);
        expect(await count(simulator)).not.toEqual(skewed);
      },
      { now, rows: 20_000 },
    );
  });

  it('no-licence: a page says so, with the status and the words one likes', async () => {
    await withEngine('no-licence', async (simulator) => {
      const { status, body } = await ask(simulator, { query: USERS });
      expect([status, body]).toEqual([403, expect.stringContaining('not licensed')]);
    });
    const noLicence = { status: 404, body: '<html>no module</html>' };
    await withEngine(
      'no-licence',
      async (simulator) => expect(await ask(simulator, { query: USERS })).toMatchObject(noLicence),
      { noLicence },
    );
  });

  it('is given and taken while the Engine runs, unless it is part of it', () =>
    withEngine('busy:99', async (simulator) => {
      const [engine] = simulator.engines;
      engine!.setFault(undefined);
      expect(await statuses(simulator, 1)).toEqual([200]);
      engine!.setFault('no-licence');
      expect(await statuses(simulator, 1)).toEqual([403]);
      expect(() => engine!.setFault('narrow-view')).toThrow(/from the start/);
    }));
});

describe('an Engine unlike the others', () => {
  it('no-table: the version knows no web requests', () =>
    withEngine('no-table', async (simulator) => {
      const reply = await ask(simulator, { query: '(select (id) (from web_request (between now-1d now)) (limit 0))' });
      expect([reply.status, optionsOf(reply).includes('web_request')]).toEqual([400, false]);
      expect([...rawRows(simulator.world.engines[0]!, 'web_request', 'windows')]).toEqual([]);
    }));

  it('other-columns: the version has more and less, by platform', () =>
    withEngine('other-columns', async (simulator) => {
      const header = async (platform: string) => {
        const query = '(select (*) (from execution (between now-1d now)) (limit 0))';
        return readTsv((await ask(simulator, { query, platform: [platform] })).body)[0]!;
      };
      const [windows, mac] = [await header('windows'), await header('mac_os')];
      expect(windows).toContain('parent_binary_path');
      expect(windows).not.toContain('privilege_level');
      expect([windows.includes('gatekeeper_state'), mac.includes('gatekeeper_state')]).toEqual([false, true]);
      const rows = [...rawRows(simulator.world.engines[0]!, 'execution', 'mac_os')];
      expect(Object.keys(rows[0]!.cells)).toEqual(mac);
    }));

  it('narrow-view: a part of devices, users and events is not there, without a word', () =>
    withEngine('narrow-view', async (simulator) => {
      const [engine] = simulator.world.engines;
      const seen = readTsv((await ask(simulator, { query: '(select (id) (from device)' })).body).slice(1);
      const events = readTsv((await ask(simulator, { query: EVENTS })).body).slice(1);
      const { view, ...whole } = engine!;
      expect(seen.flat()).toEqual([...rawRows(engine!, 'device', 'windows')].map(({ id }) => String(id)));
      expect(events).toHaveLength([...rawRows(engine!, 'connection', 'windows')].length);
      expect(seen.length).toBeLessThan([...rawRows(whole, 'device', 'windows')].length);
      expect(events.length).toBeLessThan([...rawRows(whole, 'connection', 'windows')].length);
      const visible = new Set([...rawRows(engine!, 'user', 'windows')].map(({ id }) => id));
      for (const { links } of rawRows(engine!, 'connection', 'windows')) {
        expect(links.user === undefined || visible.has(links.user)).toBe(true);
      }
      expect([...rawRows(engine!, 'user', 'windows')].map(({ cells }) => cells.name)).toContain('jmeyer');
      expect(view!.device.size).toBeGreaterThan(0);
    }));
});
