import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LocalSystem, startLocalSystem } from '../../local/system.ts';
import { ApiWalk } from '../support/api-walk.ts';

const DEEP = process.env.GDPR_TEST_DEEP === '1';
const CALLS = DEEP ? 20_000 : 500;
/** A start is real work on Engines, Portal and stores; past so many, calls are made about what there is. */
const STARTS = DEEP ? 400 : 25;

let system: LocalSystem;

beforeAll(async () => {
  system = await startLocalSystem({ engines: 1, rows: 30, seed: 8 });
});
afterAll(() => system?.stop());

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
