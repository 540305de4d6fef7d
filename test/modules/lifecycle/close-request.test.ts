import { describe, expect, it } from 'vitest';
import { getLink } from '../../../modules/archive/archive-of-request.ts';
import { cancelRequest } from '../../../modules/lifecycle/change-request.ts';
import { closeRequest } from '../../../modules/lifecycle/close-request.ts';
import { PortalDatabaseUnavailableError } from '../../../modules/portal/errors.ts';
import type { RequestRecord } from '../../../modules/requests/record.ts';
import type { SourceState } from '../../../modules/requests/source.ts';
import {
  anOutcome,
  aRehearsal,
  aRequest,
  closingPorts,
  memoryArchives,
  memoryParts,
  memoryRequests,
  memoryVault,
  silentLog,
} from '../../support/fakes.ts';

const { requestId } = aRequest();

async function setup(facts: Partial<RequestRecord>, ...states: SourceState[]) {
  const requests = memoryRequests(aRequest(facts));
  const vault = memoryVault();
  const parts = memoryParts();
  const archives = memoryArchives();
  await vault.seal(requestId, 'login', { username: 'u', password: 'p' }, new Date());
  await vault.seal(requestId, 'subject', { kind: 'user', name: 'n' }, new Date());
  parts.objects.set(`parts/${requestId}/1/e/0/fragments`, Buffer.from('x'));
  archives.objects.set(`archives/${requestId}/1/gdpr-data.tar.gz`, Buffer.from('x'));
  for (const [i, state] of states.entries()) {
    await requests.putProgress(requestId, {
      source: 'engine',
      sourceId: `e${i}`,
      name: `e${i}`,
      state,
      rows: 0,
      bytes: 0,
    });
  }
  const ports = { requests, vault, parts, archives, log: silentLog, ...closingPorts() };
  const close = (error?: string) => closeRequest({ requestId, attempt: 1, error }, ports);
  const left = () => ({ sealed: vault.sealed.size, parts: parts.objects.size, archives: archives.objects.size });
  return { ...ports, close, left };
}

