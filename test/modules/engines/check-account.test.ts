import { describe, expect, it } from 'vitest';
import { checkLogin } from '../../../modules/engines/check-account.ts';
import {
  EngineAnswerError,
  EngineAuthError,
  EngineLicenceError,
  EngineTimeoutError,
  EngineUnavailableError,
} from '../../../modules/engines/errors.ts';
import { anEngine, memoryLeases, scriptedEngine } from '../../support/fakes.ts';

const login = { username: 'operator', password: 'open sesame' };
const names = ['a', 'b', 'c', 'd'];
interface World {
  readonly checksLogin?: boolean;
  readonly busy?: readonly string[];
  readonly of?: readonly string[];
}

function setup(answers: readonly (string | Error)[], { checksLogin = true, busy = [], of = names }: World = {}) {
  const leases = memoryLeases();
  for (const name of busy) leases.held.set(`${name}-uid`, 99);
  const left = [...answers];
  const engineApi = scriptedEngine(() => left.shift() ?? new Error('asked too often'));
  let pauses = 0;
  const ports = {
    leases,
    engineApi,
    portalApi: { checksLogin, listEngines: async () => of.map((name) => anEngine(name)) },
    federation: undefined,
    pause: async () => {
      pauses += 1;
      if (pauses === 3) leases.held.delete(`${busy.at(-1)}-uid`);
    },
  };
  const check = (sources: readonly ('engine' | 'portal')[] = ['engine']) => checkLogin(login, sources, ports);
  return { ...ports, check, asked: () => engineApi.asked.length, pauses: () => pauses };
}

const away = new EngineUnavailableError('e', { unsent: true });
const broken = new EngineUnavailableError('e');
const page = new EngineAnswerError('e', 'a web page instead of data');
const refuses = new EngineAuthError('e');
const silent = new EngineTimeoutError('e', 8);
const unlicensed = new EngineLicenceError('e');

describe('checkLogin', () => {
  it('leaves every Engine free when it is done', async () => {
    const system = setup([away, 'id\n']);
    expect(await system.check()).toEqual({ accountPrivacy: 'full' });
    expect(system.leases.held.size).toBe(0);
  });

  it('takes a free Engine rather than one that another Request has (decision 5)', async () => {
    const system = setup(['id\n'], { busy: ['a', 'b'] });
    await system.check();
    expect(system.pauses()).toBe(0);
  });

  it('waits a while for one of several busy Engines', async () => {
    const system = setup(['id\n'], { busy: names });
    expect(await system.check()).toEqual({ accountPrivacy: 'full' });
    expect(system.pauses()).toBe(3);
    expect([...system.leases.held.keys()]).toEqual(['a-uid', 'b-uid', 'c-uid']);
  });

  it('asks no Engine that another Request has: the password is good, the rest is unverified (decision 5, R4)', async () => {
    const system = setup([], { busy: [...names, 'other'] });
    expect(await system.check()).toEqual({ accountPrivacy: 'unverified' });
    expect(system.asked()).toBe(0);
    expect(system.pauses()).toBeGreaterThan(10);
    const cloud = setup([], { busy: [...names, 'other'], checksLogin: false });
    await expect(cloud.check()).rejects.toMatchObject({ name: 'LoginNotVerifiableError' });
    expect(cloud.asked()).toBe(0);
  });

  it('lets no odd Engine speak for one that another Request has (R4)', async () => {
    const busy = setup([refuses, away], { busy: ['a', 'b', 'other'] });
    expect(await busy.check()).toEqual({ accountPrivacy: 'unverified' });
    const gone = setup([refuses, page, away], { busy: ['a', 'other'] });
    expect(await gone.check()).toEqual({ accountPrivacy: 'unverified' });
    expect(gone.asked()).toBe(3);
  });

  it('refuses an account that two of the asked Engines refuse, or one does when there are no others (R4)', async () => {
    const insufficient = { name: 'LoginInsufficientError' };
    await expect(setup([refuses, page, refuses]).check()).rejects.toMatchObject(insufficient);
    await expect(setup([refuses, page, away], { of: ['a', 'b', 'c'] }).check()).rejects.toMatchObject(insufficient);
  });

  it('takes the one free Engine of many', async () => {
    const system = setup(['id\n'], { busy: ['a', 'b', 'c'] });
    expect(await system.check()).toEqual({ accountPrivacy: 'full' });
    expect(system.pauses()).toBe(0);
  });

  it('starts when Engines lack nothing but the licence, so that each is named (R2)', async () => {
    expect(await setup([unlicensed, unlicensed, unlicensed]).check()).toEqual({ accountPrivacy: 'unverified' });
    await expect(setup([unlicensed, away, away]).check()).rejects.toMatchObject({ name: 'LoginNotVerifiableError' });
  });
});

describe('checkLogin where the Portal says nothing about the password (decision 26)', () => {
  const cloud = { checksLogin: false };

  it('sends a login that an Engine refused to nobody else', async () => {
    const system = setup([away, refuses], cloud);
    await expect(system.check()).rejects.toMatchObject({ name: 'LoginRefusedError' });
    expect(system.asked()).toBe(2);
  });

  it.each([
    ['silence', silent],
    ['a failure of the Engine', broken],
    ['a page', page],
    ['a word on the licence', unlicensed],
  ])('sends it to nobody else either when it may have arrived: %s', async (_, answer) => {
    const system = setup([answer, 'id\n'], cloud);
    await expect(system.check()).rejects.toMatchObject({ name: 'LoginNotVerifiableError' });
    expect(system.asked()).toBe(1);
  });

  it('asks an Engine for Portal data, too (R4)', async () => {
    expect(await setup(['id\n'], cloud).check(['portal'])).toEqual({ accountPrivacy: 'full' });
    await expect(setup([refuses], cloud).check(['portal'])).rejects.toMatchObject({ name: 'LoginRefusedError' });
    await expect(setup([away, unlicensed], cloud).check(['portal'])).rejects.toMatchObject({
      name: 'LoginNotVerifiableError',
    });
  });
});
