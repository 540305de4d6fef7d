import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { PAGE_HEADERS } from '../../console/headers.ts';
import { type LoopbackServer, listenOnLoopback } from '../../local/aws/loopback.ts';
import { alarm } from '../../local/smoke/alarm.ts';
import { Aws } from '../../local/smoke/aws.ts';
import { keyFaults } from '../../local/smoke/key-checks.ts';
import { type Options, readOptions } from '../../local/smoke/options.ts';
import { readOutputs } from '../../local/smoke/outputs.ts';
import { platformChecks } from '../../local/smoke/platform.ts';
import { STEPS, smoke } from '../../local/smoke/smoke.ts';
import { Traces } from '../../local/smoke/traces.ts';
import { examine } from '../../modules/common/doctor.ts';
import { TOOL_VERSION } from '../../modules/common/version.ts';
import { AwsAccount } from '../support/aws-account.ts';

const SIGNAL = new AbortController().signal;
const ROLE = 'arn:aws:iam::000000000000:role/test/doctor-role';
const OPTIONS: Options = {
  stage: 'test',
  outputs: undefined,
  user: 'anna',
  login: { username: 'operator', password: 'sesame' },
  token: 'token',
  report: 'report.json',
  skip: STEPS,
};

let account: AwsAccount;
/** API, API of machines and page of a deployed system, as far as they answer nobody in particular. */
let front: LoopbackServer;
let isOpen: boolean;
/** Status of the script of the page. */
let script: number;
let [version, issuer]: string[] = [];

beforeAll(async () => {
  front = await listenOnLoopback(({ url }, response) => {
    if (url === '/health') return response.end(JSON.stringify({ status: 'ok', version }));
    if (url === '/machines/v1/requests') return response.writeHead(isOpen ? 200 : 403).end();
    if (url === '/main-1.js') return response.writeHead(script).end();
    response.writeHead(200, isOpen ? {} : PAGE_HEADERS);
    return response.end(url === '/' ? '<script src="main-1.js"></script>' : JSON.stringify({ issuer }));
  });
});
afterAll(() => front.stop());
beforeEach(async () => {
  isOpen = false;
  script = 200;
  [version, issuer] = [TOOL_VERSION, 'https://issuer.example'];
  account = await AwsAccount.start();
  const { url } = front;
  account.outputs = { ...account.outputs, ApiUrl: url, MachineApiUrl: `${url}/machines`, ConsoleUrl: url };
});
afterEach(() => account.stop());

const deployed = () => ({ aws: new Aws(account.access), stage: 'test', outputs: account.outputs as never });
const platform = async () => (await examine(platformChecks(deployed()), new Date(), 60_000)).checks;
/** Checks that are not `ok`: name, state, and what to change. */
const wrong = async () =>
  (await platform()).filter(({ state }) => state !== 'ok').map(({ name, state, mend }) => [name, state, mend]);

