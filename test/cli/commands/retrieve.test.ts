import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runGdpr } from '../run-gdpr.ts';
import {
  ARCHIVE,
  aFinding,
  aSource,
  aView,
  FINISHED,
  INTERNAL_PROBLEM,
  REQUEST_ID,
  ScriptedApi,
  TOKEN,
} from '../scripted-api.ts';

let api: ScriptedApi;
let folder: string;

beforeEach(async () => {
  api = await new ScriptedApi().start();
  folder = await mkdtemp(join(tmpdir(), 'gdpr-cli-'));
});

afterEach(async () => {
  await api.stop();
  await rm(folder, { recursive: true });
});

const retrieve = (...args: string[]) =>
  runGdpr(['retrieve', '--user', 'anna', '--api', api.url, '--login', 'operator', ...args], {
    cwd: folder,
    env: { GDPR_TOKEN: TOKEN, GDPR_PASSWORD: 'sesame' },
  });

describe('gdpr retrieve', () => {
  it('sends its case, and writes a line for each state and each source that ends where there is no terminal (R31, R6)', async () => {
    const engines = [aSource('engine-1', 'DONE', 12), aSource('engine-2', 'RUNNING', 3)];
    api.views = [
      aView({ state: 'RUNNING', progress: engines }),
      aView({ state: 'COMPLETED', progress: [engines[0]!, aSource('engine-2', 'DONE', 5)], archive: FINISHED }),
    ];
    const ofCase = ['--reference', 'HR-7', '--received-on', '2026-06-01', '--recipient', 'dpo', '--note', 'by post'];

    const { code, stdout, stderr } = await retrieve('--out', '-', ...ofCase);

    expect([code, stdout]).toEqual([0, ARCHIVE.toString()]);
    expect(JSON.parse(api.bodies('POST /v1/requests')[0]!)).toMatchObject({
      reference: 'HR-7',
      receivedAt: '2026-06-01',
      recipients: ['dpo'],
      note: 'by post',
    });
    expect(stderr).not.toContain('\u001b');
    const told = stderr.split('\n').filter((line) => /QUEUED|RUNNING|COMPLETED|engine-\d {2}/.test(line));
    expect(told.map((line) => /QUEUED|RUNNING|COMPLETED|engine-\d/.exec(line)![0])).toEqual([
      'QUEUED',
      'RUNNING',
      'engine-1',
      'COMPLETED',
      'engine-2',
    ]);
  });

  it('writes the archive for its owner alone, and tells it as one JSON document (R9)', async () => {
    const progress = [aSource('engine-1', 'DONE', 12), aSource('portal', 'EMPTY')];
    api.views = [aView({ state: 'RUNNING' }), aView({ state: 'COMPLETED', progress, archive: FINISHED })];

    const { code, stdout } = await retrieve('--out', 'x.tar.gz', '--json');

    const out = join(folder, 'x.tar.gz');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ state: 'COMPLETED', out, found: true });
    expect(await readFile(out)).toEqual(ARCHIVE);
    expect((await stat(out)).mode & 0o777).toBe(0o600);
    const [body] = api.bodies('POST /v1/requests');
    expect(JSON.parse(body!)).toEqual({
      kind: 'retrieve',
      subject: { kind: 'user', name: 'anna', accounts: ['anna@CORP'] },
      sources: ['engine', 'portal'],
      login: { username: 'operator', password: 'sesame' },
    });
  });

  it('lets the API wait for a change once it has seen the request (R6)', async () => {
    const running = aView({ state: 'RUNNING' });
    api.views = [running, running, aView({ state: 'COMPLETED', archive: FINISHED })];

    const { code } = await retrieve('--out', 'x.tar.gz');

    expect(code).toBe(0);
    const looks = api.calls.filter(({ route }) => route === 'GET /v1/requests/{id}').map(({ headers }) => headers);
    expect(looks.map(({ prefer }) => prefer)).toEqual([undefined, 'wait=20', 'wait=20']);
    expect(looks.map((headers) => headers['if-none-match'] !== undefined)).toEqual([false, true, true]);
  });

  it('asks for one source when one is named, with a key of its own (R2), and shows the token to the API alone', async () => {
    api.views = [aView({ state: 'COMPLETED', archive: FINISHED })];

    await retrieve('--portal-data', '--out', 'x.tar.gz');

    expect(JSON.parse(api.bodies('POST /v1/requests')[0]!).sources).toEqual(['portal']);
    const start = api.calls.find(({ route }) => route === 'POST /v1/requests');
    expect(start?.headers['idempotency-key']).toMatch(/^[0-9a-f-]{36}$/);
    const download = api.calls.find(({ route }) => route.startsWith('GET /links/'));
    expect(download?.headers).toBeDefined();
    expect(download?.headers.authorization).toBeUndefined();
  });

  it('says which account it is about, and lets the run find out while an Engine is away (R1)', async () => {
    api.views = [aView({ state: 'COMPLETED', archive: FINISHED })];
    const one = await retrieve('--out', 'x.tar.gz');
    api.subjects = aFinding(['anna@CORP'], { missing: [{ name: 'engine-2', reason: 'EngineUnavailableError' }] });
    const away = await retrieve('--out', 'y.tar.gz');
    api.refusals.set('POST /v1/subjects', { ...INTERNAL_PROBLEM, status: 503 });
    const unknown = await retrieve('--out', 'z.tar.gz');

    const subjects = api.bodies('POST /v1/requests').map((body) => JSON.parse(body).subject);
    expect([one.code, away.code, unknown.code]).toEqual([0, 0, 0]);
    expect(one.stderr).toContain('This is about anna@CORP');
    expect(away.stderr).toContain('engine-2 did not answer');
    expect(subjects[0].accounts).toEqual(['anna@CORP']);
    expect(subjects.slice(1)).toEqual([
      { kind: 'user', name: 'anna' },
      { kind: 'user', name: 'anna' },
    ]);
  });

  it('lists several accounts, starts nothing and says how to choose; --account chooses (C29a)', async () => {
    api.subjects = aFinding(['anna@CORP', 'anna@LAB']);
    api.views = [aView({ state: 'COMPLETED', archive: FINISHED })];

    const asked = await retrieve('--out', 'x.tar.gz');
    const started = api.bodies('POST /v1/requests').length;
    const chosen = await retrieve('--out', 'x.tar.gz', '--account', 'anna@LAB');

    expect(asked.code).toBe(2);
    expect(asked.stderr).toMatch(/1 {2}anna@CORP.*\n.*2 {2}anna@LAB/);
    expect(asked.stderr).toContain('choose with --account NAME');
    expect(started).toBe(0);
    expect(chosen.code).toBe(0);
    expect(JSON.parse(api.bodies('POST /v1/requests')[0]!).subject.accounts).toEqual(['anna@LAB']);
  });

  it('says near names and the spellings that were tried, and still starts (C1)', async () => {
    api.subjects = aFinding([], { nearNames: ['hanna@CORP'] });
    api.views = [aView({ state: 'NOTHING_FOUND', archive: FINISHED })];

    const { code, stderr } = await retrieve('--out', 'x.tar.gz');

    expect(code).toBe(5);
    expect(stderr).toContain('Tried: anna, ANNA, anna@*');
    expect(stderr).toContain('Names like it: hanna@CORP');
  });

  it('says that nothing was found under that name, exits 5 and writes the archive that says so (C1)', async () => {
    const progress = [aSource('engine-1', 'EMPTY'), aSource('portal', 'EMPTY')];
    api.views = [aView({ state: 'NOTHING_FOUND', progress, archive: FINISHED })];

    const { code, stderr } = await retrieve('--out', 'x.tar.gz');

    expect(code).toBe(5);
    expect(await readFile(join(folder, 'x.tar.gz'))).toEqual(ARCHIVE);
    expect(stderr).toContain('nothing was found under that name');
  });

  it('exits 3, names the missing Engine and why, and still writes the archive (R12)', async () => {
    const missing = { ...aSource('engine-2', 'UNREACHABLE'), reason: 'EngineUnavailableError' };
    const progress = [aSource('engine-1', 'DONE', 3), missing];
    api.views = [aView({ state: 'COMPLETED_WITH_ERRORS', progress, archive: FINISHED })];

    const { code, stderr } = await retrieve('--out', 'x.tar.gz');

    expect(code).toBe(3);
    expect(stderr).toContain('engine-2 is missing: it did not answer');
    expect(stderr).toContain('EngineUnavailableError');
    expect(await readFile(join(folder, 'x.tar.gz'))).toEqual(ARCHIVE);
  });

  it('exits 1 and writes nothing when the request failed', async () => {
    api.views = [
      aView({ state: 'FAILED', failure: 'LoginRefusedError', progress: [aSource('engine-1', 'AUTH_FAILED')] }),
    ];

    const { code, stdout, stderr } = await retrieve('--out', 'x.tar.gz', '--json');

    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({ state: 'FAILED', out: null });
    expect(stderr).toContain('LoginRefusedError');
    expect(await readdir(folder)).toEqual([]);
  });

  it('cancels at the API on Ctrl-C, exits 130 and leaves nothing behind (R7)', async () => {
    api.views = [aView({ state: 'RUNNING', progress: [aSource('engine-1', 'RUNNING')] })];
    const args = ['retrieve', '--user', 'anna', '--api', api.url, '--login', 'operator', '--out', 'x.tar.gz'];

    const { code, stderr } = await runGdpr(args, {
      cwd: folder,
      env: { GDPR_TOKEN: TOKEN, GDPR_PASSWORD: 'sesame' },
      onStart: async (kill) => {
        await expect.poll(() => api.bodies('GET /v1/requests/{id}').length, { timeout: 30_000 }).toBeGreaterThan(0);
        kill('SIGINT');
        kill('SIGINT'); // npm passes on what the terminal sent already
      },
    });

    expect(code).toBe(130);
    expect(stderr).toContain('is CANCELLED; nothing was written');
    expect(api.bodies('POST /v1/requests/{id}/cancel')).toHaveLength(1);
    expect(await readdir(folder)).toEqual([]);
  });

  it('leaves nothing when the download breaks off (R7)', async () => {
    api.views = [aView({ state: 'COMPLETED', archive: FINISHED })];
    api.cutDownload = true;

    const { code, stderr } = await retrieve('--out', 'x.tar.gz');

    expect(code).toBe(1);
    expect(stderr).toContain('did not arrive whole; nothing was written');
    expect(await readdir(folder)).toEqual([]);
  });

  it('refuses a file that exists before anything starts, unless forced (R23)', async () => {
    const out = join(folder, 'x.tar.gz');
    await writeFile(out, 'precious');
    api.views = [aView({ state: 'COMPLETED', archive: FINISHED })];

    const refused = await retrieve('--out', out);
    const kept = await readFile(out, 'utf8');
    const forced = await retrieve('--out', out, '--force');

    expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining('--force') });
    expect(kept).toBe('precious');
    expect(forced.code).toBe(0);
    expect(await readFile(out)).toEqual(ARCHIVE);
    expect(api.bodies('POST /v1/requests')).toHaveLength(1);
  });

  it('refuses a file that cannot be written before anything starts (R23)', async () => {
    const nowhere = await retrieve('--out', 'missing/x.tar.gz');
    const aFolder = await retrieve('--out', folder);

    expect(nowhere).toMatchObject({ code: 2, stderr: expect.stringContaining('--out cannot be written there') });
    expect(aFolder).toMatchObject({ code: 2, stderr: expect.stringContaining('--out names a folder') });
    expect(api.calls).toEqual([]);
  });

  it('repeats a start whose end is not known under the same key: the first may run all the same', async () => {
    api.failedStarts.push('broken', INTERNAL_PROBLEM);
    api.views = [aView({ state: 'COMPLETED', archive: FINISHED })];

    const { code } = await retrieve('--out', join(folder, 'x.tar.gz'));

    const keys = api.calls
      .filter(({ route }) => route === 'POST /v1/requests')
      .map(({ headers }) => headers['idempotency-key']);
    expect(code).toBe(0);
    expect(keys).toHaveLength(3);
    expect(new Set(keys).size).toBe(1);
  });
});