describe('closeRequest', () => {
  it('completes, wipes the login and keeps Subject, Parts and Archive for reruns', async () => {
    const system = await setup({ state: 'MERGING' }, 'DONE', 'EMPTY');
    expect(await system.close()).toEqual({ state: 'COMPLETED' });
    expect([...system.vault.sealed.keys()]).toEqual([`${requestId}/subject`]);
    expect(system.left()).toMatchObject({ parts: 1, archives: 1 });
  });

  it('ends as nothing found, and keeps the Archive that says so, when no source holds anything (R12)', async () => {
    const system = await setup({ state: 'MERGING' }, 'EMPTY', 'EMPTY');
    expect(await system.close()).toEqual({ state: 'NOTHING_FOUND' });
    expect(system.left()).toMatchObject({ archives: 1 });
    expect((await system.requests.listEvents(requestId)).at(-1)).toMatchObject({ what: 'nothing-found' });
  });

  it('keeps nothing of a name that means several people (C29a)', async () => {
    const system = await setup({ state: 'RUNNING' }, 'DONE', 'PENDING');
    expect(await system.close('AmbiguousSubjectError')).toEqual({ state: 'FAILED' });
    expect(system.left()).toMatchObject({ sealed: 0, parts: 0, archives: 0 });
    expect(await system.requests.get(requestId)).toMatchObject({ failure: 'AmbiguousSubjectError' });
  });

  it('completes with errors when an Engine is missing (R12)', async () => {
    const system = await setup({ state: 'MERGING' }, 'DONE', 'UNREACHABLE');
    expect(await system.close()).toEqual({ state: 'COMPLETED_WITH_ERRORS' });
  });

  it('leaves nothing behind of a cancelled Request (R7)', async () => {
    const system = await setup({ state: 'CANCELLING', cancelRequested: true }, 'RUNNING', 'DONE');
    expect(await system.close('Execution.ABORTED')).toEqual({ state: 'CANCELLED' });
    expect(system.left()).toEqual({ sealed: 0, parts: 0, archives: 0 });
    expect((await system.requests.listProgress(requestId)).map(({ state }) => state)).toEqual(['CANCELLED', 'DONE']);
  });

  it('gives up the places of a cancelled Request in the queues of Engines (R7)', async () => {
    const system = await setup({ state: 'CANCELLING', cancelRequested: true }, 'PENDING', 'DONE', 'RUNNING');
    const left: string[] = [];
    const leases = { leave: async (...place: string[]) => void left.push(place.join(' ')) };
    await closeRequest({ requestId, attempt: 1 }, { ...system, leases });
    expect(left).toEqual([`e0 ${requestId}/1`, `e2 ${requestId}/1`]);
  });

  it('is cancelled when that is asked for while it is being closed: a promised cancellation holds (R7)', async () => {
    const system = await setup({ state: 'MERGING' }, 'DONE');
    const { requests } = system;
    const listProgress = async (id: string) => {
      const present = await requests.get(id);
      if (present.state === 'MERGING') await requests.transition(id, 'CANCELLING', { cancelRequested: true });
      return requests.listProgress(id);
    };
    const ended = await closeRequest({ requestId, attempt: 1 }, { ...system, requests: { ...requests, listProgress } });
    expect(ended).toEqual({ state: 'CANCELLED' });
    expect(system.left()).toEqual({ sealed: 0, parts: 0, archives: 0 });
  });

  it('keeps what a failed one has retrieved, and the name, for a rerun; its half archive goes (C47)', async () => {
    const system = await setup({ state: 'RUNNING' }, 'DONE');
    await system.vault.seal(requestId, 'mask', 'key', new Date());
    await system.close('PartDamagedError');
    expect([...system.vault.sealed.keys()]).toEqual([`${requestId}/subject`, `${requestId}/mask`]);
    expect(system.left()).toMatchObject({ parts: 1, archives: 0 });
    const rerunUntil = '2026-11-30T09:00:00.000Z'; // archiveDays after the end
    expect(await system.requests.get(requestId)).toMatchObject({
      state: 'FAILED',
      failure: 'PartDamagedError',
      rerunUntil,
    });
  });

  it.each<[string, SourceState, string | undefined, string]>([
    ['', 'FAILED', undefined, 'WORKER_LOST'],
    [' by an error', 'FAILED', 'PartDamagedError', 'PartDamagedError'],
    [' by its time', 'TIMED_OUT', 'Execution.TIMED_OUT', 'Execution.TIMED_OUT'],
  ])('leaves no source unfinished when it ends%s (C47)', async (_how, state, error, reason) => {
    const system = await setup({ state: 'MERGING' }, 'DONE', 'RUNNING', 'PENDING');
    const first = { source: 'engine', sourceId: 'e1', name: 'e1', rows: 3, bytes: 30 } as const;
    const busy = { state: 'RUNNING', current: 'engines/a.csv', share: 0.5, secondsLeft: 9 } as const;
    await system.requests.putProgress(requestId, { ...first, ...busy });
    expect(await system.close(error)).toEqual({ state: error ? 'FAILED' : 'COMPLETED_WITH_ERRORS' });
    const [, e1, e2] = await system.requests.listProgress(requestId);
    expect(e1).toEqual({ ...first, state, reason });
    expect(e2).toMatchObject({ state, reason });
  });

  it('ends as its archive says when its execution died after the merge (C47)', async () => {
    const archive = {
      archiveKey: `archives/${requestId}/1/gdpr-data.tar.gz`,
      byteLength: 1,
      expiresAt: '2026-11-30T09:00:00Z',
    };
    const system = await setup({ state: 'MERGING', archive }, 'DONE', 'TIMED_OUT');
    expect(await system.close('Execution.FAILED')).toEqual({ state: 'COMPLETED_WITH_ERRORS' });
    expect(system.left()).toMatchObject({ parts: 1, archives: 1 });
  });

  it('fails when no source was retrieved at all', async () => {
    const system = await setup({ state: 'MERGING' }, 'UNREACHABLE', 'TIMED_OUT');
    expect(await system.close()).toEqual({ state: 'FAILED' });
  });

  it('says "done" of an anonymization that had committed when it was cancelled (R16)', async () => {
    const receipt = { rowsByTable: { t: 1 }, residue: 0 };
    const system = await setup({ kind: 'anonymize', state: 'CANCELLING', cancelRequested: true, receipt });
    expect(await system.close()).toEqual({ state: 'COMPLETED' });
    expect(system.left().sealed).toBe(0);
  });

  it('ends an anonymization as its receipt says, whatever became of the execution behind it (R16)', async () => {
    const rowsByTable = { 'portal.users': 1, 'portal.notes': 0 };
    const left = await setup({ kind: 'anonymize', state: 'RUNNING', receipt: { rowsByTable, residue: 1 } });
    expect(await left.close('ResidueFoundError')).toEqual({ state: 'COMPLETED_WITH_ERRORS' });
    expect(await left.requests.get(requestId)).toMatchObject({ failure: 'ResidueFoundError' });
    const clean = await setup({ kind: 'anonymize', state: 'RUNNING', receipt: { rowsByTable, residue: 0 } });
    expect(await clean.close('Execution.ABORTED')).toEqual({ state: 'COMPLETED' });
    expect(await clean.requests.get(requestId)).not.toHaveProperty('failure');
  });

  it('changes nothing when it is called again, or for an older attempt', async () => {
    const done = await setup({ state: 'COMPLETED' }, 'DONE');
    expect(await done.close('Execution.TIMED_OUT')).toEqual({ state: 'COMPLETED' });
    expect(done.left().archives).toBe(1);
    const newer = await setup({ state: 'RUNNING', attempt: 2 }, 'DONE');
    expect(await newer.close('Execution.ABORTED')).toEqual({ state: 'RUNNING' });
  });
});

