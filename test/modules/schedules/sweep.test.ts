import { describe, expect, it } from 'vitest';
import { closeRequest } from '../../../modules/lifecycle/close-request.ts';
import type { ExecutionState } from '../../../modules/requests/executions.ts';
import type { RequestRecord } from '../../../modules/requests/record.ts';
import { sweep } from '../../../modules/schedules/sweep.ts';
import {
  aRequest,
  closingPorts,
  memoryArchives,
  memoryParts,
  memoryRequests,
  memoryVault,
  silentLog,
} from '../../support/fakes.ts';

const policy = { warnDays: [7, 2] };
const { requestId, updatedAt } = aRequest();
const MINUTE = 60_000;
const archive = { archiveKey: `archives/${requestId}/1/gdpr-data.tar.gz`, byteLength: 1 };
const inMinutes = (minutes: number) => new Date(Date.parse(updatedAt) + minutes * MINUTE);

async function setup(facts: Partial<RequestRecord>, execution: ExecutionState | Error, minutes: number) {
  const requests = memoryRequests(aRequest(facts));
  const [vault, parts, archives] = [memoryVault(), memoryParts(), memoryArchives()];
  await vault.seal(requestId, 'login', { username: 'u', password: 'p' }, new Date());
  await vault.seal(requestId, 'nonce', 'n', new Date());
  parts.objects.set(`parts/${requestId}/1/e/0/fragments`, Buffer.from('x'));
  archives.objects.set(archive.archiveKey, Buffer.from('x'));
  const open = new Set([requestId]);
  const stopped: string[] = [];
  const ports = {
    requests,
    requestList: requests.requestList,
    vault,
    parts,
    archives,
    log: silentLog,
    ...closingPorts(),
    clock: { now: () => inMinutes(minutes) },
    executions: {
      start: async () => {},
      stop: async (_kind: string, id: string) => void stopped.push(id),
      find: async () => {
        if (execution instanceof Error) throw execution;
        return execution;
      },
    },
    openRequests: {
      async *list() {
        yield* [...open];
      },
      remove: async (id: string) => void open.delete(id),
    },
  };
  const state = async () => (await requests.get(requestId)).state;
  const left = () => [...vault.sealed.keys(), ...parts.objects.keys(), ...archives.objects.keys()].length;
  return { ...ports, open, stopped, state, left };
}

