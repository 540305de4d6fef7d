import { describe, expect, it } from 'vitest';
import { getLink, getManifest } from '../../../modules/archive/archive-of-request.ts';
import { destroyArchive } from '../../../modules/archive/destroy-archive.ts';
import type { PartIndex } from '../../../modules/archive/fragment.ts';
import { committedIndexes } from '../../../modules/archive/merge-parts.ts';
import { LoginRefusedError } from '../../../modules/engines/errors.ts';
import { reopenRequest } from '../../../modules/engines/open-request.ts';
import { closeRequest } from '../../../modules/lifecycle/close-request.ts';
import { NotStartedError } from '../../../modules/lifecycle/errors.ts';
import { rerunRequest } from '../../../modules/lifecycle/rerun-request.ts';
import type { RequestRecord } from '../../../modules/requests/record.ts';
import type { SourceState } from '../../../modules/requests/source.ts';
import {
  aFrame,
  anEngine,
  aPolicy,
  aRequest,
  closingPorts,
  memoryArchives,
  memoryLeases,
  memoryParts,
  memoryRequests,
  memoryVault,
  scriptedEngine,
  silentLog,
} from '../../support/fakes.ts';
import { archiveOf } from '../../support/stitch.ts';

const { requestId } = aRequest();
const login = { username: 'operator', password: 'open sesame' };
const archive = {
  archiveKey: `archives/${requestId}/1/gdpr-data.tar.gz`,
  byteLength: 1,
  expiresAt: '2026-11-30T00:00:00Z',
};
/** A retrieval that failed and kept its Parts. */
const failed = { state: 'FAILED', archive: undefined, rerunUntil: '2026-11-30T00:00:00Z' } as const;
const moved = anEngine('b', { address: 'moved.example' });

type Facts = Partial<Omit<RequestRecord, 'archive'>> & { readonly archive?: RequestRecord['archive'] | undefined };

/** A Request whose Engine `a` was had and `b` was not. */
async function setup(facts: Facts = {}, states: SourceState[] = ['DONE', 'TIMED_OUT']) {
  const requests = memoryRequests(aRequest({ state: 'COMPLETED_WITH_ERRORS', archive, ...facts } as RequestRecord));
  const parts = memoryParts();
  const archives = memoryArchives(parts.objects);
  const vault = memoryVault();
  archives.objects.set(archive.archiveKey, Buffer.from('old'));
  parts.objects.set(`parts/${requestId}/1/a-uid/0/fragments`, Buffer.from('x'));
  await vault.seal(requestId, 'subject', { kind: 'user', name: 'jdoe' }, new Date());
  const files = [{ file: 'engines/a.csv', columns: ['engine', 'platform', 'id'] }];
  await parts.putFrame(requestId, 1, aFrame({ files, engines: [anEngine('a'), anEngine('b')] }));
  for (const [at, state] of states.entries()) {
    const name = at === 0 ? 'a' : 'b';
    const source = { source: 'engine', sourceId: `${name}-uid`, name, state } as const;
    await requests.putProgress(requestId, { ...source, rows: at === 0 ? 7 : 0, bytes: 0 });
  }
  const started: number[] = [];
  const ports = {
    requests,
    parts,
    archives,
    vault,
    log: silentLog,
    federation: undefined,
    neutralizeFormulas: true,
    leases: memoryLeases(),
    pause: async () => {},
    engineApi: scriptedEngine(() => 'id\n'),
    portalApi: {
      checksLogin: true,
      listEngines: async ({ password }: typeof login) => {
        if (password !== login.password) throw new LoginRefusedError();
        return [anEngine('a'), moved, anEngine('new')];
      },
    },
    executions: {
      start: async (_kind: string, _id: string, attempt: number) => void started.push(attempt),
      stop: async () => {},
    },
    clock: { now: () => new Date('2026-11-24T08:00:00Z') },
    links: { sign: async (key: string) => ({ url: key, expiresAt: '' }) },
  };
  const progress = async () =>
    Object.fromEntries((await requests.listProgress(requestId)).map(({ name, state }) => [name, state]));
  return { ...ports, started, progress };
}
type World = Awaited<ReturnType<typeof setup>>;
const rerun = (system: World, account = login) => rerunRequest(requestId, account, aPolicy(), system);
const reopen = (system: World) => reopenRequest({ requestId, attempt: 2 }, system as never);

