import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type LocalSystem, startLocalSystem } from '../../local/system.ts';
import { type Manifest, parseManifest } from '../../modules/archive/manifest.ts';
import { isFinal } from '../../modules/requests/state-machine.ts';
import type { RequestView } from '../../modules/requests/views/get-request.ts';
import { untar } from '../support/archive.ts';
import { gdpr, gdprOpen, run } from '../support/command.ts';
import { parseCsv } from '../support/csv.ts';
import { changeSettings, createSecret } from '../support/settings.ts';

let system: LocalSystem;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gdpr-supplement-'));
  system = await startLocalSystem({
    engines: 3,
    rows: 400,
    seed: 11,
    faults: ['engine-2=html'],
    engineTimeoutSeconds: 5,
  });
});

afterAll(async () => {
  await system?.stop();
  await rm(folder, { recursive: true, force: true });
});

const call = (method: string, path: string) =>
  fetch(`${system.apiUrl}${path}`, {
    method,
    redirect: 'manual',
    headers: { authorization: `Bearer ${system.token}` },
  });
const setFault = (kind?: string) => system.simulator.engines.find(({ name }) => name === 'engine-2')!.setFault(kind);
const retrieve = async (out: string, ...args: string[]) => {
  const { code, stdout, stderr } = await gdpr(system, 'retrieve', '--out', out, '--json', ...args);
  expect([0, 3], stderr).toContain(code);
  return JSON.parse(stdout) as RequestView;
};

describe('an archive that misses an Engine', () => {
  let partial: RequestView;
  const whole = () => join(folder, 'whole.tar.gz');

  it('says so, keeps what it has through a rerun that finds the Engine away again (R12, decision 23)', async () => {
    const out = join(folder, 'partial.tar.gz');
    partial = await retrieve(out, '--user', system.users[0]!);
    expect(partial.state).toBe('COMPLETED_WITH_ERRORS');
    const files = await untar(await readFile(out));
    expect(Object.keys(files).slice(0, 3)).toEqual(['manifest.json', 'README.txt', 'index.html']);
    expect(files['README.txt']).toContain('THIS ARCHIVE IS INCOMPLETE.\r\n* engine-2: ');
    expect(parseManifest(files['manifest.json']!).missing.map(({ name }) => name)).toEqual(['engine-2']);

    const again = await gdpr(system, 'rerun', partial.requestId, '--out', join(folder, 'still.tar.gz'), '--json');
    expect(again.code).toBe(3);
    expect(JSON.parse(again.stdout)).toMatchObject({ state: 'COMPLETED_WITH_ERRORS', attempt: 2 });
  }, 120_000);

  it('becomes a whole one by a rerun that asks the missing Engine alone, over the same days', async () => {
    setFault();
    const asked = () => system.simulator.engines.map(({ traffic }) => traffic.queries);
    const before = asked();
    const { code, stdout, stderr } = await gdpr(system, 'rerun', partial.requestId, '--out', whole(), '--json');
    expect(stderr).not.toContain('missing');
    expect([code, JSON.parse(stdout).state]).toEqual([0, 'COMPLETED']);
    const more = asked().map((count, at) => count - before[at]!);
    expect(more[1]).toBeGreaterThan(10);
    expect(more[2]).toBe(0);
    const files = await untar(await readFile(whole()));
    const manifest = parseManifest(files['manifest.json']!);
    expect(manifest).toMatchObject({ complete: true, attempt: 3, missing: [] });
    const direct = join(folder, 'direct.tar.gz');
    await retrieve(direct, '--user', system.users[0]!);
    const expected = await untar(await readFile(direct));
    const rowsOf = (text: string) => new Set(parseCsv(text).map((row) => row.join('|')));
    for (const name of ['engines/executions.csv', 'engines/user.csv', 'portal/users.csv']) {
      expect(rowsOf(files[name]!), name).toEqual(rowsOf(expected[name]!));
    }
    const refused = await gdpr(system, 'rerun', partial.requestId, '--out', join(folder, 'x.tar.gz'));
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining('is COMPLETED')]);
  }, 120_000);

  it('is verified by `gdpr archive verify`, in words and in JSON; a flipped bit fails it', async () => {
    const sound = await run('node', ['cli/main.ts', 'archive', 'verify', whole(), '--json']);
    expect([sound.code, JSON.parse(sound.stdout)]).toEqual([
      0,
      expect.objectContaining({ sound: true, complete: true }),
    ]);
    const bytes = await readFile(whole());
    bytes[bytes.length >> 1]! ^= 8;
    const damaged = join(folder, 'damaged.tar.gz');
    await writeFile(damaged, bytes);
    const found = await run('node', ['cli/main.ts', 'archive', 'verify', damaged]);
    expect([found.code, found.stderr]).toEqual([1, expect.stringMatching(/^damaged: /)]);
    expect((await run('node', ['cli/main.ts', 'archive', 'verify', join(folder, 'none')])).code).toBe(2);
  });

  it('shows its manifest, and is gone for good once it was destroyed', async () => {
    const { requestId } = partial;
    const manifest = await call('GET', `/v1/requests/${requestId}/manifest`);
    expect([manifest.status, ((await manifest.json()) as Manifest).complete]).toEqual([200, true]);
    expect((await call('DELETE', `/v1/requests/${requestId}/archive`)).status).toBe(204);
    for (const path of ['archive', 'manifest']) {
      const gone = await call('GET', `/v1/requests/${requestId}/${path}`);
      expect([gone.status, ((await gone.json()) as { type: string }).type]).toEqual([
        410,
        '/problems/archive-destroyed',
      ]);
    }
    expect((await gdprOpen(system, 'status', requestId)).code).toBe(0);
  });
});

