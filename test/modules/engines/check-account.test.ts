import { describe, expect, it } from 'vitest';
import { jsonLog } from '../../../modules/common/adapters/json-log.ts';
import { checkLogin } from '../../../modules/engines/check-account.ts';
import {
  EngineAnswerError,
  EngineAuthError,
  EngineLicenceError,
  EngineTimeoutError,
  EngineUnavailableError,
} from '../../../modules/engines/errors.ts';
import type { PeerFault } from '../../../modules/net/look-at-peer.ts';
import type { Engine } from '../../../modules/requests/source.ts';
import { anEngine, memoryLeases, scriptedEngine, trustedLook } from '../../support/fakes.ts';

const login = { username: 'operator', password: 'open sesame' };
const names = ['a', 'b', 'c', 'd'];
interface World {
  readonly checksLogin?: boolean;
  readonly busy?: readonly string[];
  readonly of?: readonly (string | Engine)[];
  /** Faults that a look at an Engine shows, by its name. */
  readonly faults?: Readonly<Record<string, PeerFault>>;
  readonly whenUnproved?: 'refuse' | 'allow';
}

const certificate = {
  subject: 'CN=engine-1',
  alternativeNames: [],
  issuer: 'CN=Nexthink',
  validFrom: '2026-01-01T00:00:00.000Z',
  validTo: '2027-01-01T00:00:00.000Z',
  sha256: 'AA:BB',
};