describe('rerunRequest (decision 23, R12)', () => {
  it('starts the next attempt with a fresh login, once', async () => {
    const system = await setup();
    expect(await rerun(system)).toMatchObject({ state: 'QUEUED', attempt: 2, cancelRequested: false });
    expect(system.started).toEqual([2]);
    expect(system.vault.sealed.has(`${requestId}/login`)).toBe(true);
    await expect(rerun(system)).rejects.toThrow('is QUEUED');
  });

  it('takes the service account for a schedule, which has nobody to ask', async () => {
    const system = await setup();
    await rerunRequest(requestId, 'service-account', aPolicy(), { ...system, serviceAccount: async () => login });
    expect(await system.vault.open(requestId, 'login')).toEqual(login);
  });

  it.each([
    ['misses nothing', { state: 'COMPLETED' as const }, 'is COMPLETED'],
    ['is still running', { state: 'RUNNING' as const }, 'is RUNNING'],
    ['was cancelled', { state: 'CANCELLED' as const }, 'is CANCELLED'],
    ['was denied', { state: 'DENIED' as const }, 'is DENIED'],
    ['nobody approved in time', { state: 'EXPIRED' as const }, 'is EXPIRED'],
    ['failed and kept nothing', { state: 'FAILED' as const }, 'is FAILED'],
    ['failed, and whose Parts expired', { ...failed, rerunUntil: '2026-11-23T00:00:00Z' }, 'has expired'],
    ['failed, and whose Parts were destroyed', { ...failed, destroyedAt: '2026-11-23T00:00:00Z' }, 'was destroyed'],
    ['anonymizes', { ...failed, kind: 'anonymize' as const }, 'is FAILED'],
    ['has an archive that expired', { archive: { ...archive, expiresAt: '2026-11-23T00:00:00Z' } }, 'has expired'],
    ['has an archive that was destroyed', { destroyedAt: '2026-11-23T00:00:00Z' }, 'was destroyed'],
    [
      'failed because its name means several accounts (C29a)',
      { state: 'FAILED' as const, failure: 'AmbiguousSubjectError' },
      'gdpr who',
    ],
  ])('refuses one that %s', async (_what, facts, words) => {
    const system = await setup(facts);
    await expect(rerun(system)).rejects.toThrow(words);
    expect(system.started).toEqual([]);
  });

  it('does not start on an archive that was destroyed while the login was checked', async () => {
    const system = await setup();
    const { listEngines } = system.portalApi;
    system.portalApi.listEngines = async (account) => {
      await destroyArchive(requestId, system);
      return listEngines(account);
    };
    await expect(rerun(system)).rejects.toThrow('was destroyed');
    expect(await system.requests.get(requestId)).toMatchObject({ state: 'COMPLETED_WITH_ERRORS', attempt: 1 });
    expect(system.started).toEqual([]);
  });

  it('leaves all as it was after a wrong password, or when nothing can be started', async () => {
    const system = await setup();
    await expect(rerun(system, { ...login, password: 'x' })).rejects.toThrow(LoginRefusedError);
    expect(await system.requests.get(requestId)).toMatchObject({ state: 'COMPLETED_WITH_ERRORS', attempt: 1 });
    system.executions.start = async () => {
      throw new Error('no');
    };
    await expect(rerun(system)).rejects.toThrow(NotStartedError);
    expect(await system.requests.get(requestId)).toMatchObject({ state: 'COMPLETED_WITH_ERRORS', archive });
    expect(system.vault.sealed.has(`${requestId}/login`)).toBe(false);
  });
});

