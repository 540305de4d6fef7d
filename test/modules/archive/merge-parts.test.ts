import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { DICTIONARY } from '../../../functions/wiring/dictionary.ts';
import { PartDamagedError } from '../../../modules/archive/errors.ts';
import { FragmentEncoder } from '../../../modules/archive/fragment.ts';
import type { Manifest } from '../../../modules/archive/manifest.ts';
import { mergeParts } from '../../../modules/archive/merge-parts.ts';
import { AmbiguousSubjectError, RequestCancelledError } from '../../../modules/requests/errors.ts';
import { untar } from '../../support/archive.ts';
import {
  aFrame,
  anEngine,
  aRequest,
  eTagOf,
  memoryArchives,
  memoryParts,
  memoryRequests,
  silentLog,
} from '../../support/fakes.ts';
import { archiveSettings } from '../../support/stitch.ts';

const { requestId } = aRequest();
const key = `archives/${requestId}/1/gdpr-data.tar.gz`;
const columns = ['engine', 'platform', 'id'];

/** Two Engines with one row each in `a.csv`, a third one missing, `b.csv` planned and empty. */
async function setup(taken: Readonly<Record<string, readonly string[]>> = {}) {
  const requests = memoryRequests(aRequest({ state: 'RUNNING' }));
  const parts = memoryParts();
  const archives = memoryArchives(parts.objects);
  const engines = ['e1', 'e2', 'e3'].map((name) => anEngine(name));
  const files = ['engines/a.csv', 'engines/b.csv'].map((file) => ({ file, columns }));
  await parts.putFrame(requestId, 1, aFrame({ engines, files }));
  for (const { engineId, name } of engines.slice(0, 2)) {
    const encoder = new FragmentEncoder(6);
    await encoder.write(Buffer.from(`${name},windows,1\r\n`));
    const { bytes, figures } = await encoder.end();
    encoder.close();
    const partKey = `parts/${engineId}`;
    parts.objects.set(partKey, bytes);
    const fragment = {
      file: 'engines/a.csv',
      columns,
      partKey,
      offset: 0,
      rows: 1,
      rowsPerDay: {},
      ...figures,
    };
    const index = {
      sourceId: engineId,
      sourceName: name,
      seq: 0,
      fragments: [fragment],
      partETag: eTagOf(bytes),
      missing: [],
      subjects: 1,
      taken: taken[name] ?? [],
      next: null,
    };
    await parts.putIndex(requestId, 1, index);
    await requests.putProgress(requestId, {
      source: 'engine',
      sourceId: engineId,
      name,
      state: 'DONE',
      rows: 1,
      bytes: 14,
    });
  }
  const missing = { state: 'UNREACHABLE', reason: 'EngineUnavailableError', rows: 0, bytes: 0 } as const;
  await requests.putProgress(requestId, { source: 'engine', sourceId: 'e3-uid', name: 'e3', ...missing });
  const clock = { now: () => new Date('2026-11-23T09:00:00Z') };
  const ports = {
    requests,
    parts,
    archives,
    clock,
    log: silentLog,
    archiveDays: 7,
    settings: archiveSettings(),
    dictionary: DICTIONARY,
  };
  return { ...ports, merge: () => mergeParts({ requestId, attempt: 1 }, ports) };
}

