import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TABLES } from '../../../../local/environment.ts';
import { dynamoLeases } from '../../../../modules/engines/adapters/dynamo-leases.ts';
import type { Lease } from '../../../../modules/engines/leases.ts';
import { type LocalAws, startLocalAws } from '../../../support/aws.ts';

let aws: LocalAws;
beforeAll(async () => {
  aws = await startLocalAws();
});
afterAll(() => aws?.stop());

let at = Date.parse('2026-11-23T08:00:00Z');
const pass = (seconds: number) => {
  at += seconds * 1000;
};
const clock = { now: () => new Date(at) };
const leases = () => dynamoLeases(aws.dynamo, TABLES.requests, { clock });
const turn = { atLeast: 1 };
const tokenOf = (answer: Lease | { waitSeconds: number }) => ('token' in answer ? answer.token : undefined);

describe('dynamoLeases: one asker per Engine across all Requests (decision 5)', () => {
  it('lets one of many in, and tells the others when to come again', async () => {
    const answers = await Promise.all(Array.from({ length: 12 }, (_, i) => leases().acquire('e-many', `holder-${i}`)));
    expect(answers.filter((answer) => 'token' in answer)).toHaveLength(1);
    expect(answers.filter((answer) => 'waitSeconds' in answer && answer.waitSeconds >= 1)).toHaveLength(11);
  });

  it('lets nobody else in while it is renewed, for however long', async () => {
    const { token } = (await leases().acquire('e-renewed', 'a')) as Lease;
    for (let i = 0; i < 10; i += 1) {
      pass(20);
      expect(await leases().renew('e-renewed', token)).toBe(true);
    }
    expect(await leases().acquire('e-renewed', 'b', turn)).toEqual({ waitSeconds: 200 });
  });

  it('asks to wait about as long as the other has had the Engine, ten minutes at most', async () => {
    const { token } = (await leases().acquire('e-wait', 'a', turn)) as Lease;
    expect(await leases().acquire('e-wait', 'b', turn)).toEqual({ waitSeconds: 1 });
    pass(12);
    expect(await leases().acquire('e-wait', 'b', turn)).toEqual({ waitSeconds: 12 });
    expect(await leases().acquire('e-wait', 'b', { atLeast: 40 })).toEqual({ waitSeconds: 40 });
    await leases().release('e-wait', token, true);
  });

  it('expects the next turn to take as long as the last one, and those who wait to come one after the other', async () => {
    const first = (await leases().acquire('e-turn', 'a', turn)) as Lease;
    pass(20);
    await leases().release('e-turn', first.token, true);
    const { token } = (await leases().acquire('e-turn', 'b', turn)) as Lease;
    pass(5);
    expect(await leases().acquire('e-turn', 'c', turn)).toEqual({ waitSeconds: 15 });
    expect(await leases().acquire('e-turn', 'd', turn)).toEqual({ waitSeconds: 36 });
    await leases().release('e-turn', token, true);
  });

  it('lets those who wait in by the order of their arrival, whoever looks first (decision 5)', async () => {
    const held = (await leases().acquire('e-queue', 'holder', turn)) as Lease;
    for (const holder of ['c', 'a', 'b']) {
      await leases().acquire('e-queue', holder, turn);
      pass(1);
    }
    await leases().release('e-queue', held.token, true);
    for (const next of ['c', 'a', 'b']) {
      for (const other of ['newcomer', 'b', 'a', 'c'].filter((each) => each !== next)) {
        expect(await leases().acquire('e-queue', other, turn), other).toHaveProperty('waitSeconds');
        pass(1);
      }
      const { token } = (await leases().acquire('e-queue', next, turn)) as Lease;
      await leases().release('e-queue', token, true);
    }
    expect(await leases().acquire('e-queue', 'newcomer', turn)).toHaveProperty('token');
  });

  it('passes over one that does not come back, a minute after it should have', async () => {
    const held = (await leases().acquire('e-gone', 'holder', turn)) as Lease;
    const { waitSeconds } = (await leases().acquire('e-gone', 'gone', { atLeast: 100 })) as { waitSeconds: number };
    await leases().release('e-gone', held.token, true);
    pass(waitSeconds + 59);
    expect(await leases().acquire('e-gone', 'b', turn)).toHaveProperty('waitSeconds');
    pass(2);
    expect(await leases().acquire('e-gone', 'b', turn)).toHaveProperty('token');
  });

  it('passes over one that has left, at once', async () => {
    const held = (await leases().acquire('e-left', 'holder', turn)) as Lease;
    await leases().acquire('e-left', 'gone', { atLeast: 600 });
    pass(1);
    await leases().acquire('e-left', 'b', { atLeast: 600 });
    await leases().release('e-left', held.token, true);
    pass(1);
    await leases().leave('e-left', 'nobody');
    expect(await leases().acquire('e-left', 'b', turn)).toHaveProperty('waitSeconds');
    await leases().leave('e-left', 'gone');
    expect(await leases().acquire('e-left', 'b', turn)).toHaveProperty('token');
  });

  it('lets a small query in whenever nobody holds the Engine, and never into the queue', async () => {
    const held = (await leases().acquire('e-small', 'holder', turn)) as Lease;
    await leases().acquire('e-small', 'first', turn);
    expect(await leases().acquire('e-small', 'small')).toHaveProperty('waitSeconds');
    await leases().release('e-small', held.token, true);
    const small = (await leases().acquire('e-small', 'small')) as Lease;
    await leases().release('e-small', small.token);
    expect(await leases().acquire('e-small', 'first', turn)).toHaveProperty('token');
  });

  it('passes from a dead holder on, whose token then is worth nothing', async () => {
    const dead = tokenOf(await leases().acquire('e-dead', 'a'))!;
    pass(31);
    const next = tokenOf(await leases().acquire('e-dead', 'b'))!;
    expect(next).toBeGreaterThan(dead);
    expect(await leases().renew('e-dead', dead)).toBe(false);
    await leases().release('e-dead', dead);
    expect(await leases().acquire('e-dead', 'c')).toHaveProperty('waitSeconds');
    expect(await leases().renew('e-dead', next)).toBe(true);
  });

  it('is free again once given back; its tokens grow over all turns', async () => {
    const tokens: number[] = [];
    for (const holder of ['a', 'b', 'c']) {
      const token = tokenOf(await leases().acquire('e-back', holder))!;
      await leases().release('e-back', token);
      tokens.push(token);
    }
    expect(tokens).toEqual([1, 2, 3]);
  });

  it('is not brought back by a renewal that comes after it was given back', async () => {
    const { token } = (await leases().acquire('e-late', 'a')) as Lease;
    await leases().release('e-late', token);
    expect(await leases().renew('e-late', token)).toBe(false);
    expect(await leases().acquire('e-late', 'b')).toHaveProperty('token');
  });

  it('keeps Engines apart', async () => {
    await leases().acquire('e-one', 'a');
    expect(await leases().acquire('e-two', 'a')).toHaveProperty('token');
  });
});