describe('the account around a system (R25, R32)', () => {
  it('is looked at whole: stacks, functions, quotas, keys and addresses', async () => {
    expect((await platform()).map(({ name, state }) => `${name}: ${state}`)).toEqual([
      'Stack test-data: ok',
      'Stack test-service: ok',
      'Functions: ok',
      'Endpoints: ok',
      'Quota of Lambda: ok',
      'Quota of Step Functions: ok',
      'Key seal: ok',
      'Key sign: ok',
      'Key mac: ok',
      'Address of the API: ok',
      'Address of machines: ok',
      'Console: ok',
    ]);
  });

  it.each<[what: string, change: () => unknown, name: string, state: string, mend: RegExp]>([
    [
      'a deploy that was rolled back',
      () => (account.stackStatus = 'UPDATE_ROLLBACK_COMPLETE'),
      'Stack test-data',
      'warning',
      /deploy/,
    ],
    [
      'a stack that can be deleted',
      () => (account.isProtected = false),
      'Stack test-data',
      'warning',
      /^terminationProtection/,
    ],
    [
      'a function without addresses',
      () => (account.functionState = { State: 'Failed', StateReasonCode: 'SubnetOutOfIPAddresses' }),
      'Function test-service-doctorFunction1A',
      'fault',
      /^network/,
    ],
    [
      'an endpoint that is not ready',
      () => (account.endpoints[2]!.state = 'pendingAcceptance'),
      'Endpoints',
      'fault',
      /^network.endpoints/,
    ],
    [
      'an endpoint without a private name',
      () => (account.endpoints[3]!.privateDnsEnabled = false),
      'Endpoints',
      'fault',
      /^network.endpoints/,
    ],
    ['an endpoint that is not there', () => account.endpoints.pop(), 'Endpoints', 'warning', /^network.endpoints/],
    [
      'a quota of a new account',
      () => (account.unreserved = 10),
      'Quota of Lambda',
      'warning',
      /Concurrent executions/,
    ],
    [
      'a deploy that has not ended',
      () => (account.stackStatus = 'DELETE_IN_PROGRESS'),
      'Stack test-data',
      'fault',
      /deploy/,
    ],
    [
      'a function that was not updated',
      () => (account.functionState = { ...account.functionState, LastUpdateStatus: 'Failed' }),
      'Function test-service-startFunction2B',
      'fault',
      /deploy/,
    ],
    ['a stack that is empty', () => (account.functionNames = []), 'Functions', 'fault', /deploy/],
    ['an API of an older version', () => (version = '0.0.1'), 'Address of the API', 'fault', /deploy/],
    ['a page without its provider', () => (issuer = undefined), 'Console', 'fault', /^console/],
    ['a page without its script', () => (script = 404), 'Console', 'fault', /^console/],
    ['few starts', () => (account.starts = 5), 'Quota of Step Functions', 'warning', /Step Functions/],
    ['a key that is to be deleted', () => (account.keyState = 'PendingDeletion'), 'Key sign', 'fault', /^keys.sign/],
    ['an API that takes calls of nobody', () => (isOpen = true), 'Address of machines', 'fault', /^api.machines/],
    ['a page without headers', () => (isOpen = true), 'Console', 'fault', /^console/],
    ['a right that is missing', () => (account.denied = ['GetKeyPolicy']), 'Key mac', 'fault', /^keys.mac/],
  ])('names %s, and what to change', async (_what, change, name, state, mend) => {
    change();
    expect(await wrong()).toContainEqual([name, state, expect.stringMatching(mend)]);
  });

  it('does not show the text of AWS, which names who is logged in (R24)', async () => {
    account.denied = ['GetAccountSettings', 'DescribeStacks'];
    const text = JSON.stringify(await platform());
    expect(text).toContain('lambda:GetAccountSettings: your AWS role may not do this (AccessDenied)');
    expect(text).not.toContain('jane');
  });
});

describe('policies of keys (R25)', () => {
  const change = (key: string, edit: (statements: Record<string, unknown>[]) => void) => {
    const policy = JSON.parse(account.policies[key]!);
    edit(policy.Statement);
    return JSON.stringify(policy);
  };
  const everybody = { Effect: 'Allow', Principal: '*', Action: 'kms:*', Resource: '*' };
  const denies = ({ Effect }: Record<string, unknown>) => Effect === 'Deny';

  it.each([
    ['SealKey', 'kms:Decrypt'],
    ['SignKey', 'kms:Sign'],
    ['MacKey', 'kms:GenerateMac'],
  ] as const)('that the stack makes are right: %s', (key, use) => {
    expect(keyFaults(account.policies[key]!, ROLE, use)).toEqual([]);
    expect(keyFaults(account.policies[key]!, ROLE.replace('/test/', '/other/'), use)).toMatchObject([
      { isFatal: true },
    ]);
  });

  it('that let in too much, or too little, are named', () => {
    const faultsOf = (edit: (statements: Record<string, unknown>[]) => void) =>
      keyFaults(change('SealKey', edit), ROLE, 'kms:Decrypt').map(({ what }) => what);
    const undeny = (statements: Record<string, unknown>[]) =>
      statements.splice(0, statements.length, ...statements.filter((one) => !denies(one)));

    expect(faultsOf((all) => void undeny(all))).toEqual([
      'It lets roles of the account use it that are no functions of the stage',
      'It opens values without requestId and purpose',
    ]);
    expect(faultsOf((all) => undeny(all) && all.push(everybody))).toContain('It lets other accounts use it');
    expect(faultsOf((all) => void all.push({ ...everybody, Effect: 'Deny' }))).toEqual([
      'It does not let the functions of the stage use it',
    ]);
    const odd = { ...everybody, Effect: 'Deny', Condition: { IpAddress: { 'aws:SourceIp': '10.0.0.0/8' } } };
    expect(faultsOf((all) => void all.push(odd))[0]).toContain('does not know');
  });
});

