import { describe, expect, it } from 'vitest';
import { InvalidInputError } from '../../../modules/common/errors.ts';
import { LoginRefusedError } from '../../../modules/engines/errors.ts';
import {
  approveRequest,
  cancelRequest,
  changeDeadline,
  denyRequest,
  expireIfDue,
  handOver,
} from '../../../modules/lifecycle/change-request.ts';
import { OwnApprovalError } from '../../../modules/lifecycle/errors.ts';
import { loginRequest } from '../../../modules/lifecycle/start-execution.ts';
import {
  type StartAboutSubjectPorts,
  startAboutSubject,
  startRequest,
} from '../../../modules/lifecycle/start-request.ts';
import type { Caller } from '../../../modules/requests/caller.ts';
import { requestsWith } from '../../../modules/requests/cases.ts';
import type { DeadlineChange, HandoverBody } from '../../../modules/requests/deadline-facts.ts';
import { HandedOverError, WrongStateError } from '../../../modules/requests/errors.ts';
import type { RequestRecord } from '../../../modules/requests/record.ts';
import type { StartRequestBody } from '../../../modules/requests/start-body.ts';
import { getRequest } from '../../../modules/requests/views/get-request.ts';
import {
  anEngine,
  aPolicy,
  memoryLeases,
  memoryRequests,
  memorySubjects,
  memoryVault,
  plainMacs,
  scriptedEngine,
  silentLog,
} from '../../support/fakes.ts';

const login = { username: 'operator', password: 'open sesame' };
const requestId = '00000000-0000-4000-8000-00000000000a';
const requester: Caller = { callerId: 'requester', kind: 'person', scopes: [] };
const planHash = `${'n'.repeat(22)}.${'d'.repeat(43)}`;
const subject = { kind: 'user', name: 'jdoe' } as const;
const anonymization: StartRequestBody = { kind: 'anonymize', subject, irreversible: true, planHash };
const retrieval: StartRequestBody = { kind: 'retrieve', subject, sources: ['engine'] };

/** A system in which anonymizations need approval and logins may come later. */
function setup() {
  let now = new Date('2026-11-23T08:00:00Z');
  const started: string[] = [];
  const requests = memoryRequests();
  const ports = {
    requests,
    requestList: requests.requestList,
    vault: memoryVault(),
    subjects: memorySubjects(),
    macs: plainMacs,
    engineApi: scriptedEngine(() => 'id\n'),
    leases: memoryLeases(),
    pause: async () => {},
    portalApi: {
      checksLogin: true,
      listEngines: async ({ password }: typeof login) => {
        if (password !== login.password) throw new LoginRefusedError();
        return [anEngine('engine-1')];
      },
    },
    executions: {
      start: async (kind: string, id: string, attempt: number) => void started.push(`${kind} ${id} ${attempt}`),
      stop: async () => {},
    },
    federation: undefined,
    clock: { now: () => now },
    log: silentLog,
    newKey: () => 'a2V5',
  };
  const policy = aPolicy({ approval: { retrieve: 'none', anonymize: 'required' }, loginLater: 'allowed' });
  type Given = Partial<StartAboutSubjectPorts>;
  return {
    ...ports,
    started,
    start: (body: StartRequestBody, given: Given = {}) =>
      startAboutSubject({ requestId, body, caller: requester }, policy, { ...ports, ...given }),
    /** As the API does: with what is known of the reference. */
    startInCase: async (id: string, facts: Pick<StartRequestBody, 'receivedAt' | 'note'> = {}) => {
      const body = { ...retrieval, reference: 'HR-7', ...facts };
      const sameReference = await requestsWith('HR-7', requests.requestList);
      return (await startAboutSubject({ requestId: id, body, caller: requester, sameReference }, policy, ports)).record;
    },
    changeDeadline: (id: string, change: DeadlineChange) => changeDeadline(id, change, policy, ports),
    handOver: (id: string, body: HandoverBody) => handOver(id, body, ports),
    approve: (by: string, hash = planHash) => approveRequest(requestId, { planHash: hash }, by, policy, ports),
    login: (password = login.password, given: Given = {}) =>
      loginRequest(requestId, { ...login, password }, requester, policy, { ...ports, ...given }),
    deny: () => denyRequest(requestId, 'identity-not-verified', 'approver', ports),
    cancel: () => cancelRequest(requestId, ports),
    deadline: () => changeDeadline(requestId, { action: 'pause', reason: 'identity' }, policy, ports),
    view: () => getRequest(requestId, ports),
    days: (count: number) => {
      now = new Date(now.getTime() + count * 86_400_000);
    },
    sealed: () => [...ports.vault.sealed.keys()].map((key) => key.slice(requestId.length + 1)),
  };
}

