import { describe, expect, it } from 'vitest';
import { Turn, takeTurn } from '../../../modules/engines/lease-session.ts';
import type { Leases } from '../../../modules/engines/leases.ts';
import { memoryLeases } from '../../support/fakes.ts';

const briefly = (leases: Leases): Leases => ({
  ...leases,
  async acquire(engineId, holder) {
    const answer = await leases.acquire(engineId, holder);
    return 'token' in answer ? { ...answer, seconds: 0.15 } : answer;
  },
});
const turnOf = async (leases: Leases): Promise<Turn> => {
  const turn = await takeTurn(leases, 'e', 'holder');
  if (!(turn instanceof Turn)) throw new Error('busy');
  return turn;
};
const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

describe('takeTurn', () => {
  it('says when to come again while another has the Engine (decision 5)', async () => {
    const leases = memoryLeases();
    const turn = await turnOf(leases);
    expect(await takeTurn(leases, 'e', 'other')).toEqual({ waitSeconds: 7 });
    await turn.end();
    const next = await turnOf(leases);
    expect(next.token).toBeGreaterThan(turn.token);
    await next.end();
  });
});

describe('Turn', () => {
  it('renews its lease while it lasts, and no longer', async () => {
    const leases = memoryLeases();
    let renewals = 0;
    const renew: Leases['renew'] = (...given) => {
      renewals += 1;
      return leases.renew(...given);
    };
    const turn = await turnOf(briefly({ ...leases, renew }));
    await wait(250);
    expect(turn.signal.aborted).toBe(false);
    expect(renewals).toBeGreaterThanOrEqual(3);
    await turn.end();
    const atEnd = renewals;
    await wait(150);
    expect(renewals).toBe(atEnd);
  });

  it('stops its holder when another has taken over', async () => {
    const leases = memoryLeases();
    const turn = await turnOf(briefly(leases));
    leases.held.set('e', 99);
    await wait(150);
    expect(turn.signal.reason).toMatchObject({ name: 'OvertakenError' });
    await expect(turn.confirm()).rejects.toMatchObject({ name: 'OvertakenError' });
    await turn.end();
    expect(leases.held.get('e')).toBe(99);
  });

  it('bears a renewal that fails, but not for longer than the lease lasts', async () => {
    const leases = memoryLeases();
    let failing = 1;
    const fails = async (...given: Parameters<Leases['renew']>) => {
      if (failing-- > 0) throw new Error('throttled');
      return leases.renew(...given);
    };
    const bearing = await turnOf(briefly({ ...leases, renew: fails }));
    await wait(200);
    expect(bearing.signal.aborted).toBe(false);
    await bearing.end();
    failing = Number.POSITIVE_INFINITY;
    const lost = await turnOf(briefly({ ...leases, renew: fails }));
    await wait(250);
    expect(lost.signal.aborted).toBe(true);
    await lost.end();
  });
});