describe('the trial of an alarm (R25)', () => {
  const tried = async () => alarm(deployed(), SIGNAL, new Traces());
  const states = () => account.alarms.get('test-dead-letters');

  it('sees it go off and reach the topic, counts who hears of it, and puts it back', async () => {
    expect(await tried()).toMatch(
      /^test-dead-letters went off and its topic took it: 1 confirmed subscriptions \(email\)/,
    );
    expect(states()).toEqual(['ALARM', 'OK']);
  });

  it('leaves an alarm alone that has gone off by itself', async () => {
    account.alarmState = 'ALARM';
    expect(await tried()).toMatchObject([{ state: 'fault', evidence: expect.stringContaining('by itself') }]);
    expect(states()).toBeUndefined();
  });

  it('puts back the state that it found', async () => {
    account.alarmState = 'INSUFFICIENT_DATA';
    await tried();
    expect(states()).toEqual(['ALARM', 'INSUFFICIENT_DATA']);
  });

  it.each<[what: string, change: (stop: () => void) => unknown]>([
    ['AWS refuses what comes next', () => (account.denied = ['DescribeAlarmHistory'])],
    [
      'somebody stops the run',
      (stop) => {
        account.action = '';
        account.onAlarm = stop;
      },
    ],
  ])('puts it back when %s', async (_what, change) => {
    const stop = new AbortController();
    change(() => stop.abort());
    const skip = STEPS.filter((step) => step !== 'alarm');
    const report = await smoke({ ...OPTIONS, skip }, () => {}, new Aws(account.access), stop.signal);
    expect(report).toMatchObject({
      passed: false,
      checks: expect.arrayContaining([
        { name: 'Alarm', state: 'fault', evidence: expect.anything(), mend: expect.anything() },
      ]),
    });
    expect(states()).toEqual(['ALARM', 'OK']);
  });

  it.each<[what: string, change: () => unknown, state: string, mend: RegExp]>([
    ['nobody has subscribed', () => (account.subscriptions = []), 'fault', /confirm the mail/],
    [
      'the mail is not confirmed',
      () => (account.subscriptions[0]!.SubscriptionArn = 'PendingConfirmation'),
      'fault',
      /confirm/,
    ],
    [
      'the topic takes nothing',
      () => (account.action = 'Failed to execute action'),
      'fault',
      /cloudwatch.amazonaws.com/,
    ],
    [
      'another topic took it',
      () => (account.actionTopic = 'arn:aws:sns:eu-west-1:000000000000:other'),
      'fault',
      /cloudwatch.amazonaws.com/,
    ],
    ['the stack names no topic', () => (account.outputs = {}), 'fault', /AlarmTopic/],
  ])('says so when %s', async (_what, change, state, mend) => {
    change();
    expect(await tried()).toMatchObject([{ state, mend: expect.stringMatching(mend) }]);
    expect(JSON.stringify(await tried())).not.toContain('jane');
  });
});