describe('a failed retrieval that is run again (C47, R12)', () => {
  it('queries what is missing only, and no longer names the old failure', async () => {
    const system = await setup({ ...failed, failure: 'Execution.TIMED_OUT' });
    expect((await rerun(system)).failure).toBeUndefined();
    expect(await reopen(system)).toEqual({ engineIds: ['b-uid'], portal: false });
    expect((await system.requests.get(requestId)).failure).toBeUndefined();
  });

  it('queries nothing when everything was retrieved: its merge is done again', async () => {
    const system = await setup({ ...failed, failure: 'StorageUnavailableError' }, ['DONE', 'EMPTY']);
    await rerun(system);
    expect(await reopen(system)).toEqual({ engineIds: [], portal: false });
    expect(system.vault.sealed.has(`${requestId}/login`)).toBe(false); // no Engine is queried
  });

  it('is opened like a new one when it failed before that', async () => {
    const system = await setup({ ...failed, failure: 'PortalApiUnavailableError' }, []);
    system.parts.newestFrame = async () => undefined;
    await rerun(system);
    expect(system.vault.sealed.has(`${requestId}/login`)).toBe(true);
    expect((await reopen(system)).engineIds.sort()).toEqual(['a-uid', 'b-uid', 'new-uid']);
  });

  it.each([
    ['fails again', { state: 'RUNNING' as const }, 'Lambda.Unknown'],
    ['is cancelled', { state: 'CANCELLING' as const, cancelRequested: true }, 'Execution.ABORTED'],
  ])('keeps what it has, no longer than before, when it %s', async (_how, facts, error) => {
    const system = await setup({ ...failed, ...facts, attempt: 2 }, ['DONE', 'RUNNING']);
    const ports = { ...system, ...closingPorts() };
    expect(await closeRequest({ requestId, attempt: 2, error }, ports)).toEqual({ state: 'FAILED' });
    expect(system.parts.objects.size).toBe(1);
    expect(await system.requests.get(requestId)).toMatchObject({ rerunUntil: failed.rerunUntil });
    expect(await rerun(system)).toMatchObject({ state: 'QUEUED', attempt: 3 });
  });

  it('is a whole archive at the end, and no longer a failure', async () => {
    const newer = { ...archive, archiveKey: `archives/${requestId}/2/gdpr-data.tar.gz` };
    const system = await setup({ ...failed, attempt: 2, state: 'MERGING', archive: newer }, ['DONE', 'DONE']);
    expect(await closeRequest({ requestId, attempt: 2 }, { ...system, ...closingPorts() })).toEqual({
      state: 'COMPLETED',
    });
    expect((await system.requests.get(requestId)).rerunUntil).toBeUndefined();
  });

  it('stays a failed one with all that it has when it cannot be started', async () => {
    const system = await setup(failed);
    system.executions.start = async () => {
      throw new Error('no');
    };
    await expect(rerun(system)).rejects.toThrow(NotStartedError);
    expect(await system.requests.get(requestId)).toMatchObject({ state: 'FAILED', rerunUntil: failed.rerunUntil });
    expect([...system.vault.sealed.keys()]).toEqual([`${requestId}/subject`]);
  });

  it('is destroyed on request like an archive (R15)', async () => {
    const system = await setup(failed);
    await destroyArchive(requestId, system);
    expect([system.parts.objects.size, system.vault.sealed.size]).toEqual([0, 0]);
    await expect(rerun(system)).rejects.toThrow('was destroyed');
  });
});

describe('reopenRequest (decision 23, decision 21)', () => {
  it('asks the missing Engine alone, where it is now, over the days and headers of the first attempt', async () => {
    const system = await setup();
    await rerun(system);
    expect(await reopen(system)).toEqual({ engineIds: ['b-uid'], portal: false });
    const [first, second] = await Promise.all([1, 2].map((attempt) => system.parts.getFrame(requestId, attempt)));
    expect(second).toEqual({ ...first, engines: [anEngine('a'), moved] });
    expect(await system.progress()).toEqual({ a: 'DONE', b: 'PENDING' });
  });

  it('asks an Engine with gaps again, too', async () => {
    const system = await setup({}, ['DONE', 'DONE']);
    const gaps = { source: 'engine', sourceId: 'a-uid', name: 'a', state: 'DONE', rows: 7, bytes: 0, gaps: 1 } as const;
    await system.requests.putProgress(requestId, gaps);
    await rerun(system);
    expect(await reopen(system)).toEqual({ engineIds: ['a-uid'], portal: false });
    expect(await system.progress()).toEqual({ a: 'PENDING', b: 'DONE' });
  });

  it('notes an Engine that is still away, and does not ask it', async () => {
    const system = await setup();
    await rerun(system);
    system.portalApi.listEngines = async () => [anEngine('a'), anEngine('b', { status: 'DISCONNECTED' })];
    expect(await reopen(system)).toEqual({ engineIds: [], portal: false });
    expect(await system.progress()).toEqual({ a: 'DONE', b: 'UNREACHABLE' });
  });
});

