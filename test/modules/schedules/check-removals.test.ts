import { describe, expect, it } from 'vitest';
import { checkRemovals } from '../../../modules/schedules/check-removals.ts';
import { aPolicy, aRequest, memoryRequests, scriptedEngine, silentLog } from '../../support/fakes.ts';
import { startPorts } from '../../support/start-ports.ts';

const NOW = new Date('2026-11-23T12:00:00Z');
const idOf = (number: number) => `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`;

/** Open removals of one name; the Engine has no device at all. */
async function setup(count: number, password = 'right') {
  const removals = Array.from({ length: count }, (_, number) =>
    aRequest({ requestId: idOf(number), kind: 'remove', subjectKind: 'device', state: 'AWAITING_REMOVAL' }),
  );
  const ports = {
    ...startPorts('right'),
    engineApi: scriptedEngine(() => 'id\n', undefined, false),
    requests: memoryRequests(...removals),
    openRequests: {
      async *list() {
        for (const { requestId } of removals) yield requestId;
      },
      remove: async () => {},
    },
    clock: { now: () => NOW },
    serviceAccount: async () => ({ username: 'service', password }),
  };
  for (const { requestId } of removals)
    await ports.vault.seal(requestId, 'subject', { kind: 'device', name: 'lt-101' }, NOW);
  return ports;
}

describe('checkRemovals (R28)', () => {
  it('checks 15 names in one run and the others in the next, and none again before its time', async () => {
    const ports = await setup(20);
    const policy = aPolicy({ removal: { everyHours: 6, accountScope: 'unverified' } });

    expect(await checkRemovals(policy, ports)).toEqual({ due: 15, checked: 15 });
    expect(await checkRemovals(policy, ports)).toEqual({ due: 5, checked: 5 });
    expect(await checkRemovals(policy, ports)).toEqual({ due: 0, checked: 0 });
  });

  it('keeps a removal open while the view of the account is not known to be full (R12)', async () => {
    const ports = await setup(1);
    const check = async (accountScope: 'attested' | 'unverified', everyHours: number) => {
      await checkRemovals(aPolicy({ removal: { everyHours, accountScope } }), ports);
      return await ports.requests.get(idOf(0));
    };

    expect(await check('unverified', 6)).toMatchObject({
      state: 'AWAITING_REMOVAL',
      removal: {
        accountScope: 'unverified',
        nextCheckAt: '2026-11-23T18:00:00.000Z',
        engines: [{ state: 'ABSENT', reason: 'NO_DEVICE' }],
      },
    });
    expect((await check('attested', 0)).state).toBe('NOTHING_FOUND');
  });

  it('ends quietly when the service account is refused, since a call that failed would be repeated and could lock it', async () => {
    const warned: unknown[] = [];
    const ports = {
      ...(await setup(1, 'wrong')),
      log: { ...silentLog, warn: (...line: unknown[]) => void warned.push(line) },
    };

    expect(await checkRemovals(aPolicy(), ports)).toEqual({ due: 1, checked: 0 });
    expect(warned).toEqual([['service account refused', { error: 'LoginRefusedError' }]]);
    expect((await ports.requests.get(idOf(0))).removal).toBeUndefined();
  });

  it('leaves a removal alone whose sealed name has run out', async () => {
    const ports = await setup(1);
    await ports.vault.wipe(idOf(0), ['subject']);

    expect(await checkRemovals(aPolicy(), ports)).toEqual({ due: 0, checked: 0 });
  });
});
