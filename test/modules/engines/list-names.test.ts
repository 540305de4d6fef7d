import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Simulator, startSimulator } from '../../../local/simulator/simulator.ts';
import { LoginInsufficientError, LoginRefusedError } from '../../../modules/engines/errors.ts';
import { listNames } from '../../../modules/engines/list-names.ts';
import type { Login } from '../../../modules/requests/start-body.ts';
import { apisOf, visitPorts } from '../../support/engine-run.ts';

describe('listNames (C31)', () => {
  let simulator: Simulator;
  let outside: ReturnType<typeof apisOf>;
  const logged: string[] = [];
  const note = (...words: unknown[]) => void logged.push(JSON.stringify(words));
  beforeAll(async () => {
    simulator = await startSimulator({ engines: 3, rows: 200, faults: ['engine-3=down'] });
    outside = apisOf(simulator);
  });
  afterAll(async () => {
    await outside?.engineApi.close();
    await simulator?.stop();
  });
  const list = (login: Login, most?: { ofEngine: number; names: number }) =>
    listNames(
      login,
      { account: { whenUnproved: 'refuse' } },
      visitPorts(outside, () => new Date(), { info: note, warn: note }),
      most,
    );

  it('lists users and devices of all Engines, names those that are away, and logs no name (R24)', async () => {
    const { users, devices, missing } = await list(simulator.login);

    const held = (names: readonly string[], name: string) => names.some((each) => each.split(/[@.]/)[0] === name);
    expect(simulator.users.filter((name) => held(users, name)).length).toBeGreaterThan(0);
    expect(simulator.devices.filter((name) => held(devices, name)).length).toBeGreaterThan(0);
    expect(missing).toEqual(['engine-3']);
    expect(users.filter((name) => logged.join().includes(name))).toEqual([]);
  });

  it('names the Engines that know more names than came', async () => {
    expect((await list(simulator.login, { ofEngine: 3, names: 50_000 })).missing.toSorted()).toEqual([
      'engine-1',
      'engine-2',
      'engine-3',
    ]);
    const few = await list(simulator.login, { ofEngine: 20_000, names: 2 });
    expect([few.users.length, few.missing.includes('engine-2')]).toEqual([2, true]);
  });

  it('shows nothing to a login that is wrong (R14)', async () => {
    const refused = list({ ...simulator.login, password: 'wrong' });
    await expect(refused).rejects.toSatisfy(
      (error) => error instanceof LoginRefusedError || error instanceof LoginInsufficientError,
    );
  });
});