describe('mergeParts', () => {
  it('joins no namesakes of Engines that were away when the name was looked up (C29a)', async () => {
    const one = await setup({ e1: ['jdoe@CORP'], e2: ['JDOE@corp'] });
    const two = await setup({ e1: ['jdoe@CORP'], e2: ['jdoe@LAB'] });

    await one.merge();

    expect(one.archives.objects.has(key)).toBe(true);
    await expect(two.merge()).rejects.toThrow(AmbiguousSubjectError);
    expect(two.archives.objects.size).toBe(0);
  });

  it('puts all Engines into one file per table, and empty tables in with their header (R9, decision 11)', async () => {
    const system = await setup();
    await system.merge();
    const files = await untar(system.archives.objects.get(key)!);
    expect(Object.keys(files)).toEqual(['manifest.json', 'README.txt', 'index.html', 'engines/a.csv', 'engines/b.csv']);
    expect(files['engines/a.csv']).toBe('engine,platform,id\r\ne1,windows,1\r\ne2,windows,1\r\n');
    expect(files['engines/b.csv']).toBe('engine,platform,id\r\n');
  });

  it('names the missing Engine and why in the manifest (R12)', async () => {
    const system = await setup();
    await system.merge();
    const manifest = JSON.parse((await untar(system.archives.objects.get(key)!))['manifest.json']!) as Manifest;
    expect(manifest.complete).toBe(false);
    expect(manifest.sources).toContainEqual(
      expect.objectContaining({ name: 'e3', state: 'UNREACHABLE', reason: 'EngineUnavailableError' }),
    );
  });

  it('names a source whose worker was lost, or whose Parts are gone, and never calls it complete (C47, R12)', async () => {
    const system = await setup();
    const source = { source: 'engine', rows: 5, bytes: 9 } as const;
    const busy = { state: 'RUNNING', current: 'engines/a.csv', share: 0.5 } as const;
    await system.requests.putProgress(requestId, { ...source, ...busy, sourceId: 'e3-uid', name: 'e3' });
    await system.requests.putProgress(requestId, { ...source, sourceId: 'e4-uid', name: 'e4', state: 'DONE' });
    await system.merge();
    const manifest = JSON.parse((await untar(system.archives.objects.get(key)!))['manifest.json']!) as Manifest;
    expect(manifest.missing).toEqual([
      { name: 'e3', state: 'FAILED', reason: 'WORKER_LOST' },
      { name: 'e4', state: 'FAILED', reason: 'PARTS_GONE' },
    ]);
    expect((await system.requests.listProgress(requestId)).map(({ name, state }) => `${name} ${state}`)).toEqual([
      'e1 DONE',
      'e2 DONE',
      'e3 FAILED',
      'e4 FAILED',
    ]);
  });

  it('tells where each fragment lies in its file, and its hash', async () => {
    const system = await setup();
    await system.merge();
    const files = await untar(system.archives.objects.get(key)!);
    const manifest = JSON.parse(files['manifest.json']!) as Manifest;
    for (const file of manifest.files) {
      for (const { rawOffset, rawBytes, sha256 } of file.fragments) {
        const bytes = Buffer.from(files[file.name]!).subarray(rawOffset, rawOffset + rawBytes);
        expect(createHash('sha256').update(bytes).digest('hex')).toBe(sha256);
      }
    }
    expect(manifest.files.map(({ rows }) => rows)).toEqual([2, 0]);
  });

  it('refuses a Part that is not what its index says (decision 7)', async () => {
    const system = await setup();
    const bytes = system.parts.objects.get('parts/e1-uid')!;
    system.parts.objects.set('parts/e1-uid', Buffer.concat([bytes.subarray(0, -1), Buffer.from([0])]));
    await expect(system.merge()).rejects.toThrow(PartDamagedError);
  });

  it('notices between parts that the Request was cancelled (R7)', async () => {
    const system = await setup();
    const stitch = system.archives.stitch;
    system.archives.stitch = async (...args) => {
      await system.requests.transition(requestId, 'CANCELLING', { cancelRequested: true });
      return stitch(...args);
    };
    await expect(system.merge()).rejects.toThrow(RequestCancelledError);
    expect(system.archives.objects.size).toBe(0);
  });

  it('notices between parts that a rerun has begun another attempt (decision 23)', async () => {
    const system = await setup();
    const stitch = system.archives.stitch;
    system.archives.stitch = async (...args) => {
      await system.requests.note(requestId, { attempt: 2 });
      return stitch(...args);
    };
    await expect(system.merge()).rejects.toThrow(RequestCancelledError);
    expect(system.archives.objects.size).toBe(0);
  });

  it('asks to be called again when its time runs out, and notes the archive once it is whole (decision 7)', async () => {
    const system = await setup();
    const { stitch } = system.archives;
    system.archives.stitch = async (_key, _upload, _mayGoOn, _signal, mayStart) => mayStart!();
    expect(await mergeParts({ requestId, attempt: 1 }, system, undefined, () => false)).toEqual({ more: true });
    expect((await system.requests.get(requestId)).archive).toBeUndefined();
    system.archives.stitch = stitch;
    expect(await system.merge()).toEqual({ more: false });
    expect((await system.requests.get(requestId)).archive?.archiveKey).toBe(key);
  });

  it('is content with the Archive that an earlier try has noted', async () => {
    const system = await setup();
    await system.merge();
    system.archives.stitch = () => Promise.reject(new Error('made twice'));
    await system.merge();
    expect((await system.requests.get(requestId)).archive?.archiveKey).toBe(key);
  });

  it('leaves no archive of a Request that was cancelled at the end (R7)', async () => {
    const system = await setup();
    const stitch = system.archives.stitch;
    system.archives.stitch = async (...args) => {
      const made = await stitch(...args);
      await system.requests.transition(requestId, 'CANCELLING', { cancelRequested: true });
      return made;
    };
    await expect(system.merge()).rejects.toThrow(RequestCancelledError);
    expect(system.archives.objects.size).toBe(0);
  });
});