function setup(
  answers: readonly (string | Error)[],
  { checksLogin = true, busy = [], of = names, faults = {}, whenUnproved = 'refuse' }: World = {},
) {
  const leases = memoryLeases();
  for (const name of busy) leases.held.set(`${name}-uid`, 99);
  const left = [...answers];
  const look = async ({ name }: Engine) => ({
    ...trustedLook,
    certificate,
    faults: faults[name] ? [faults[name]] : [],
  });
  const engineApi = { ...scriptedEngine(() => left.shift() ?? new Error('asked too often')), look };
  const lines: string[] = [];
  let pauses = 0;
  const ports = {
    leases,
    engineApi,
    portalApi: {
      checksLogin,
      listEngines: async () => of.map((each) => (typeof each === 'string' ? anEngine(each) : each)),
    },
    clock: { now: () => new Date() },
    log: jsonLog((line) => lines.push(line)),
    federation: undefined,
    pause: async () => {
      pauses += 1;
      if (pauses === 3) leases.held.delete(`${busy.at(-1)}-uid`);
    },
  };
  const check = (sources: readonly ('engine' | 'portal')[] = ['engine']) =>
    checkLogin(login, sources, { whenUnproved }, ports);
  return { ...ports, lines, check, asked: () => engineApi.asked.length, pauses: () => pauses };
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

  it('asks a busy Engine beside its other query when none becomes idle, one check at a time (decision 5, R4)', async () => {
    for (const checksLogin of [true, false]) {
      const system = setup(['id\n'], { busy: [...names, 'other'], checksLogin });
      expect(await system.check()).toEqual({ accountPrivacy: 'full' });
      expect(system.asked()).toBe(1);
      expect(system.pauses()).toBeGreaterThan(10);
    }
    const crowded = setup([], { busy: [...names, 'other'] });
    for (const name of names) crowded.leases.held.set(`beside ${name}-uid`, 7);
    await expect(crowded.check()).rejects.toMatchObject({ name: 'LoginNotVerifiableError' });
    expect(crowded.asked()).toBe(0);
  });

  it('lets no odd Engine speak for one that another Request has (R4)', async () => {
    const busy = setup([refuses, away, 'id\n'], { busy: ['a', 'b', 'other'] });
    expect(await busy.check()).toEqual({ accountPrivacy: 'full' });
    const gone = setup([refuses, page, away, 'id\n'], { busy: ['a', 'other'] });
    expect(await gone.check()).toEqual({ accountPrivacy: 'full' });
    expect(gone.asked()).toBe(4);
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

  it('starts when every Engine lacks nothing but the licence, so that each is named (R2, R4)', async () => {
    const all = [unlicensed, unlicensed, unlicensed, unlicensed];
    for (const source of ['engine', 'portal'] as const)
      expect(await setup(all).check([source])).toEqual({ accountPrivacy: 'unverified' });
    await expect(setup([...all.slice(1), away]).check()).rejects.toMatchObject({ name: 'LoginNotVerifiableError' });
  });

  it('asks further Engines until one answers (R4)', async () => {
    const system = setup([away, silent, broken, page, 'id\n'], { of: [...names, 'e'] });
    expect(await system.check()).toEqual({ accountPrivacy: 'full' });
  });

  it.each(['reindexing, try later\n', '{"error":"internal"}', '', '\n'])(
    'takes no text under status 200 for a proof: %j (C4)',
    async (text) => {
      const answers = names.map(() => text);
      const refusal = await setup(answers)
        .check(['portal'])
        .catch((error: Error) => error);
      expect(refusal).toMatchObject({ name: 'LoginNotVerifiableError' });
      expect((refusal as Error).message).toContain('(to change: engines.a.port)');
      const allowed = setup(answers, { whenUnproved: 'allow' });
      expect(await allowed.check(['portal'])).toEqual({ accountPrivacy: 'unverified' });
    },
  );

  it('refuses a lesser account for Portal data as for Engine data, whatever the settings allow (C42)', async () => {
    for (const source of ['engine', 'portal'] as const) {
      const system = setup([refuses, refuses], { whenUnproved: 'allow' });
      await expect(system.check([source])).rejects.toMatchObject({ name: 'LoginInsufficientError' });
      expect(system.asked()).toBe(2);
    }
  });

  it('names each Engine with its certificate and the setting when none is trusted, and sends no login (C9)', async () => {
    const faults = { a: 'certificate-no-alternative-name', b: 'certificate-issuer' } as const;
    const system = setup([], { of: ['a', 'b'], faults });
    const refusal = await system.check(['portal']).catch((error: Error) => error);
    expect(refusal).toMatchObject({ name: 'LoginNotVerifiableError' });
    const { message } = refusal as Error;
    for (const part of ['a: ', 'b: ', 'CN=engine-1', 'no alternative name', 'issued by CN=Nexthink', 'SHA-256 AA:BB'])
      expect(message).toContain(part);
    for (const name of ['a', 'b']) expect(message).toContain(`(to change: engines.${name}.trust)`);
    expect(message).not.toContain('try later');
    expect(system.asked()).toBe(0);
    expect(system.lines.map((line) => JSON.parse(line))).toEqual(
      Object.entries(faults).map(([name, code]) => ({
        level: 'warn',
        event: 'engine not ready',
        engineId: `${name}-uid`,
        error: code,
        field: `engines.${name}.trust`,
      })),
    );
  });

  it('needs no proof where there is no Engine, unless Engine data is requested (R4)', async () => {
    expect(await setup([], { of: [] }).check(['portal'])).toEqual({ accountPrivacy: 'unverified' });
    await expect(setup([], { of: [] }).check()).rejects.toMatchObject({ name: 'NoFederatedEngineError' });
  });

  it('refuses when no Engine can prove the account, unless `account.whenUnproved` allows it (R4)', async () => {
    const disconnected = names.map((name) => anEngine(name, { status: 'DISCONNECTED' }));
    const worlds = [
      [setup, [away, away, away, away], {}],
      [setup, [], { of: disconnected }],
      [setup, [], { faults: { a: 'refused', b: 'no-answer', c: 'name-unknown', d: 'no-tls' } }],
    ] as const;
    for (const [make, answers, world] of worlds) {
      await expect(make(answers, world).check(['portal'])).rejects.toMatchObject({ name: 'LoginNotVerifiableError' });
      const allowed = make(answers, { ...world, whenUnproved: 'allow' });
      expect(await allowed.check(['portal'])).toEqual({ accountPrivacy: 'unverified' });
    }
  });

  it('looks at few Engines when the first one proves the account', async () => {
    const looked: string[] = [];
    const system = setup(['id\n'], { of: Array.from({ length: 100 }, (_, index) => `e${index}`) });
    const { look } = system.engineApi;
    system.engineApi.look = (engine) => {
      looked.push(engine.name);
      return look(engine);
    };
    await system.check();
    expect(looked).toEqual(['e0', 'e1', 'e2', 'e3']);
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

  it('takes no unproved password, whatever the settings allow (R4)', async () => {
    for (const of of [names, []]) {
      const system = setup([away, away, away, away], { ...cloud, of, whenUnproved: 'allow' });
      await expect(system.check(['portal'])).rejects.toMatchObject({ name: 'LoginNotVerifiableError' });
    }
  });
});
