import { describe, expect, it } from 'vitest';
import { Measurement } from '../../../../modules/engines/contact/measurement.ts';
import { EngineAuthError, EngineTimeoutError, EngineUnavailableError } from '../../../../modules/engines/errors.ts';
import type { EngineQuery } from '../../../../modules/engines/ports.ts';
import type { Engine } from '../../../../modules/requests/source.ts';
import { anEngine, memoryLeases, scriptedEngine } from '../../../support/fakes.ts';

const now = new Date('2026-11-23T08:00:00Z');
const engines = ['a', 'b', 'c', 'd'].map((name) => anEngine(name));
const PATIENCE = { rounds: 3, roundMs: 0, beside: true } as const;

interface World {
  readonly checksLogin?: boolean;
  readonly answer?: (query: EngineQuery) => string | Error;
  readonly signal?: AbortSignal;
}

/** Measures Engines as `POST /v1/engines` does. @returns what was found, by Engine */
async function measure(of: readonly Engine[], world: World = {}) {
  const { checksLogin = true, answer = () => 'id\n', signal = new AbortController().signal } = world;
  const engineApi = scriptedEngine(answer);
  const leases = memoryLeases();
  const ports = {
    engineApi,
    leases,
    pause: async () => {},
    portalApi: { checksLogin, listEngines: async () => [] },
    clock: { now: () => now },
  };
  const measurement = new Measurement({ username: 'u', password: 'p' }, ports, signal);
  const trusted = await measurement.look(of);
  await measurement.prove(trusted, PATIENCE);
  await measurement.tryAll(trusted, PATIENCE);
  const found = of.map((engine) => measurement.findingsOf(engine).map(({ code, detail }) => `${code}: ${detail}`));
  return { found, asked: engineApi.asked.length, held: leases.held.size };
}

describe('Measurement (R5)', () => {
  it('finds nothing at Engines that are ready, and leaves each idle', async () => {
    expect(await measure(engines)).toEqual({ found: [[], [], [], []], asked: 4, held: 0 });
  });

  it('says of each Engine that was not measured in time that it was not', async () => {
    const { found, asked } = await measure(engines, { signal: AbortSignal.abort() });

    expect(found).toEqual(engines.map(() => ['not-measured: There was no time to measure it; try again']));
    expect(asked).toBe(0);
  });

  it('measures some when the time ends in the middle', async () => {
    const ending = new AbortController();
    const { found } = await measure(engines, {
      signal: ending.signal,
      answer: () => {
        ending.abort();
        return 'id\n';
      },
    });

    expect(found.map((each) => each.length)).toEqual([0, 1, 1, 1]);
  });

  it.each([
    ['a refusal', () => new EngineAuthError('e'), 'login-refused'],
    ['silence', () => new EngineTimeoutError('e', 8), 'not-proved'],
    ['a text', () => 'reindexing\n', 'not-proved'],
  ])('sends a login that may be wrong to no second Engine after %s (decision 26)', async (_what, answer, code) => {
    const { found, asked } = await measure(engines, { checksLogin: false, answer });

    expect(asked).toBe(1);
    expect(found[0]![0]).toMatch(new RegExp(`^${code}: `));
    for (const [other] of found.slice(1)) expect(other).toMatch(/^not-measured: The login was not sent/);
  });

  it('goes on where the login was not sent', async () => {
    const answers = [new EngineUnavailableError('e', { unsent: true }), 'id\n', 'id\n', 'id\n'];
    const { found, asked } = await measure(engines, { checksLogin: false, answer: () => answers.shift()! });

    expect(asked).toBe(4);
    expect(found.map((each) => each.length)).toEqual([1, 0, 0, 0]);
  });

  it.each([
    [0, undefined],
    [180, undefined],
    [-180, undefined],
    [181, '181 s ahead of ours'],
    [-3600, '3600 s behind ours'],
  ])('warns of a clock that is off by more than three minutes: %i s', async (seconds, said) => {
    const date = new Date(now.getTime() + seconds * 1000).toUTCString();
    const answer = ({ onDate }: EngineQuery) => {
      onDate?.(date);
      return 'id\n';
    };
    const { found } = await measure([engines[0]!], { answer });

    expect(found).toEqual([said === undefined ? [] : [`clock-off: Its clock is ${said}`]]);
  });

  it.each([undefined, '', 'yesterday'])('takes no clock from a date that is %j', async (date) => {
    const answer = ({ onDate }: EngineQuery) => {
      onDate?.(date);
      return 'id\n';
    };

    expect((await measure([engines[0]!], { answer })).found).toEqual([[]]);
  });

  it.each([
    ['6.30', false],
    ['6.30.4.28', false],
    ['7.1', false],
    ['', false],
    ['unknown', false],
    ['6.29.9', true],
    ['6.9', true],
    ['5.40', true],
  ])('compares versions by their numbers: %s', async (version, isOld) => {
    const { found } = await measure([anEngine('a', { version })]);

    expect(found[0]!.map((text) => text.split(':')[0])).toEqual(isOld ? ['version-old'] : []);
  });

  it('warns of a time zone that nobody knows', async () => {
    const { found } = await measure([anEngine('a', { timezone: 'Mars/Olympus_Mons' })]);

    expect(found[0]).toEqual(['timezone-unknown: Its time zone is not known; UTC is used']);
  });
});
