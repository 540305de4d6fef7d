import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runGdpr } from './run-gdpr.ts';
import { REQUEST_ID, ScriptedApi, TOKEN } from './scripted-api.ts';

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

const ENV = { GDPR_TOKEN: TOKEN, GDPR_LOGIN: 'operator', GDPR_PASSWORD: 'sesame' };
const gdpr = (...args: string[]) => runGdpr([...args, '--api', api.url], { cwd: folder, env: ENV });

describe('gdpr', () => {
  it.each([
    ['both kinds (R1)', ['retrieve', '--user', 'a', '--device', 'b', '--out', 'x'], '--user or --device, not both'],
    ['no name (R1)', ['retrieve', '--out', 'x'], '--user NAME or --device NAME is missing'],
    ['an empty name', ['retrieve', '--user', '', '--out', 'x'], '--user is empty'],
    ['a name given twice', ['anonymize', '--user', 'a', '--user', 'b', '--irreversible'], '--user is given twice'],
    ['no file', ['retrieve', '--user', 'a'], '--out FILE is missing'],
    ['a flag without its value', ['retrieve', '--user', 'a', '--out'], '--out needs a value'],
    ['an unknown flag', ['status', REQUEST_ID, '--colour'], '--colour is not an option'],
    ['no tick for anonymizing (R13)', ['anonymize', '--user', 'a'], '--irreversible is missing'],
    ['no id', ['status'], 'ID is missing'],
    ['a fault of the real system', ['engines', '--fault', 'engine-1=down'], '--fault works with --local only'],
    ['a count that is none', ['engines', '--local', '--rows', 'many'], '--rows must be a whole number'],
    ['a name in two words', ['anonymize', '--user', 'Ann', 'Secret', '--irreversible'], 'needs quotes'],
    ['an unknown verb', ['erase'], 'The verb comes first'],
    ['a mistyped verb', ['retreive', '--user', 'Secret'], 'Did you mean retrieve?'],
    ['a mistyped verb of a verb', ['certificate', 'verfy', 'x'], 'Did you mean verify?'],
    [
      'a mistyped option',
      ['retrieve', '--usr', 'Secret'],
      '--usr is not an option of `gdpr retrieve` (Did you mean --user?)',
    ],
    ['an option for a value', ['retrieve', '--user', '--out', 'x'], '--user needs a value'],
    [
      'an unknown verb of a verb',
      ['deadline', 'stop', 'x'],
      '`gdpr deadline` needs one of these: pause, resume, extend',
    ],
    ['no reason', ['deadline', 'pause', 'x'], '--reason CODE is missing'],
    ['no reason, with its choices', ['deadline', 'pause', 'x'], '(identity, scope)'],
    ['a value for a flag', ['engines', '--local=Secret'], '--local takes no value'],
    [
      'a word of no list',
      ['list', '--state', 'Secret is invalid. It must be x.'],
      '--state must be one of AWAITING_APPROVAL',
    ],
    ['an address for a private system', ['engines', '--local', '--api', 'x'], 'Give --local or --api, not both'],
    ['an option before the verb', ['--user', 'Secret', 'retrieve'], '--user is not an option of `gdpr`'],
  ])('refuses %s with exit 2 and names the flag', async (_what, args, message) => {
    const { code, stderr } = await runGdpr(args, { cwd: folder, env: ENV });

    expect(code).toBe(2);
    expect(stderr).toContain(message);
    expect(stderr).toMatch(/\nSee `gdpr[\w ]* --help`.\n$/);
    expect(stderr).not.toContain('Secret');
  });

  it('never takes a password as an argument, nor repeats it (R24)', async () => {
    for (const args of [['--password', 'hunter2'], ['--password=hunter2']]) {
      const { code, stdout, stderr } = await gdpr('engines', ...args);

      expect(code).toBe(2);
      expect(stdout + stderr).not.toContain('hunter2');
    }
  });

  it('sends passwords in clear to this machine only (R24)', async () => {
    const { code, stderr } = await runGdpr(['engines', '--api', 'http://gdpr.example'], { cwd: folder, env: ENV });

    expect(code).toBe(2);
    expect(stderr).toContain('--api must be https');
  });

  it('shows title, detail and pointers of a problem document (R23), and gives it as JSON', async () => {
    const problem = {
      type: 'about:blank',
      title: 'Bad input',
      status: 400,
      detail: 'The body has errors',
      errors: [{ pointer: '/subject/name', detail: 'must not hold control characters' }],
    };
    api.refusals.set('POST /v1/requests', problem);

    const { code, stdout, stderr } = await gdpr('anonymize', '--user', 'a', '--irreversible', '--json');

    expect(code).toBe(2);
    expect(JSON.parse(stdout)).toEqual({ problem });
    expect(stderr).toContain('Bad input: The body has errors');
    expect(stderr).toContain('/subject/name: must not hold control characters');
  });

  it('says a problem once whose detail begins with its title', async () => {
    const title = 'The name means several accounts';
    const refusal = { type: 'about:blank', title, status: 409, detail: `${title}; choose` };
    api.refusals.set('POST /v1/requests', refusal);

    const { stderr } = await gdpr('retrieve', '--user', 'a', '--out', 'x');

    expect(stderr).toContain(`gdpr: ${title}; choose`);
  });

  it('exits 1 when the login is refused (R4)', async () => {
    const title = 'The Portal refused this user name or password';
    api.refusals.set('POST /v1/requests', { type: 'about:blank', title, status: 403, detail: 'Check both' });

    expect(await gdpr('retrieve', '--user', 'a', '--out', 'x')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(title),
    });
  });

  it('says what to change when nothing answers, and when no system was started here', async () => {
    const closed = await runGdpr(['status', REQUEST_ID, '--api', 'http://127.0.0.1:1'], { cwd: folder, env: ENV });
    const none = await runGdpr(['status', REQUEST_ID], { cwd: folder });

    expect(closed).toMatchObject({ code: 1, stderr: expect.stringContaining('is `npm start` running') });
    expect(none).toMatchObject({ code: 2, stderr: expect.stringContaining('run `npm start`, or give --api URL') });
  });

  it('says so when the token is refused', async () => {
    const { code, stderr } = await gdpr('status', REQUEST_ID, '--token', 'stale');

    expect(code).toBe(1);
    expect(stderr).toContain('--token or GDPR_TOKEN');
  });

  it('takes address, token and sample login from .local/system.json', async () => {
    const login = { username: 'sample', password: 'sample password' };
    await mkdir(join(folder, '.local'));
    await writeFile(join(folder, '.local/system.json'), JSON.stringify({ api: api.url, token: TOKEN, login }));

    const { code } = await runGdpr(['engines'], { cwd: folder });

    expect(code).toBe(0);
    expect(JSON.parse(api.bodies('POST /v1/engines')[0]!)).toEqual({ login });
  });

  it('keeps token and sample login from any other address', async () => {
    const login = { username: 'sample', password: 'sample password' };
    await mkdir(join(folder, '.local'));
    await writeFile(
      join(folder, '.local/system.json'),
      JSON.stringify({ api: 'http://127.0.0.1:1', token: TOKEN, login }),
    );

    const { code, stderr } = await runGdpr(['engines', '--api', api.url], { cwd: folder });

    expect(code).toBe(2);
    expect(stderr).toContain('--token TOKEN or GDPR_TOKEN is missing');
    expect(api.calls).toEqual([]);
  });

  it('reads a password from standard input', async () => {
    for (const flag of [['--password-stdin'], []]) {
      const args = ['engines', '--api', api.url, '--login', 'op', ...flag];
      await runGdpr(args, { cwd: folder, env: { GDPR_TOKEN: TOKEN }, input: 'a word or two\n' });

      expect(JSON.parse(api.bodies('POST /v1/engines').at(-1)!).login).toEqual({
        username: 'op',
        password: 'a word or two',
      });
    }
  });

  it('asks for a password in vain without a terminal', async () => {
    const { code, stderr } = await runGdpr(['engines', '--api', api.url, '--login', 'op'], {
      cwd: folder,
      env: { GDPR_TOKEN: TOKEN },
    });

    expect(code).toBe(2);
    expect(stderr).toContain('GDPR_PASSWORD');
  });
});
