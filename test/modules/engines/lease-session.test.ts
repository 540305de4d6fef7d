import { describe, expect, it } from 'vitest';
import { type Leases, openSession } from '../../../modules/engines/leases.ts';
import { memoryLeases } from '../../support/fakes.ts';

const briefly = (leases: Leases): Leases => ({
  ...leases,
  async acquire(engineId, holder) {
    const answer = await leases.acquire(engineId, holder);
    return 'token' in answer ? { ...answer, seconds: 0.15 } : answer;
  },
});
const sessionOf = async (leases: Leases) => {
  const session = await openSession(leases, 'e', 'holder');
  if ('waitSeconds' in session) throw new Error('busy');
  return session;
};
const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

describe('openSession', () => {
  it('says when to come again while another has the Engine (decision 5)', async () => {
    const leases = memoryLeases();
    const session = await sessionOf(leases);
    expect(await openSession(leases, 'e', 'other')).toEqual({ waitSeconds: 7 });
    await session.end();
    const next = await sessionOf(leases);
    expect(next.token).toBeGreaterThan(session.token);
    await next.end();
  });
});

describe('the session', () => {
  it('renews its lease while it lasts, and no longer', async () => {
    const leases = memoryLeases();
    let renewals = 0;
    const renew: Leases['renew'] = (...given) => {
      renewals += 1;
      return leases.renew(...given);
    };
    const session = await sessionOf(briefly({ ...leases, renew }));
    await expect.poll(() => renewals).toBeGreaterThanOrEqual(3);
    expect(session.signal.aborted).toBe(false);
    await session.end();
    const atEnd = renewals;
    await wait(150);
    expect(renewals).toBe(atEnd);
  });

  it('stops its holder when another has taken over', async () => {
    const leases = memoryLeases();
    const session = await sessionOf(briefly(leases));
    leases.held.set('e', 99);
    await wait(150);
    expect(session.signal.reason).toMatchObject({ name: 'OvertakenError' });
    await expect(session.confirm()).rejects.toMatchObject({ name: 'OvertakenError' });
    await session.end();
    expect(leases.held.get('e')).toBe(99);
  });

  it('bears a renewal that fails, but not for longer than the lease lasts', async () => {
    const leases = memoryLeases();
    let failing = 1;
    const fails = async (...given: Parameters<Leases['renew']>) => {
      if (failing-- > 0) throw new Error('throttled');
      return leases.renew(...given);
    };
    const bearing = await sessionOf(briefly({ ...leases, renew: fails }));
    await wait(200);
    expect(bearing.signal.aborted).toBe(false);
    await bearing.end();
    failing = Number.POSITIVE_INFINITY;
    const lost = await sessionOf(briefly({ ...leases, renew: fails }));
    await wait(250);
    expect(lost.signal.aborted).toBe(true);
    await lost.end();
  });
});