describe('npm run smoke (R25)', () => {
  it('puts the alarm back after Ctrl-C, writes its report, and ends with 130', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'gdpr-smoke-'));
    const report = join(folder, 'report.json');
    const skip = STEPS.filter((step) => step !== 'alarm').flatMap((step) => ['--skip', step]);
    account.action = '';
    const env = { ...process.env, ...account.environment, GDPR_TOKEN: 't', GDPR_PASSWORD: 'sesame' };
    const args = ['local/smoke/main.ts', '--stack', 'test', '--user', 'a', '--login', 'b', '--report', report, ...skip];
    const child = spawn('node', args, { env, stdio: 'ignore' });
    account.onAlarm = () => void child.kill('SIGINT');
    const [code] = await once(child, 'exit');
    expect(code).toBe(130);
    expect(account.alarms.get('test-dead-letters')).toEqual(['ALARM', 'OK']);
    expect(JSON.parse(await readFile(report, 'utf8'))).toMatchObject({ passed: false });
    await rm(folder, { recursive: true });
  });

  const run = (changes: Partial<Options>) => smoke({ ...OPTIONS, ...changes }, () => {}, new Aws(account.access));
  const asked = (args: string[], env: Record<string, string> = {}) =>
    readOptions(args, env, STEPS, async (question) => {
      throw new Error(question);
    });

  it('needs a stack that is there, and the right to see it', async () => {
    await expect(run({ stage: 'other' })).rejects.toThrow('There is no stack other-data here: compare --stack');
    account.denied = ['DescribeStacks'];
    await expect(run({})).rejects.toThrow('cloudformation:DescribeStacks: your AWS role may not do this');
    account.denied = [];
    account.outputs = {};
    await expect(run({})).rejects.toThrow('The outputs of the stacks are not right: ApiUrl');
    account.outputs = { ApiUrl: front.url };
    await expect(run({ token: undefined })).rejects.toThrow('--sigv4 needs the output MachineApiUrl');
  });

  it('shows its options and exit codes for --help, and does nothing (R23)', () => {
    const { status, stdout } = spawnSync('node', ['local/smoke/main.ts', '--help'], { encoding: 'utf8' });
    expect([status, stdout]).toEqual([0, expect.stringContaining('Exit codes: 0 everything works')]);
  });

  it('leaves out the steps of --skip, says so, and has not passed then', async () => {
    const { checks, passed } = await run({});
    expect(passed).toBe(false);
    expect(checks.map(({ state }) => state)).toEqual(STEPS.map(() => 'not configured'));
  });

  it('reads a file of outputs, as cdk writes it, in place of CloudFormation', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'gdpr-smoke-'));
    const file = join(folder, 'outputs.json');
    await writeFile(file, JSON.stringify({ 'test-data': { BucketName: 'b' }, 'test-service': account.outputs }));
    expect(await readOutputs(file, 'test')).toMatchObject({ ApiUrl: front.url });
    for (const other of ['{"test-data":{}}', 'null', '[]']) {
      await writeFile(file, other);
      await expect(readOutputs(file, 'test')).rejects.toThrow('The outputs of the stacks are not right');
    }
    await expect(readOutputs(join(folder, 'none.json'), 'test')).rejects.toThrow('--outputs cannot be read (ENOENT)');
    await rm(folder, { recursive: true });
  });

  it.each<[what: string, args: string[], env: Record<string, string>, message: string]>([
    ['a stack', [], {}, '--stack NAME is missing'],
    ['a test person', ['--stack', 'a'], {}, '--user NAME or GDPR_SMOKE_USER is missing'],
    ['a Nexthink account', ['--stack', 'a', '--user', 'b'], {}, '--login NAME or GDPR_LOGIN is missing'],
    ['a token', ['--stack', 'a', '--user', 'b'], { GDPR_LOGIN: 'c' }, 'Access token of the API'],
    [
      'no token where calls are signed',
      ['--stack', 'a', '--user', 'b', '--login', 'c', '--sigv4'],
      {},
      'Password of the Nexthink account',
    ],
    [
      'a password',
      ['--stack', 'a', '--user', 'b', '--login', 'c'],
      { GDPR_TOKEN: 't' },
      'Password of the Nexthink account',
    ],
    [
      'no password as an argument',
      ['--stack', 'a', '--password', 'sesame'],
      {},
      'Passwords and tokens are no arguments',
    ],
    ['a known option', ['--stack', 'a', '--hurry'], {}, 'An option is not known'],
    [
      'a known step',
      ['--stack', 'a', '--user', 'b', '--login', 'c', '--skip', 'x'],
      {},
      '--skip must be one of platform',
    ],
  ])('asks for %s', async (_what, args, env, message) => {
    await expect(asked(args, env)).rejects.toThrow(message);
    await expect(asked(args, env)).rejects.not.toThrow('sesame');
  });
});
