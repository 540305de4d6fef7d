import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import people from '../../../local/simulator/people.example.json' with { type: 'json' };
import { type Simulator, startSimulator } from '../../../local/simulator/simulator.ts';
import type { GivenPeople } from '../../../local/simulator/world/given-people.ts';
import { InvalidInputError } from '../../../modules/common/errors.ts';
import { LoginInsufficientError, LoginRefusedError } from '../../../modules/engines/errors.ts';
import { findSubjects } from '../../../modules/engines/find-subjects.ts';
import type { Login } from '../../../modules/requests/start-body.ts';
import { apisOf, visitPorts } from '../../support/engine-run.ts';

const NOW = new Date('2026-11-23T12:00:00Z');

describe('findSubjects', () => {
  let simulator: Simulator;
  let outside: ReturnType<typeof apisOf>;
  const logged: string[] = [];
  const note = (...words: unknown[]) => void logged.push(JSON.stringify(words));

  beforeAll(async () => {
    const user = { name: 'kim.leo@CORP', fullName: 'Kim Leo', devices: ['WS-990'] };
    const device = { name: 'WS-990', engines: [1] };
    const given = {
      users: [...people.users, user],
      devices: [...people.devices, device],
    } as GivenPeople;
    simulator = await startSimulator({ engines: 3, rows: 400, now: NOW, people: given, faults: ['engine-3=down'] });
    outside = apisOf(simulator);
  });
  afterAll(async () => {
    await outside?.engineApi.close();
    await simulator?.stop();
  });

  const find = (name: string, kind: 'user' | 'device' = 'user', login: Login = simulator.login) =>
    findSubjects(
      { subject: { kind, name }, login },
      { account: { whenUnproved: 'refuse' } },
      visitPorts(outside, () => NOW, { info: note, warn: note }),
    );

  it('lists every account that a login may mean, with domain, Engines, devices and last activity (R1)', async () => {
    const { accounts, missing, answered } = await find('AKowal');

    expect(accounts.map(({ name, domain, meant }) => [name, domain, meant])).toEqual([
      ['AKowal@FIELD', 'FIELD', true],
      ['akowal', undefined, true],
      ['akowal@CORP', 'CORP', true],
      ['akowal@LAB', 'LAB', true],
    ]);
    expect(accounts[3]).toMatchObject({ engines: ['engine-1', 'engine-2'], devices: ['LAB-900'], deviceCount: 1 });
    expect(accounts[3]!.lastSeen).toMatch(/^2026-11-23T/);
    expect(answered).toBe(2);
    expect(missing).toMatchObject([{ name: 'engine-3' }]);
    expect(logged.join()).not.toMatch(/kowal/i);
  });

  it('finds an account whose case no spelling has, and offers one without a domain as perhaps (C1)', async () => {
    const mixed = await find('akowal@field');
    const other = await find('akowal@DMZ');

    expect(mixed.accounts.map(({ name, meant }) => [name, meant])).toEqual([
      ['AKowal@FIELD', true],
      ['akowal', false],
    ]);
    expect(other.accounts).toMatchObject([{ name: 'akowal', meant: false }]);
    expect(other.nearNames.toSorted()).toEqual(['AKowal@FIELD', 'akowal@CORP', 'akowal@LAB']);
  });

  it.each(['other-subject@list', 'foreign-rows@list', 'other-query@list'])(
    'shows no device, time or account of somebody else where an Engine answers with theirs: %s (C5)',
    async (fault) => {
      const honest = await find('akowal@LAB');
      for (const engine of simulator.engines.slice(0, 2)) engine.setFault(fault);
      try {
        const { accounts, nearNames } = await find('akowal@LAB');
        const shown = accounts.flatMap(({ devices }) => devices);
        expect(shown.filter((name) => name !== 'LAB-900')).toEqual([]);
        expect(nearNames.filter((name) => !honest.nearNames.includes(name))).toEqual([]);
      } finally {
        for (const engine of simulator.engines.slice(0, 2)) engine.setFault(undefined);
      }
    },
  );

  it('offers near names when there is no account, and says what was tried', async () => {
    const { accounts, nearNames, tried } = await find('jmeier');

    expect(accounts).toEqual([]);
    expect(nearNames).toContain('jmeyer');
    expect(tried).toEqual(['jmeier', 'JMEIER', 'jmeier@*', 'JMEIER@*']);
  });

  it('offers other accounts of the same person, and never takes them for the one that is meant', async () => {
    const { accounts, nearNames } = await find('kim.lee@CORP');

    expect(accounts.map(({ name }) => name)).toEqual(['kim.lee@CORP']);
    expect(nearNames).toEqual(['kim.lee@LAB']);
  });

  it('offers no names like one that another Engine knows', async () => {
    const { accounts, nearNames } = await find('kim.leo@CORP');

    expect(accounts).toMatchObject([{ name: 'kim.leo@CORP', engines: ['engine-1'] }]);
    expect(nearNames).toEqual([]);
  });

  it('finds a device', async () => {
    expect((await find('lab-900', 'device')).accounts).toMatchObject([
      { name: 'LAB-900', meant: true, deviceCount: 0 },
    ]);
  });

  it('says nothing before the login is checked (R14), and refuses what no Engine can be asked (R23)', async () => {
    const limited = simulator.accounts.find(({ privacy }) => privacy.startsWith('anonymous'))!;

    await expect(find('akowal', 'user', { ...simulator.login, password: 'wrong' })).rejects.toThrow(LoginRefusedError);
    await expect(find('akowal', 'user', limited)).rejects.toThrow(LoginInsufficientError);
    await expect(find('akowal*')).rejects.toThrow(InvalidInputError);
  });
});
