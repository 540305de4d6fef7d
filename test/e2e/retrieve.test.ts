import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LocalSystem, startLocalSystem } from '../../local/system.ts';
import type { Manifest } from '../../modules/archive/manifest.ts';
import type { RequestView } from '../../modules/requests/views/get-request.ts';
import { callApi } from '../support/api.ts';
import { untar } from '../support/archive.ts';
import { gdpr, run } from '../support/command.ts';
import { parseCsv } from '../support/csv.ts';
import { everyRow, naming } from '../support/portal.ts';
import { fingerprint, truth } from '../support/truth.ts';

let system: LocalSystem;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gdpr-e2e-'));
  system = await startLocalSystem({ engines: 3, rows: process.env.GDPR_TEST_DEEP === '1' ? 10_000 : 800, seed: 7 });
});

afterAll(async () => {
  await system?.stop();
  await rm(folder, { recursive: true, force: true });
});

/** Compares each Engine file of an archive with what the simulators hold; gives the rows compared per file. */
async function compare(out: string, kind: 'user' | 'device', name: string): Promise<Record<string, number>> {
  const files = await untar(await readFile(out));
  const compared: Record<string, number> = {};
  for (const [path, text] of Object.entries(files)) {
    const file = /^engines\/(\w+)\.csv$/.exec(path)?.[1];
    if (file === undefined) {
      expect(path).toMatch(/^(portal\/\w+\.csv|manifest\.json|README\.txt|index\.html)$/); // no file of a single Engine
      continue;
    }
    const [header, ...rows] = parseCsv(text);
    const found = rows.map((row) => fingerprint(Object.fromEntries(header!.map((column, i) => [column, row[i]!]))));
    const expected = [...truth(system.simulator.world, file, kind, name)];
    expect(new Set(found), path).toEqual(new Set(expected));
    expect(found.length, path).toBe(expected.length);
    compared[file] = found.length;
  }
  return compared;
}

/** Compares the metric details of the Portal with the rows of the database that name the Subject. */
async function comparePortal(out: string, name: string): Promise<number> {
  const [header, ...rows] = parseCsv((await untar(await readFile(out)))['portal/count_metric_details.csv']!);
  const columns = ['day', 'user_name', 'device_name'];
  const found = rows.map((row) => columns.map((column) => row[header!.indexOf(column)]));
  const details = [...(await everyRow(system.portal))].filter(([table]) =>
    table.startsWith('portal.count_metric_details'),
  );
  const names = naming(name);
  const stored = details
    .flatMap(([, texts]) => texts)
    .filter((text) => names.test(text))
    .map((text) => JSON.parse(text) as Record<string, string | null>)
    .map((row) => columns.map((column) => row[column] ?? ''));
  expect(found.map(String).sort()).toEqual(stored.map(String).sort());
  return found.length;
}