describe('sweep', () => {
  it.each<[minutes: number, facts: Partial<RequestRecord>]>([
    [61, { state: 'RUNNING' }],
    [0, { state: 'AWAITING_APPROVAL' }],
    [0, { state: 'VERIFYING', waitsUntil: inMinutes(90).toISOString() }],
    [0, { state: 'COMPLETED', ...archive }],
  ])(
    'says that no request has been without news for longer than %i minutes, for the alarm (R17, C47)',
    async (minutes, facts) => {
      const lines: unknown[] = [];
      const log = { ...silentLog, info: (event: string, fields: object = {}) => void lines.push({ event, ...fields }) };
      const system = { ...(await setup(facts, 'RUNNING', 61)), log };

      await sweep(policy, system);

      expect(lines).toContainEqual({ event: 'swept', count: expect.any(Number), milliseconds: minutes * MINUTE });
    },
  );

  it('wipes the login of a run that gives no sign of life, and lets the run go on (decision 26)', async () => {
    const system = await setup({ state: 'RUNNING' }, 'RUNNING', 25);
    expect((await sweep(policy, system)).swept).toEqual([]);
    system.vault.hasExpired = async (_requestId, purpose) => system.vault.sealed.has(`${requestId}/${purpose}`);
    expect((await sweep(policy, system)).swept).toEqual([{ requestId, action: 'wipe-login' }]);
    expect(system.vault.sealed.has(`${requestId}/login`)).toBe(false);
    expect([(await sweep(policy, system)).swept, await system.state()]).toEqual([[], 'RUNNING']);
  });

  it.each<ExecutionState>(['FAILED', 'TIMED_OUT', 'ABORTED', 'unknown'])(
    'closes a Request whose execution is %s, and keeps its Parts until they expire, no longer (C47)',
    async (execution) => {
      const system = await setup({ state: 'RUNNING' }, execution, 6);
      expect((await sweep(policy, system)).swept).toEqual([{ requestId, action: 'close' }]);
      expect([await system.state(), system.left()]).toEqual(['FAILED', 2]); // the nonce goes with the rest, later
      expect(await sweep(policy, system)).toMatchObject({ looked: 1, swept: [] });
      const { rerunUntil } = await system.requests.get(requestId);
      const after = (minutes: number) => ({ now: () => new Date(Date.parse(rerunUntil!) + minutes * 60_000) });
      expect((await sweep(policy, { ...system, clock: after(19) })).swept).toEqual([]);
      expect((await sweep(policy, { ...system, clock: after(21) })).swept).toEqual([{ requestId, action: 'remove' }]);
      expect(system.left()).toBe(0);
    },
  );

  it.each<[string, Partial<RequestRecord>, ExecutionState, number]>([
    ['that was just started', { state: 'QUEUED' }, 'unknown', 4],
    ['that runs', { state: 'RUNNING' }, 'RUNNING', 600],
    ['whose anonymization is being cancelled', { state: 'CANCELLING', kind: 'anonymize' }, 'RUNNING', 30],
    [
      'whose archive is still good',
      { state: 'COMPLETED', archive: { ...archive, expiresAt: inMinutes(600).toISOString() } },
      'unknown',
      500,
    ],
    ['that has just ended, with a worker that may still write', { state: 'CANCELLED' }, 'unknown', 15],
  ])('leaves alone a Request %s', async (_, facts, execution, minutes) => {
    const system = await setup(facts, execution, minutes);
    const before = system.left();
    expect((await sweep(policy, system)).swept).toEqual([]);
    expect([system.left(), system.stopped]).toEqual([before, []]);
  });

  it.each<[string, Partial<RequestRecord>, number]>([
    ['of a cancelled retrieval that goes on', { state: 'CANCELLING', cancelRequested: true }, 6],
    ['that runs longer than a login lives', { state: 'RUNNING' }, 12 * 60 + 6],
  ])('stops an execution %s', async (_, facts, minutes) => {
    const system = await setup(facts, 'RUNNING', minutes);
    expect((await sweep(policy, system)).swept).toEqual([{ requestId, action: 'stop' }]);
    expect(system.stopped).toEqual([requestId]);
  });

  it('removes what an ended Request keeps past its time, tells the audit trail once, and never looks again', async () => {
    const expired = { ...archive, expiresAt: inMinutes(10).toISOString() };
    const system = await setup({ state: 'COMPLETED_WITH_ERRORS', archive: expired }, 'unknown', 31);
    expect(system.left()).toBe(4);

    await sweep(policy, system);

    expect([system.left(), system.open.size]).toEqual([0, 0]);
    expect((await system.requests.listEvents(requestId)).map(({ what }) => what)).toEqual(['archive-expired']);
    expect(await sweep(policy, system)).toMatchObject({ looked: 0 });
  });

  it('leaves the nonce of a certificate to its owner', async () => {
    const certificate = {} as RequestRecord['certificate'] & object;
    for (const state of ['COMPLETED', 'NOTHING_FOUND'] as const) {
      const system = await setup({ kind: 'anonymize', state, certificate }, 'unknown', 21);
      await sweep(policy, system);
      expect([...system.vault.sealed.keys()]).toEqual([`${requestId}/nonce`]);
    }
  });

  it.each<[string, number, number]>([
    ['at once after its first failure', 0, 5],
    ['after as long again as it has been tried', 40, 40],
    ['every six hours for a week', 6 * 24 * 60, 6 * 60],
    ['once a day after a week, for ever', 8 * 24 * 60, 24 * 60],
  ])('verifies an anonymization again %s, with all that it needs (C34)', async (_when, triedMinutes, waitMinutes) => {
    const commitStartedAt = inMinutes(-triedMinutes).toISOString();
    const facts = { kind: 'anonymize', state: 'RUNNING', attempt: 9, commitStartedAt } as const;
    const receipt = { rowsByTable: { 'portal.users': 1 } };
    const started: number[] = [];
    const visit = async (minutes: number) => {
      const system = await setup({ ...facts, receipt }, 'FAILED', minutes);
      const failed = { requestId, attempt: 9, error: 'PortalDatabaseUnavailableError' };
      await closeRequest(failed, { ...system, clock: { now: () => inMinutes(0) } });
      const { failure, waitsUntil } = await system.requests.get(requestId);
      expect([failure, waitsUntil]).toEqual([failed.error, inMinutes(waitMinutes).toISOString()]);
      const start = async (_kind: string, _id: string, attempt: number) => void started.push(attempt);
      const { swept } = await sweep(policy, { ...system, executions: { ...system.executions, start } });
      return { swept, state: await system.state(), left: system.left() };
    };

    const early = await visit(waitMinutes - 1);
    expect([early.swept, started]).toEqual([[], []]);
    const due = await visit(waitMinutes + 1);
    expect([due.swept, started]).toEqual([[{ requestId, action: 'close' }], [10]]);
    expect([due.state, due.left]).toEqual(['VERIFYING', early.left]);
  });

  it('tells what it could not do, does it the next time, and keeps the others going', async () => {
    const system = await setup({ state: 'CANCELLED' }, 'unknown', 21);
    const other = '00000000-0000-4000-8000-000000000002';
    await system.requests.create(aRequest({ requestId: other, state: 'CANCELLED' }));
    system.open.add(other);
    const { deleteParts } = system.parts;
    system.parts.deleteParts = async (id) => {
      if (id === requestId) throw new TypeError('the store is away');
    };
    expect((await sweep(policy, system)).swept).toEqual([
      { requestId, action: 'remove', error: 'TypeError' },
      { requestId: other, action: 'remove' },
    ]);
    expect([...system.open]).toEqual([requestId]);
    system.parts.deleteParts = deleteParts;
    expect((await sweep(policy, system)).swept).toEqual([{ requestId, action: 'remove' }]);
    expect([system.left(), system.open.size]).toEqual([0, 0]);
  });
});