describe('closeRequest after a rerun', () => {
  const close = (system: World, error?: string) =>
    closeRequest({ requestId, attempt: 2, error }, { ...system, ...closingPorts() });
  const older = (system: World) =>
    getLink(requestId, system).then(({ url }) => [url, system.archives.objects.has(url), system.parts.objects.size]);

  it.each([
    ['fails', { state: 'RUNNING' as const }, 'Lambda.Unknown', 'FAILED'],
    ['is cancelled (R7)', { state: 'CANCELLING' as const, cancelRequested: true }, 'Execution.ABORTED', 'CANCELLED'],
  ])('that %s leaves the older archive and every Part', async (_how, facts, error, state) => {
    const system = await setup({ ...facts, attempt: 2 }, ['DONE', 'RUNNING']);
    system.archives.objects.set(`archives/${requestId}/2/gdpr-data.tar.gz`, Buffer.from('unfinished'));
    expect(await close(system, error)).toEqual({ state: 'COMPLETED_WITH_ERRORS' });
    expect(await older(system)).toEqual([archive.archiveKey, true, 1]);
    expect(await system.progress()).toEqual({ a: 'DONE', b: state });
    expect(system.archives.objects.size).toBe(1);
    expect(system.vault.sealed.has(`${requestId}/subject`)).toBe(true);
    await expect(rerun({ ...system })).resolves.toMatchObject({ attempt: 3, cancelRequested: false });
  });

  it('that has the new archive removes the older one, even when cancelled too late (R16)', async () => {
    for (const cancelRequested of [false, true]) {
      const newer = { ...archive, archiveKey: `archives/${requestId}/2/gdpr-data.tar.gz` };
      const state = cancelRequested ? 'CANCELLING' : 'MERGING';
      const system = await setup({ attempt: 2, state, cancelRequested, archive: newer }, ['DONE', 'DONE']);
      system.archives.objects.set(newer.archiveKey, Buffer.from('new'));
      expect(await close(system)).toEqual({ state: 'COMPLETED' });
      expect([...system.archives.objects.keys()]).toEqual([newer.archiveKey]);
    }
  });

  it('keeps its hands off the login of a newer attempt', async () => {
    const system = await setup({ attempt: 3, state: 'RUNNING' });
    await system.vault.seal(requestId, 'login', login, new Date());
    await close(system, 'Execution.TIMED_OUT');
    expect(system.vault.sealed.has(`${requestId}/login`)).toBe(true);
  });
});

interface Brought {
  readonly rows: number;
  readonly gaps?: number;
  readonly whole?: boolean;
}