describe('gdpr download', () => {
  const download = (...args: string[]) =>
    runGdpr(['download', REQUEST_ID, '--api', api.url, ...args], { cwd: folder, env: { GDPR_TOKEN: TOKEN } });

  it('writes the archive of a request to a file or to standard output, and says what is missing (R8, R12)', async () => {
    const progress = [aSource('engine-1', 'DONE', 12), aSource('engine-2', 'TIMED_OUT')];
    api.views = [aView({ state: 'COMPLETED_WITH_ERRORS', progress, archive: FINISHED })];

    const file = await download('--out', 'x.tar.gz');
    const piped = await download('--out', '-');

    expect([file.code, piped.code]).toEqual([3, 3]);
    expect(await readFile(join(folder, 'x.tar.gz'))).toEqual(ARCHIVE);
    expect(file.stdout).toContain('x.tar.gz');
    expect(piped.stdout).toBe(ARCHIVE.toString());
    expect(piped.stderr).toContain('engine-2 is missing');
  });

  it('says that there is none yet, and tells a pipe by its exit code that it did not get all', async () => {
    api.views = [aView({ state: 'RUNNING' })];
    const early = await download('--out', 'x.tar.gz');
    api.views = [aView({ state: 'COMPLETED', archive: FINISHED })];
    api.cutDownload = true;
    const cut = await download('--out', '-');

    expect([early.code, cut.code]).toEqual([1, 1]);
    expect(early.stderr).toContain('it is RUNNING');
    expect(cut.stderr).toContain('did not arrive whole');
    expect(await readdir(folder)).toEqual([]);
    expect((await download('--out', '-', '--json')).code).toBe(2);
  });
});