describe('sweep of what waits for people', () => {
  const waitsUntil = inMinutes(60).toISOString();

  it('lets a Request expire that nobody approved in time, and keeps nothing sealed of it', async () => {
    const early = await setup({ state: 'AWAITING_APPROVAL', waitsUntil }, new Error('not asked'), 59);
    expect((await sweep(policy, early)).swept).toEqual([]);
    const system = await setup({ state: 'AWAITING_LOGIN', waitsUntil }, new Error('not asked'), 61);
    expect((await sweep(policy, system)).swept).toEqual([{ requestId, action: 'expire' }]);
    expect([await system.state(), system.vault.sealed.size]).toEqual(['EXPIRED', 0]);
  });

  it('warns once of the end of the deadline, at each of the days that are set, in the words of the alarms (R17)', async () => {
    const dueAt = inMinutes(7 * 24 * 60).toISOString();
    const deadline = { receivedAt: updatedAt, dueAt, pauses: [] };
    const facts = { state: 'AWAITING_LOGIN', waitsUntil: inMinutes(1e6).toISOString(), deadline } as const;
    const events: string[] = [];
    const log = { ...silentLog, warn: (event: string) => void events.push(event) };
    const system = { ...(await setup(facts, 'unknown', 1)), log };
    const at = (minutes: number) => sweep(policy, { ...system, clock: { now: () => inMinutes(minutes) } });
    expect((await at(1)).swept).toEqual([{ requestId, action: 'warn' }]);
    expect((await at(2)).swept).toEqual([]);
    expect((await at(5 * 24 * 60 + 1)).swept).toEqual([{ requestId, action: 'warn' }]);
    expect((await at(8 * 24 * 60)).swept).toEqual([{ requestId, action: 'warn' }]);
    const told = (await system.requests.listEvents(requestId)).map(({ what }) => what);
    expect(told).toEqual(['deadline-warned', 'deadline-warned', 'deadline-warned']);
    expect(events).toEqual(['deadline due', 'deadline due', 'deadline overdue']);
  });

  it('reminds once for a case, also when the answer is there and not handed over, until the deadline (R31)', async () => {
    const deadline = { receivedAt: updatedAt, dueAt: inMinutes(7 * 24 * 60).toISOString(), pauses: [] };
    const facts = { reference: 'HR-7', state: 'COMPLETED', deadline, note: 'by post' } as const;
    const system = await setup(facts, 'unknown', 21);
    const other = '00000000-0000-4000-8000-000000000002';
    const waits = { state: 'AWAITING_LOGIN', waitsUntil: inMinutes(1e6).toISOString() } as const;
    await system.requests.create(aRequest({ ...facts, ...waits, requestId: other }));
    system.open.add(other);
    const at = async (minutes: number) =>
      (await sweep(policy, { ...system, clock: { now: () => inMinutes(minutes) } })).swept;

    expect((await at(21)).map(({ action }) => action)).toEqual(['remove', 'warn']); // of the other
    expect([system.left(), (await system.requests.get(requestId)).note]).toEqual([0, undefined]);
    expect(await at(45)).toEqual([]);
    expect([...system.open]).toEqual([requestId, other]);
    expect(await at(5 * 24 * 60 + 1)).toEqual([{ requestId, action: 'warn' }]);

    await system.requests.noteEnded(requestId, { handover: { at: updatedAt, to: 'person' } });
    expect(await at(5 * 24 * 60 + 2)).toEqual([{ requestId, action: 'remove' }]);
    expect([...system.open]).toEqual([other]);
    expect(await at(8 * 24 * 60)).toEqual([{ requestId: other, action: 'warn' }]);
  });

  it('tries again what it could not remove of a case (R31)', async () => {
    const system = await setup({ reference: 'HR-7', state: 'COMPLETED', kind: 'anonymize' }, 'unknown', 21);
    const { deleteParts } = system.parts;
    system.parts.deleteParts = async () => {
      throw new TypeError('the store is away');
    };
    expect((await sweep(policy, system)).swept).toMatchObject([{ action: 'remove', error: 'TypeError' }]);
    system.parts.deleteParts = deleteParts;
    expect((await sweep(policy, system)).swept).toEqual([{ requestId, action: 'remove' }]);
    expect([system.parts.objects.size, [...system.open]]).toEqual([0, [requestId]]);
  });
});