describe('a Request that needs a second person (decision 24)', () => {
  it('waits for approval, then for a login, then starts', async () => {
    const system = setup();
    await system.start({ ...anonymization, login });
    expect(await system.view()).toMatchObject({ state: 'AWAITING_APPROVAL', dueAt: '2026-12-23T23:59:59.000Z' });
    expect(system.sealed()).toEqual(['subject', 'nonce', 'plan']);
    await system.approve('approver');
    expect(await system.view()).toMatchObject({ state: 'AWAITING_LOGIN', approvedAt: '2026-11-23T08:00:00.000Z' });
    expect(system.started).toEqual([]);
    await system.login();
    expect(await system.view()).toMatchObject({ state: 'QUEUED', accountPrivacy: 'full' });
    expect(system.started).toEqual([`anonymize ${requestId} 1`]);
    expect(JSON.stringify(await system.view())).not.toContain('approver');
  });

  it('is not approved by the requester, nor with another plan hash', async () => {
    const system = setup();
    await system.start(anonymization);
    await expect(system.approve('requester')).rejects.toThrow(OwnApprovalError);
    await expect(system.approve('approver', `${'n'.repeat(22)}.${'x'.repeat(43)}`)).rejects.toThrow(InvalidInputError);
    await expect(system.approve('approver', `${'x'.repeat(22)}.${'d'.repeat(43)}`)).rejects.toThrow(InvalidInputError);
    expect((await system.view()).state).toBe('AWAITING_APPROVAL');
  });

  it('cannot start without the plan that is to be approved', async () => {
    const { planHash: _plan, ...unplanned } = anonymization;
    await expect(setup().start(unplanned)).rejects.toThrow('/planHash');
  });

  it('is denied with a reason, and nothing of the Subject stays', async () => {
    const system = setup();
    await system.start(anonymization);
    await system.approve('approver');
    await system.deny();
    expect(await system.view()).toMatchObject({ state: 'DENIED', denialReason: 'identity-not-verified' });
    expect(system.sealed()).toEqual([]);
    await expect(system.approve('approver')).rejects.toThrow(WrongStateError);
    await expect(system.cancel()).rejects.toThrow(WrongStateError);
  });
});

describe('a Request without a login', () => {
  it('waits for one, and outlives a wrong one (R4)', async () => {
    const system = setup();
    await system.start(retrieval);
    expect((await system.view()).state).toBe('AWAITING_LOGIN');
    await expect(system.login('wrong')).rejects.toThrow(LoginRefusedError);
    await system.login();
    expect(await system.view()).toMatchObject({ state: 'QUEUED', accountPrivacy: 'full' });
    expect(system.sealed()).toEqual(['subject', 'login']);
    await expect(system.login()).rejects.toThrow(WrongStateError);
  });

  it('is refused where the settings want one', async () => {
    const command = { requestId, body: retrieval, caller: requester };

    const refused = startRequest(command, aPolicy({ loginLater: 'refused' }), setup());

    await expect(refused).rejects.toThrow('/login');
  });

  it.each(['AWAITING_LOGIN', 'AWAITING_APPROVAL'])('is cancelled at once while %s', async (state) => {
    const system = setup();
    await system.start(state === 'AWAITING_LOGIN' ? retrieval : anonymization);
    await system.cancel();
    expect((await system.view()).state).toBe('CANCELLED');
    expect(system.sealed()).toEqual([]);
  });

  it('expires when nobody comes, whoever notices it first', async () => {
    const system = setup();
    await system.start(retrieval);
    system.days(6.9);
    expect((await expireIfDue(requestId, system)).state).toBe('AWAITING_LOGIN');
    system.days(0.1);
    await expect(system.login()).rejects.toThrow('EXPIRED');
    expect((await system.view()).state).toBe('EXPIRED');
    expect(system.sealed()).toEqual([]);
  });
});

describe('changeDeadline', () => {
  it('loses no change that somebody else made meanwhile', async () => {
    const system = setup();
    await system.start({ ...retrieval, receivedAt: '2026-11-20T08:00:00+01:00' });
    const [first, second] = await Promise.allSettled([system.deadline(), system.deadline()]);
    expect([first.status, second.status]).toEqual(['fulfilled', 'rejected']);
    expect((await system.view()).deadline).toMatchObject({ receivedAt: '2026-11-20T07:00:00.000Z' });
  });
});

