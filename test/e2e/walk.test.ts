import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LocalSystem, startLocalSystem } from '../../local/system.ts';
import { ApiWalk, keyOfStart } from '../support/api-walk.ts';
import { aRequest } from '../support/fakes.ts';
import { faultsAtRest } from '../support/stored-requests.ts';

const DEEP = process.env.GDPR_TEST_DEEP === '1';
const CALLS = DEEP ? 20_000 : 120;
/** A start is real work on Engines, Portal and stores; after this many, calls are about the requests that exist. */
const STARTS = DEEP ? 400 : 8;

let system: LocalSystem;

beforeAll(async () => {
  system = await startLocalSystem({ engines: 1, rows: 30, seed: 8 });
});
afterAll(() => system?.stop());

describe('what a walk looks for at its end', () => {
  it('is a request that rests where something should be at work, and two that were started under one key', () => {
    const [one, two] = ['key-1', 'key-2'].map((reference) => aRequest({ requestId: reference, reference }));
    const whole = [one!, two!].map((record) => ({ ...record, state: 'COMPLETED' as const }));
    const again = { ...whole[0]!, requestId: 'again' };

    expect(faultsAtRest(whole, keyOfStart)).toEqual([]);
    expect(faultsAtRest([{ ...one!, state: 'QUEUED' }], keyOfStart)).toEqual(['key-1 rests as QUEUED']);
    expect(faultsAtRest([...whole, again], keyOfStart)).toEqual(['started under one key: key-1,again']);
    expect(faultsAtRest([...whole, { ...again, callerId: 'another' }], keyOfStart)).toEqual([]);
  });
});

describe('a walk over the API', () => {
  it(`of ${CALLS} random calls of several callers, while stores fail, finds nothing that should not be (R23)`, async () => {
    const seed = Number(process.env.GDPR_WALK_SEED ?? Date.now() % 2 ** 31);
    const walk = await ApiWalk.begin(system, { seed, starts: STARTS });

    await walk.go(CALLS);
    await walk.end();

    console.log(`walk with seed ${seed}: ${walk.summary()}`);
    expect(walk.faults, `seed ${seed}`).toEqual([]);
    expect(walk.calls).toBe(CALLS);
  }, 7_200_000);
});