describe('cancelRequest', () => {
  const stopped: string[] = [];
  const executions = { start: async () => {}, stop: async (kind: string) => void stopped.push(kind) };

  it('flags the Request before it stops the execution', async () => {
    const { requests, vault } = await setup({ state: 'RUNNING' });
    await cancelRequest(requestId, { requests, vault, executions, log: silentLog });
    expect(await requests.get(requestId)).toMatchObject({ state: 'CANCELLING', cancelRequested: true });
    expect(stopped).toEqual(['retrieve']);
  });

  it('does not stop an anonymization from outside: its worker decides before the commit (R16)', async () => {
    stopped.length = 0;
    const { requests, vault } = await setup({ kind: 'anonymize', state: 'RUNNING' });
    await cancelRequest(requestId, { requests, vault, executions, log: silentLog });
    expect(stopped).toEqual([]);
  });

  it('refuses once the Request has ended, and names its state', async () => {
    const { requests, vault } = await setup({ state: 'COMPLETED' });
    await expect(cancelRequest(requestId, { requests, vault, executions, log: silentLog })).rejects.toThrow(
      'is COMPLETED',
    );
  });
});

describe('getLink', () => {
  const links = { sign: async (key: string) => ({ url: `https://s3/${key}`, expiresAt: '' }) };
  const clock = { now: () => new Date('2026-11-23T08:00:00Z') };
  const archive = { archiveKey: 'archives/x', byteLength: 1, expiresAt: '2026-11-24T00:00:00Z' };

  it('signs a finished Archive', async () => {
    const { requests } = await setup({ state: 'COMPLETED_WITH_ERRORS', archive });
    expect(await getLink(requestId, { requests, links, clock })).toMatchObject({ url: 'https://s3/archives/x' });
  });

  it('refuses before the end and after the expiry (R7, decision 22)', async () => {
    const early = await setup({ state: 'MERGING', archive });
    await expect(getLink(requestId, { ...early, links, clock })).rejects.toThrow('is MERGING');
    const late = await setup({ state: 'COMPLETED', archive: { ...archive, expiresAt: '2026-11-22T00:00:00Z' } });
    await expect(getLink(requestId, { ...late, links, clock })).rejects.toThrow('has expired');
  });
});