describe('a start whose answer was lost', () => {
  it('goes on with the Request that it wrote', async () => {
    const system = setup();
    const { create } = system.requests;
    const requests = {
      ...system.requests,
      create: async (record: RequestRecord) => {
        await create(record);
        throw new Error('no answer');
      },
    };
    await system.start({ ...retrieval, login }, { requests });
    expect((await system.view()).state).toBe('QUEUED');
    expect(system.started).toEqual([`retrieve ${requestId} 1`]);
    expect(system.sealed()).toEqual(['subject', 'login']);
  });

  it('keeps an execution that begins late from working without a login', async () => {
    const system = setup();
    const executions = {
      ...system.executions,
      start: async () => {
        throw new Error('no answer');
      },
    };
    await expect(system.start({ ...retrieval, login }, { executions })).rejects.toThrow();
    await expect(system.requests.transition(requestId, 'RUNNING')).rejects.toThrow(WrongStateError);
    expect((await system.view()).state).toBe('FAILED');
    const told = (await system.requests.listEvents(requestId)).map(({ what }) => what);
    expect(told).toEqual(['requested', 'failed']);
  });

  it('leaves the Request alone when it runs', async () => {
    const system = setup();
    await system.start(retrieval);
    const executions = {
      ...system.executions,
      start: async () => {
        await system.requests.transition(requestId, 'RUNNING');
        throw new Error('no answer');
      },
    };
    await system.login(login.password, { executions });
    expect((await system.view()).state).toBe('RUNNING');
    expect(system.sealed()).toEqual(['subject', 'login']);
  });
});

describe('a case (R31)', () => {
  const [user, device, other] = ['a', 'b', 'c'].map((last) => `00000000-0000-4000-8000-00000000000${last}`) as [
    string,
    string,
    string,
  ];

  it('has one deadline, counted from the day on which the person asked, for all its requests', async () => {
    const system = setup();
    const first = await system.startInCase(user, { receivedAt: '2026-11-02', note: 'came by post' });
    expect([first.deadline.dueAt, first.note]).toEqual(['2026-12-02T23:59:59.000Z', 'came by post']);
    await system.changeDeadline(user, { action: 'extend', reason: 'complexity', months: 1 });
    const second = await system.startInCase(device);
    const third = await system.startInCase(other, { receivedAt: '2026-11-02T15:00:00Z' });
    expect([second.deadline, third.deadline].map(({ dueAt }) => dueAt.slice(0, 10))).toEqual([
      '2027-01-04',
      '2027-01-04',
    ]);

    await system.changeDeadline(device, { action: 'pause', reason: 'identity' });
    system.days(3);
    await system.changeDeadline(other, { action: 'resume' });
    const ends = await Promise.all([user, device, other].map(async (id) => (await system.requests.get(id)).deadline));
    expect(ends.map(({ dueAt }) => dueAt.slice(0, 10))).toEqual(['2027-01-05', '2027-01-05', '2027-01-05']);
  });

  it('refuses another day while its answer is due, and begins anew once it is handed over', async () => {
    const system = setup();
    await system.startInCase(user, { receivedAt: '2026-11-02' });
    await expect(system.startInCase(device, { receivedAt: '2026-11-03' })).rejects.toMatchObject({
      problems: [{ pointer: '/receivedAt', detail: expect.stringContaining('(2026-11-02)') }],
    });
    await cancelRequest(user, system);
    expect((await system.startInCase(device, { receivedAt: '2026-11-03' })).deadline.dueAt).toMatch(/^2026-12-03/);
    await denyRequest(device, 'duplicate', 'approver', system);
    await system.handOver(device, { to: 'person' });
    await cancelRequest((await system.startInCase(other)).requestId, system);
    expect((await system.requests.get(other)).deadline.dueAt).toMatch(/^2026-12-02/); // that of the cancelled one, not a new one
  });

  it('is handed over once, when there is an answer, and not in the future', async () => {
    const system = setup();
    await system.startInCase(user);
    await expect(system.handOver(user, { to: 'person' })).rejects.toThrow(WrongStateError);
    await system.deny();
    system.days(1);
    await expect(system.handOver(user, { to: 'person', at: '2026-11-24T08:00:01Z' })).rejects.toThrow(
      InvalidInputError,
    );
    await expect(system.handOver(user, { to: 'person', at: '2026-11-23T07:59:59Z' })).rejects.toThrow(
      InvalidInputError,
    );
    const both = [
      system.handOver(user, { to: 'representative', at: '2026-11-23T09:00:00Z' }),
      system.handOver(user, { to: 'person' }),
    ];
    const [first, second] = await Promise.allSettled(both);
    expect(first).toMatchObject({ status: 'fulfilled' });
    expect(second).toMatchObject({ reason: expect.any(HandedOverError) });
    expect((await system.requests.get(user)).handover).toEqual({
      at: '2026-11-23T09:00:00.000Z',
      to: 'representative',
    });
    expect((await system.requests.listEvents(user)).map(({ what }) => what)).toContain('handed-over');
    await expect(system.changeDeadline(user, { action: 'pause', reason: 'scope' })).rejects.toThrow(WrongStateError);
  });
});
