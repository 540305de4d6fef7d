import { describe, expect, it } from 'vitest';
import { archiveKeyOf } from '../../../modules/archive/name.ts';
import { LoginRefusedError } from '../../../modules/engines/errors.ts';
import type { LifecyclePolicy } from '../../../modules/lifecycle/policy.ts';
import type { RequestRecord } from '../../../modules/requests/record.ts';
import type { SourceState } from '../../../modules/requests/source.ts';
import { isRerunDue, rerunMissing } from '../../../modules/schedules/rerun-missing.ts';
import type { RerunPolicy } from '../../../modules/schedules/settings.ts';
import {
  anEngine,
  aPolicy,
  aRequest,
  memoryLeases,
  memoryRequests,
  memoryVault,
  scriptedEngine,
  silentLog,
} from '../../support/fakes.ts';

const MINUTE_MS = 60_000;
const policy: RerunPolicy & Pick<LifecyclePolicy, 'account'> = {
  ...aPolicy(),
  by: 'service-account',
  firstMinutes: 60,
  longestMinutes: 180,
};
const { requestId, updatedAt } = aRequest();
const inMinutes = (minutes: number) => new Date(Date.parse(updatedAt) + minutes * MINUTE_MS);
const archive = { archiveKey: 'b', byteLength: 1, expiresAt: inMinutes(10_000).toISOString() };
const partial = (facts: Partial<RequestRecord> = {}) => aRequest({ state: 'COMPLETED_WITH_ERRORS', archive, ...facts });
const failed = { state: 'FAILED', rerunUntil: inMinutes(10_000).toISOString() } as const;
const account = { username: 'service', password: 'right' };

async function setup(minutes: number, password = 'right', state: SourceState = 'TIMED_OUT', request = partial()) {
  const requests = memoryRequests(request);
  const progress = { source: 'engine', sourceId: 'a', name: 'a', rows: 0, bytes: 0 } as const;
  await requests.putProgress(requestId, { ...progress, state });
  const started: string[] = [];
  const warned: string[] = [];
  const ports = {
    requests,
    vault: memoryVault(),
    leases: memoryLeases(),
    pause: async () => {},
    log: { ...silentLog, warn: (event: string) => void warned.push(event) },
    engineApi: scriptedEngine(() => 'id\n'),
    portalApi: {
      checksLogin: true,
      listEngines: async () => {
        if (password !== 'right') throw new LoginRefusedError();
        return [anEngine('a')];
      },
    },
    federation: undefined,
    serviceAccount: async () => account,
    executions: {
      start: async (kind: string, id: string, attempt: number) => void started.push(`${kind} ${id} ${attempt}`),
      stop: async () => {},
    },
    clock: { now: () => inMinutes(minutes) },
    openRequests: {
      async *list() {
        yield requestId;
      },
      remove: async () => {},
    },
  };
  return { ...ports, started, warned };
}

describe('isRerunDue', () => {
  it.each<[string, Partial<RequestRecord>, number, boolean]>([
    ['before its wait is over', {}, 59, false],
    ['after it', {}, 60, true],
    ['before twice the wait after a second attempt', { attempt: 2 }, 119, false],
    ['after it', { attempt: 2 }, 120, true],
    ['after the longest wait, however many attempts there were', { attempt: 60 }, 180, true],
    ['once its archive has expired', {}, 10_000, false],
    ['once its archive was destroyed', { destroyedAt: updatedAt }, 90, false],
    ['that misses nothing', { state: 'COMPLETED' }, 90, false],
    ['that anonymizes', { kind: 'anonymize' }, 90, false],
    ['that failed because nothing answered', failed, 90, true],
    ['that failed with its execution', { ...failed, failure: 'Execution.TIMED_OUT' }, 90, true],
    ['that failed because a store was away', { ...failed, failure: 'StorageUnavailableError' }, 90, true],
    ['that would fail again', { ...failed, failure: 'NoFederatedEngineError' }, 90, false],
    ['that failed, once its Parts have expired', failed, 10_000, false],
    ['that failed and kept nothing, as up to 0.2', { state: 'FAILED' }, 90, false],
  ])('judges a Request %s (R12, R21)', (_when, facts, minutes, due) => {
    expect(isRerunDue(partial(facts), policy, inMinutes(minutes))).toBe(due);
  });
});

describe('rerunMissing', () => {
  it('starts one more attempt, however often the schedule fires (R21)', async () => {
    const system = await setup(61);
    await Promise.all([rerunMissing(policy, system), rerunMissing(policy, system)]);
    await rerunMissing(policy, system);
    expect(system.started).toEqual([`retrieve ${requestId} 2`]);
    expect(await system.requests.get(requestId)).toMatchObject({ state: 'QUEUED', attempt: 2 });
    expect(system.warned).toEqual([]);
  });

  it('leaves it to people by default', async () => {
    const system = await setup(61);

    const counted = await rerunMissing({ ...policy, by: 'people' }, system);

    expect([counted, system.started]).toEqual([{ rerun: 0 }, []]);
  });

  it('asks no Engine again that has no licence: waiting does not help', async () => {
    const system = await setup(61, 'right', 'NO_LICENCE');

    const counted = await rerunMissing(policy, system);

    expect([counted, system.started]).toEqual([{ rerun: 0 }, []]);
  });

  it('merges again where the merge alone has failed, though every source was retrieved (R12)', async () => {
    const system = await setup(61, 'right', 'DONE', partial({ ...failed, failure: 'StorageUnavailableError' }));

    const counted = await rerunMissing(policy, system);

    expect([counted, system.started]).toEqual([{ rerun: 1 }, [`retrieve ${requestId} 2`]]);
  });

  it.each([
    ['merges what was retrieved again', 'FAILED', 1],
    ['adds to the archive what a rerun has retrieved', 'COMPLETED_WITH_ERRORS', 1],
    ['is done once the attempt has its archive', 'COMPLETED_WITH_ERRORS', 0],
  ] as const)('%s, where an Engine without a licence is all that is missing (%s, R12)', async (_, state, rerun) => {
    const archiveKey = rerun === 0 ? archiveKeyOf(requestId, 2) : archiveKeyOf(requestId, 1);
    const facts = { ...(state === 'FAILED' && failed), archive: { ...archive, archiveKey }, attempt: 2 };
    const system = await setup(121, 'right', 'DONE', partial(facts));
    const unlicensed = { source: 'engine', sourceId: 'b', name: 'b', rows: 0, bytes: 0, state: 'NO_LICENCE' } as const;
    await system.requests.putProgress(requestId, unlicensed);

    expect(await rerunMissing(policy, system)).toEqual({ rerun });
  });

  it('ends the round when the account is refused, so that it is not locked', async () => {
    const system = await setup(61, 'wrong');
    const openRequests = {
      ...system.openRequests,
      async *list() {
        yield requestId;
        yield requestId;
      },
    };
    expect(await rerunMissing(policy, { ...system, openRequests })).toEqual({ rerun: 0 });
    expect(system.warned).toEqual(['service account refused']);
    expect((await system.requests.get(requestId)).state).toBe('COMPLETED_WITH_ERRORS');
  });
});