describe('closeRequest of an anonymization', () => {
  const committed = { kind: 'anonymize', state: 'RUNNING', commitStartedAt: '2026-11-23T08:30:00.000Z' } as const;

  const prolonged: string[] = [];

  /** One whose execution died: the ledger says that it had committed. Notes the attempts that are started. */
  async function diedAfterCommit(facts: Partial<RequestRecord> = {}) {
    const started: string[] = [];
    const system = await setup({ ...committed, state: 'CANCELLING', cancelRequested: true, ...facts });
    const warned: string[] = [];
    const log = { ...silentLog, warned, warn: (event: string) => void warned.push(event) };
    prolonged.length = 0;
    const prolong = async (_id: string, purpose: string, until: Date) =>
      void prolonged.push(`${purpose} until ${until.toISOString().slice(0, 10)}`);
    const start = async (kind: string, id: string, attempt: number) => void started.push(`${kind} ${id} ${attempt}`);
    const outcomeOf = async () => anOutcome({ 'portal.users': 1 });
    const vault = { ...system.vault, prolong };
    const ports = {
      ...system,
      log,
      vault,
      executions: { start, stop: start },
      portalLedger: async () => ({ outcomeOf }),
    };
    const close = (attempt: number) => closeRequest({ requestId, attempt, error: 'Execution.ABORTED' }, ports);
    return { ...system, log, started, close };
  }

  it('asks the ledger what became of one that did not come back, and has it verified by another attempt (R16)', async () => {
    const { close, started, requests, vault } = await diedAfterCommit();

    expect(await close(1)).toEqual({ state: 'VERIFYING' });

    const { receipt, attempt } = await requests.get(requestId);
    expect([receipt?.rowsByTable, attempt, started]).toEqual([{ 'portal.users': 1 }, 2, [`anonymize ${requestId} 2`]]);
    expect([...vault.sealed.keys()]).toEqual([`${requestId}/subject`]);
    await requests.note(requestId, { receipt: { ...receipt!, residue: 0 } });
    expect(await close(1)).toEqual({ state: 'VERIFYING' }); // a late word of the attempt that died
    expect(await close(2)).toEqual({ state: 'COMPLETED' });
  });

  it('leaves the fourth attempt to the sweeper, and keeps name and nonce: what has committed never fails (C34, R16)', async () => {
    const { close, started, requests, vault, log } = await diedAfterCommit({ attempt: 3 });
    await vault.seal(requestId, 'nonce', 'key', new Date());

    expect(await close(3)).toEqual({ state: 'VERIFYING' });

    expect(started).toEqual([]);
    const { receipt, failure } = await requests.get(requestId);
    expect([receipt?.rowsByTable, failure]).toEqual([{ 'portal.users': 1 }, 'Execution.ABORTED']);
    expect([...vault.sealed.keys()]).toEqual([`${requestId}/subject`, `${requestId}/nonce`]);
    expect(prolonged).toEqual(['subject until 2027-01-22', 'nonce until 2027-01-22', 'plan until 2027-01-22']);
    expect(log.warned).toEqual(['anonymization not verified']);
    expect((await requests.listEvents(requestId)).at(-1)).toMatchObject({ what: 'not-yet-verified' });
  });

  it('cannot commit or be cancelled any more while it is not verified (R16)', async () => {
    const { requests, vault } = await setup({ ...committed, state: 'VERIFYING' });
    const executions = { start: async () => {}, stop: async () => {} };

    await expect(requests.transition(requestId, 'RUNNING')).rejects.toThrow('is VERIFYING');
    await expect(cancelRequest(requestId, { requests, vault, executions, log: silentLog })).rejects.toThrow(
      'is VERIFYING',
    );
  });

  it('calls it cancelled only when the ledger knows of no commit (R16)', async () => {
    const system = await setup({ ...committed, state: 'CANCELLING', cancelRequested: true });
    expect(await system.close('RequestCancelledError')).toEqual({ state: 'CANCELLED' });
  });

  it.each([
    ['failed', 'RUNNING', false, 'FAILED'],
    ['cancelled', 'CANCELLING', true, 'CANCELLED'],
  ] as const)(
    'is %s only when the ledger says that nothing has changed, however late it answers (C34)',
    async (...[, state, cancelRequested, end]) => {
      const system = await setup({ ...committed, state, cancelRequested });
      const portalLedger = async () => {
        throw new PortalDatabaseUnavailableError();
      };
      const close = (error: string, ports: object = {}) =>
        closeRequest({ requestId, attempt: 1, error }, { ...system, ...ports });

      expect(await close('First', { portalLedger })).toEqual({ state: 'VERIFYING' });
      expect(await close('Execution.FAILED', { portalLedger })).toEqual({ state: 'VERIFYING' });
      expect([...system.vault.sealed.keys()]).toEqual([`${requestId}/subject`]);
      expect(await close('Execution.FAILED')).toEqual({ state: end });

      expect(system.vault.sealed.size).toBe(0);
      expect((await system.requests.get(requestId)).failure).toBe(end === 'FAILED' ? 'First' : undefined);
    },
  );

  it('found nothing when no row was changed, has a certificate of just that, and expects no return (C32)', async () => {
    const receipt = { ...anOutcome({ 'portal.users': 0 }), residue: 0 };
    const system = await setup({ ...committed, receipt });

    expect(await system.close()).toEqual({ state: 'NOTHING_FOUND' });

    const { certificate } = (await system.requests.get(requestId)).certificate!;
    expect(certificate).toMatchObject({ outcome: 'nothing-found', changed: { rows: 0 }, sentinel: { enabled: false } });
    expect(certificate.statement).toContain('nothing was replaced');
  });

  it('ends a rehearsal as it was found, without a certificate, and forgets the name (R15, R27)', async () => {
    const rehearsed = { kind: 'rehearse', state: 'RUNNING', rehearsal: aRehearsal() } as const;
    const good = await setup(rehearsed);
    const refused = await setup({ ...rehearsed, rehearsal: aRehearsal({ refusals: ['portal.users: GRANT'] }) });
    const nothing = await setup({ ...rehearsed, rehearsal: aRehearsal({ rowsByTable: {} }) });
    const killed = await setup({ kind: 'rehearse', state: 'RUNNING' });
    const cancelled = await setup({ kind: 'rehearse', state: 'CANCELLING', cancelRequested: true });

    expect(await good.close()).toEqual({ state: 'COMPLETED' });
    expect(await refused.close()).toEqual({ state: 'COMPLETED_WITH_ERRORS' });
    expect(await nothing.close()).toEqual({ state: 'NOTHING_FOUND' });
    expect(await killed.close('Sandbox.Timedout')).toEqual({ state: 'FAILED' });
    expect(await cancelled.close('RequestCancelledError')).toEqual({ state: 'CANCELLED' });
    for (const { requests, vault } of [good, refused, nothing, killed, cancelled]) {
      expect((await requests.get(requestId)).certificate).toBeUndefined();
      expect(vault.sealed.has(`${requestId}/subject`)).toBe(false);
    }
  });

  it('issues a certificate for a completed anonymization, and for no other (R27)', async () => {
    const receipt = { ...anOutcome({ 'portal.users': 1 }), residue: 0 };
    const [good, bad] = [
      await setup({ ...committed, receipt }),
      await setup({ ...committed, receipt: { ...receipt, residue: 2 } }),
    ];

    expect([await good.close(), await bad.close('ResidueFoundError')]).toEqual([
      { state: 'COMPLETED' },
      { state: 'COMPLETED_WITH_ERRORS' },
    ]);

    expect((await good.requests.get(requestId)).certificate?.certificate).toMatchObject({
      changed: { rows: 1, tables: 1 },
    });
    expect((await bad.requests.get(requestId)).certificate).toBeUndefined();
  });
});