describe('the schedule of reruns (R12, R21)', () => {
  it('asks the missing Engine again with the service account, once, though it fires twice', async () => {
    setFault('html');
    const partial = await retrieve(join(folder, 'scheduled.tar.gz'), '--user', system.users[1]!);
    expect(partial.state).toBe('COMPLETED_WITH_ERRORS');
    setFault();
    await createSecret(system, 'service-account/gdpr', system.login);
    await changeSettings(system, {
      serviceAccount: { secretId: 'service-account/gdpr' },
      reruns: { by: 'service-account', firstMinutes: 0 },
    });

    const fired = await Promise.all([system.invoke('rerun-missing'), system.invoke('rerun-missing')]);

    const counts = (fired as { payload: { rerun: number } }[]).map(({ payload }) => payload.rerun);
    expect(counts.toSorted()).toEqual([0, 1]);
    await changeSettings(system, { reruns: { by: 'people' } });
    const done = await vi.waitFor(async () => {
      const view = (await (await call('GET', `/v1/requests/${partial.requestId}`)).json()) as RequestView;
      expect(isFinal(view.state) && view.attempt > 1).toBe(true);
      return view;
    }, 30_000);
    expect(done).toMatchObject({ state: 'COMPLETED', attempt: 2 });
  }, 120_000);
});

describe('a device archive with --co-users mask', () => {
  it('names no user of any Engine, in any file, and one person by one stand-in; its pages are in the set language', async () => {
    const out = join(folder, 'device.tar.gz');
    const kept = join(folder, 'kept.tar.gz');
    const device = system.devices[0]!;
    await retrieve(kept, '--device', device);
    const named = Object.values(await untar(await readFile(kept))).join('');
    const others = system.simulator.world.people.users.filter(
      ({ name, fullName }) => named.includes(name) && named.includes(fullName),
    );
    expect(others.length).toBeGreaterThan(0);

    await changeSettings(system, { archiveLanguage: 'de' });
    await retrieve(out, '--device', device, '--co-users', 'mask');
    const files = await untar(await readFile(out));
    const text = Object.values(files).join('');
    const left = others.flatMap(({ name, fullName, sid, upn }) =>
      [name, fullName, sid, upn].filter((fact) => text.includes(fact)),
    );
    expect(left).toEqual([]);
    const [header, ...rows] = parseCsv(files['engines/user_activity.csv']!);
    const standIns = new Set(rows.map((row) => row[header!.indexOf('user/name')]!));
    standIns.delete('-'); // activity of nobody in particular
    expect([...standIns].filter((name) => !/^user-[a-z2-7]{8}$/.test(name))).toEqual([]);
    const users = parseCsv(files['engines/users_of_device.csv']!)
      .slice(1)
      .map((row) => row[3]);
    expect([...standIns].filter((name) => !users.includes(name))).toEqual([]);
    expect(parseManifest(files['manifest.json']!)).toMatchObject({ coUsers: 'mask', complete: true });
    expect(files['README.txt']).toContain('Namen anderer Personen wurden durch user-xxxxxxxx ersetzt');
    expect(files['index.html']).toContain('<html lang="de">');
  }, 120_000);
});