describe('gdpr retrieve', () => {
  it('brings all of a user that the Engines hold, row by row, and says which source has ended (R6, R9, R10, R22)', async () => {
    const out = join(folder, 'user.tar.gz');
    const { code, stdout, stderr } = await gdpr(system, 'retrieve', '--user', system.users[0]!, '--out', out, '--json');
    const [about, ...progress] = stderr.trimEnd().split('\n');
    expect(about).toBe(`This is about ${system.users[0]}, known to engine-1, engine-2, engine-3, Portal`);
    const ended = progress.flatMap((line) => /^ +(\S+) +DONE /.exec(line)?.[1] ?? []);
    expect(ended.sort()).toEqual(['engine-1', 'engine-2', 'engine-3', 'portal']);
    expect(progress.at(-1)).toMatch(/ {2}COMPLETED$/);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ state: 'COMPLETED', found: true });
    expect(await comparePortal(out, system.users[0]!)).toBeGreaterThan(10);
    const compared = await compare(out, 'user', system.users[0]!);
    expect(Object.keys(compared)).toHaveLength(14);
    expect(Object.values(compared).filter((rows) => rows === 0).length).toBeLessThanOrEqual(1);
  });

  it('opens in GNU tar, bsdtar and Python in stream mode, with the same files (R8)', async () => {
    const out = join(folder, 'user.tar.gz');
    const python = "import sys,tarfile\nfor m in tarfile.open(sys.argv[1],'r|gz'): print(m.name)";
    const lists = await Promise.all([
      run('tar', ['tzf', out]),
      run('bsdtar', ['tzf', out]),
      run('python3', ['-c', python, out]),
      run('gzip', ['-t', out]),
    ]);
    expect(lists.map(({ code }) => code)).toEqual([0, 0, 0, 0]);
    const names = Object.keys(await untar(await readFile(out)));
    expect(lists.slice(0, 3).map(({ stdout }) => stdout.trim().split('\n'))).toEqual([names, names, names]);
  });

  it('brings all of a device, its packages included (R1, R9)', async () => {
    const out = join(folder, 'device.tar.gz');
    const device = system.devices[0]!;
    const { code } = await gdpr(system, 'retrieve', '--device', device, '--engine-data', '--out', out);
    expect(code).toBe(0);
    const compared = await compare(out, 'device', device);
    expect(Object.keys(compared)).toHaveLength(18);
    expect(compared.packages).toBeGreaterThan(0);
  });

  it('never brings rows of the twin whose name begins alike (R9)', async () => {
    const out = join(folder, 'twin.tar.gz');
    await gdpr(system, 'retrieve', '--user', system.users[1]!, '--engine-data', '--out', out);
    await compare(out, 'user', system.users[1]!);
  });

  it('finds a name with a quote in it', async () => {
    const quoted = system.users.find((name) => name.includes("'"))!;
    const out = join(folder, 'quoted.tar.gz');
    const { code } = await gdpr(system, 'retrieve', '--user', quoted, '--out', out);
    expect(code).toBe(0);
    const compared = await compare(out, 'user', quoted);
    expect(compared.user).toBeGreaterThan(0);
  });

  it('says so when nothing is held under a name: NOTHING_FOUND, exit code 5, each source EMPTY, headers only (R12)', async () => {
    const out = join(folder, 'nobody.tar.gz');
    const { code, stdout } = await gdpr(system, 'retrieve', '--user', 'nobody.here', '--out', out, '--json');
    const view = JSON.parse(stdout) as RequestView & { found: boolean };
    expect([code, view.state, view.found]).toEqual([5, 'NOTHING_FOUND', false]);
    expect(view.progress.map(({ state }) => state)).toEqual(['EMPTY', 'EMPTY', 'EMPTY', 'EMPTY']);
    const { 'manifest.json': manifest, ...rest } = await untar(await readFile(out));
    const csvs = Object.fromEntries(Object.entries(rest).filter(([path]) => path.endsWith('.csv')));
    expect(Object.keys(csvs).length).toBeGreaterThan(15);
    expect(JSON.parse(manifest!) as Manifest).toMatchObject({ complete: false, nothingFound: true, missing: [] });
    expect(rest['README.txt']!.split('\r\n')[2]).toBe('NOTHING WAS FOUND UNDER THE NAME THAT WAS ASKED FOR.');
    expect(Object.values(csvs).map((text) => parseCsv(text).length)).toEqual(Object.keys(csvs).map(() => 1));
    const told = await gdpr(system, 'retrieve', '--user', 'nobody.here', '--out', join(folder, 'again.tar.gz'));
    expect(told.stdout + told.stderr).toContain('othing was found under that name');
  });

  it('refuses bad input before anything is started (R2, R4, R23)', async () => {
    const before = system.history().length;
    const post = async (body: object) => {
      const answer = await callApi(system, 'POST', '/v1/requests', { body });
      const { type } = (await answer.json()) as { type: string };
      return `${answer.status} ${type}`;
    };
    const good = { kind: 'retrieve', subject: { kind: 'user', name: 'x' }, sources: ['engine'], login: system.login };
    const limited = system.simulator.accounts.find(({ privacy }) => privacy.startsWith('anonymous'))!;
    expect([
      await post({ ...good, sources: [] }),
      await post({ ...good, subject: { kind: 'user', name: '' } }),
      await post({ ...good, subject: { kind: 'user', name: 'x'.repeat(257) } }),
      await post({ ...good, subject: { kind: 'user', name: 'a\tb' } }),
      await post({ ...good, subject: { kind: 'user', name: 'A\\b\\c' } }),
      await post({ ...good, login: { ...system.login, password: 'wrong' } }),
      await post({ ...good, login: { username: limited.username, password: limited.password } }),
    ]).toEqual([
      ...Array.from({ length: 5 }, () => '400 /problems/invalid-input'),
      '403 /problems/login-refused',
      '403 /problems/login-insufficient',
    ]);
    expect(system.history().length).toBe(before);
  });
});
