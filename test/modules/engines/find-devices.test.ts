import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Simulator, startSimulator } from '../../../local/simulator/simulator.ts';
import { EngineQueryRejectedError } from '../../../modules/engines/errors.ts';
import { findDevices } from '../../../modules/engines/find-devices.ts';
import { isGone, removalAfter } from '../../../modules/requests/removal.ts';
import { apisOf, visitPorts } from '../../support/engine-run.ts';

const NOW = new Date('2026-11-23T12:00:00Z');
const HOUR_MS = 3_600_000;
const people = {
  users: [
    { name: 'kim.leo@CORP', devices: ['Ws-990'] },
    { name: 'max', devices: ['Ws-990'] },
  ],
  devices: [{ name: 'Ws-990', engines: [1] }],
};

describe('findDevices (R28)', () => {
  let simulator: Simulator;
  let outside: ReturnType<typeof apisOf>;
  const logged: string[] = [];
  const note = (...words: unknown[]) => void logged.push(JSON.stringify(words));

  beforeAll(async () => {
    simulator = await startSimulator({ engines: 2, rows: 400, now: NOW, people });
    outside = apisOf(simulator);
  });
  afterAll(async () => {
    await outside?.engineApi.close();
    await simulator?.stop();
  });

  const find = async (...names: string[]) =>
    findDevices(
      names,
      simulator.login,
      { account: { whenUnproved: 'refuse' } },
      visitPorts(outside, () => NOW, { info: note, warn: note }),
    );

  it('finds a device however it is written, with its users and its own clock, and logs no name (R24)', async () => {
    const [first] = simulator.engines;
    first!.editDevice('Ws-990', { storage_policy: 'Remove', last_seen: NOW.getTime() - 25 * HOUR_MS });
    const [found, other] = await find('ws-990', 'nobody');

    expect(found).toEqual([
      {
        name: 'engine-1',
        state: 'HELD',
        open: ['wait-24-hours'],
        devices: [
          {
            name: 'Ws-990',
            meant: true,
            lastSeen: '2026-11-22T12:00:00', // in Europe/Zurich
            storagePolicy: 'Remove',
            users: ['kim.leo@CORP', 'max'],
          },
          expect.objectContaining({ name: 'Ws-990' }),
        ],
      },
      { name: 'engine-2', state: 'ABSENT', open: [], devices: [] },
    ]);
    expect(other!.map(({ state }) => state)).toEqual(['ABSENT', 'ABSENT']);
    expect(logged.join()).not.toMatch(/990|leo/i);
  });

  it.each([
    'header-other',
    'empty',
    'text',
    'other-query',
    'fewer-columns',
    'html',
    'no-licence',
    'not-found',
    'disconnected',
  ])('takes no answer for a device that is not there when the Engine answers with %s (R12)', async (fault) => {
    const [first] = simulator.engines;
    first!.setFault(fault);
    const [found] = await find('ws-990');
    first!.setFault(undefined);

    expect(found!.map(({ state }) => state)).toEqual(['UNKNOWN', 'ABSENT']);
    expect(found![0]!.reason).toMatch(/Error$/);
  });

  it('takes an Engine without any device for one that does not hold it, unless it has held it before (R12)', async () => {
    const [first, second] = simulator.engines;
    for (const fault of ['header-alone', undefined]) {
      first!.setFault(fault); // as an Engine answers that has no object at all
      const [found] = await find('ws-990');
      const removal = removalAfter([], found!, NOW, 6, 'attested');
      const held = removalAfter(
        [{ name: 'engine-1', state: 'HELD', open: [], heldAt: NOW.toISOString() }],
        found!,
        NOW,
        6,
        'attested',
      );
      const states = [found!, removal.engines, held.engines].map((places) => places[0]!.state);
      expect(states).toEqual(fault ? ['ABSENT', 'ABSENT', 'UNKNOWN'] : ['HELD', 'HELD', 'HELD']);
      expect(found![0]!.reason).toBe(fault && 'NO_DEVICE');
    }
    for (const device of simulator.devices) second!.removeDevice(device);
    const [, ...others] = (await find('ws-990'))[0]!;
    expect(others).toEqual([{ name: 'engine-2', state: 'ABSENT', open: [], devices: [] }]); // it shows users
  });

  it('calls nothing gone that an account with an unknown view does not see (R12)', () => {
    const absent = { name: 'engine-2', state: 'ABSENT', open: [] } as const;
    const [attested, unverified] = (['attested', 'unverified'] as const).map((scope) =>
      removalAfter([], [absent], NOW, 6, scope),
    );

    expect([isGone(attested!), isGone(unverified!)]).toEqual([true, false]);
    expect([attested!.nextCheckAt, unverified!.nextCheckAt]).toEqual([undefined, '2026-11-23T18:00:00.000Z']);
  });

  it('takes no answer for a device that is not there when the Engine knows no patterns, so that it may be in another case (R12)', async () => {
    const { engineApi } = outside;
    const query: typeof engineApi.query = async (engine, login, asked, signal) => {
      if (engine.name === 'engine-1' && asked.statement.includes('(pattern'))
        throw new EngineQueryRejectedError(engine.engineId, asked.file);
      return engineApi.query(engine, login, asked, signal);
    };
    outside = { ...outside, engineApi: { ...engineApi, query } };
    const [found] = await find('ws-990');
    outside = { ...outside, engineApi };

    expect(found!.map(({ state }) => state)).toEqual(['UNKNOWN', 'ABSENT']);
  });

  it('keeps two Engines of one name apart', async () => {
    const { portalApi } = outside;
    const listed = await portalApi.listEngines(simulator.login);
    const alike = listed.map((engine, at) => ({ ...engine, name: 'engine-1', engineId: `${engine.engineId}-${at}` }));
    const { engineApi } = outside;
    const nameOf = (engineId: string) => (engineId.endsWith('-0') ? 'engine-1' : 'engine-2');
    outside = {
      portalApi: { ...portalApi, listEngines: async () => alike },
      engineApi: {
        ...engineApi,
        look: (engine) => engineApi.look({ ...engine, name: nameOf(engine.engineId) }),
        query: (engine, ...rest) => engineApi.query({ ...engine, name: nameOf(engine.engineId) }, ...rest),
      },
    };
    const [found] = await find('ws-990');
    outside = { engineApi, portalApi };

    expect(found!.map(({ name, state }) => [name, state]).sort()).toEqual([
      ['engine-1', 'ABSENT'],
      ['engine-1', 'HELD'],
    ]);
  });

  it('keeps an Engine that was never asked and is federated no longer: it may hold the device', () => {
    const away = { name: 'engine-1', state: 'UNKNOWN', reason: 'EngineUnavailableError', open: [] } as const;
    const absent = { name: 'engine-2', state: 'ABSENT', open: [] } as const;
    const before = removalAfter([], [away, absent], NOW, 6, 'attested');
    const after = removalAfter(before.engines, [absent], NOW, 6, 'attested');

    expect(after.engines).toEqual([absent, { ...away, reason: 'EngineNotConnectedError' }]);
    const { engines, nextCheckAt } = removalAfter(after.engines, [{ ...away, state: 'ABSENT' }], NOW, 6, 'attested');
    expect([engines.length, nextCheckAt]).toEqual([1, undefined]);
  });

  it('keeps an Engine that held the device and is federated no longer', () => {
    const held = { name: 'engine-1', state: 'HELD', open: ['wait-24-hours'] } as const;
    const absent = { name: 'engine-2', state: 'ABSENT', open: [] } as const;
    const before = removalAfter([], [held, absent], NOW, 6, 'attested');
    const after = removalAfter(before.engines, [absent], NOW, undefined, 'attested');

    expect(before.nextCheckAt).toBe('2026-11-23T18:00:00.000Z');
    expect(after.engines).toEqual([
      absent,
      { name: 'engine-1', state: 'UNKNOWN', reason: 'EngineNotConnectedError', open: [], heldAt: NOW.toISOString() },
    ]);
  });
});