describe('committedIndexes', () => {
  it('takes from each source the newest attempt that has it whole, else the newest that brought anything', async () => {
    const { parts } = await setup();
    const put = (attempt: number, sourceId: string, seq: number, next: unknown) => {
      const facts = { fragments: [], partETag: `${attempt}`, missing: [], subjects: 1 };
      return parts.putIndex(requestId, attempt, { sourceId, sourceName: sourceId, seq, next, ...facts } as PartIndex);
    };
    await put(2, 'aa', 0, null); // missing in the first attempt
    await put(1, 'a', 0, { more: true });
    await put(1, 'a', 1, null);
    await put(1, 'b', 0, { more: true });
    await put(2, 'b', 0, null);
    await put(1, 'c', 0, { more: true });
    await put(3, 'c', 0, { more: true });
    await put(3, 'a', 0, { more: true });
    const kept = await committedIndexes(parts, requestId, 3);
    expect(kept.map(({ sourceId, partETag, seq }) => `${sourceId}${partETag}${seq}`)).toEqual([
      'a10',
      'a11',
      'aa20',
      'b20',
      'c30',
    ]);
  });

  it.each([
    ['both were cut short, the later one sooner', { rows: 90, whole: false }, { rows: 4, whole: false }, 1],
    ['both were cut short, the earlier one sooner', { rows: 4, whole: false }, { rows: 90, whole: false }, 2],
    ['the later one was refused most', { rows: 90, gaps: 1 }, { rows: 4, gaps: 20 }, 1],
    ['the later one has fewer rows, of which none is missing', { rows: 90, gaps: 1 }, { rows: 80, gaps: 0 }, 2],
    [
      'the later one has as many gaps and fewer rows, since some have expired',
      { rows: 90, gaps: 1 },
      { rows: 80, gaps: 1 },
      2,
    ],
    ['the later one alone is whole', { rows: 90, whole: false }, { rows: 4, gaps: 0 }, 2],
  ])('keeps what was retrieved when %s (C47)', async (_, ...attempts) => {
    const { parts } = await setup();
    const [first, second, kept] = attempts as unknown as [Brought, Brought, number];
    for (const [at, { rows, gaps = 0, whole = true }] of [first, second].entries()) {
      const facts = { seq: 0, next: whole ? null : {}, partETag: `${at}`, subjects: 1, fragments: [{ rows }] };
      const missing = Array.from({ length: gaps }, () => ({ file: 'f', reason: 'REFUSED' }));
      const index = { sourceId: 'a', sourceName: 'a', missing, ...facts } as unknown as PartIndex;
      await parts.putIndex(requestId, at + 1, index);
    }
    expect((await committedIndexes(parts, requestId, 2)).map(({ partETag }) => Number(partETag) + 1)).toEqual([kept]);
  });
});

describe('destroyArchive and getManifest', () => {
  it('shows the manifest of a finished archive', async () => {
    const system = await setup();
    const rows = [{ source: 'e1', file: 'engines/a.csv', columns: ['engine', 'x'], rows: [['e1', '1']] }];
    system.archives.objects.set(archive.archiveKey, await archiveOf(rows, ['e2']));
    expect(JSON.parse(await getManifest(requestId, system))).toMatchObject({
      complete: false,
      missing: [{ name: 'e2' }],
    });
  });

  it('leaves no archive, no Part and no name; links, manifest and reruns are gone then', async () => {
    const system = await setup();
    await destroyArchive(requestId, system);
    await destroyArchive(requestId, system);
    expect([system.archives.objects.size, system.parts.objects.size, system.vault.sealed.size]).toEqual([0, 0, 0]);
    for (const gone of [getLink(requestId, system), getManifest(requestId, system), rerun(system)]) {
      await expect(gone).rejects.toThrow('was destroyed');
    }
  });

  it('leaves nothing of any attempt after reruns, nor the numbers of masked users', async () => {
    const system = await setup({ attempt: 3 });
    for (const attempt of [1, 2, 3]) {
      system.archives.objects.set(`archives/${requestId}/${attempt}/gdpr-data.tar.gz`, Buffer.from('archive'));
      const sink = system.parts.openSink(requestId, attempt, 'e1', 0);
      await sink.write(Buffer.from('rows'));
      await sink.close();
    }
    for (const purpose of ['login', 'subject', 'mask'] as const) {
      await system.vault.seal(requestId, purpose, login, new Date('2100-01-01'));
    }
    await destroyArchive(requestId, system);
    const left = [system.archives.objects, system.parts.objects, system.vault.sealed].flatMap((map) => [...map.keys()]);
    expect(left).toEqual([]);
  });

  it('refuses while the Request runs', async () => {
    const system = await setup({ state: 'RUNNING' });
    await expect(destroyArchive(requestId, system)).rejects.toThrow('is RUNNING');
    expect(system.archives.objects.size).toBe(1);
  });
});
