import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DescribeTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DoctorReport } from '../../client/types.ts';
import { FAKE_CREDENTIALS, REGION } from '../../local/aws/names.ts';
import { Aws } from '../../local/smoke/aws.ts';
import { smoke } from '../../local/smoke/smoke.ts';
import { type LocalSystem, startLocalSystem } from '../../local/system.ts';
import type { RequestsView, RequestView } from '../../modules/requests/views/get-request.ts';
import { accessibilityFaults } from '../support/accessibility.ts';
import { callApi, ended, subjectIdOf } from '../support/api.ts';
import { AwsAccount } from '../support/aws-account.ts';
import { launchBrowser } from '../support/browser.ts';
import { run } from '../support/command.ts';
import { tokensOf } from '../support/log-in.ts';
import { changeSettings } from '../support/settings.ts';

describe('startLocalSystem', () => {
  let system: LocalSystem;
  const call = (path: string, init: RequestInit = {}) =>
    fetch(`${system.apiUrl}${path}`, {
      ...init,
      headers: { authorization: `Bearer ${system.token}`, 'content-type': 'application/json', ...init.headers },
    });
  const retrieve = async (): Promise<string> => {
    const subject = { kind: 'user', name: system.users[0] };
    const body = { kind: 'retrieve', subject, sources: ['engine', 'portal'], login: system.login };
    const headers = { 'idempotency-key': randomUUID() };
    const response = await call('/v1/requests', { method: 'POST', headers, body: JSON.stringify(body) });
    expect(response.status).toBe(202);
    return response.headers.get('location')!;
  };
  const viewOf = async (location: string) => (await (await call(location)).json()) as RequestView;
  const stateBecomes = async (location: string, states: readonly string[]): Promise<RequestView> => {
    const view = await viewOf(location);
    if (states.includes(view.state)) return view;
    await sleep(100);
    return await stateBecomes(location, states);
  };
  const statusOf = (view: RequestView) =>
    system
      .history()
      .map((execution) => execution as { name: string; status: string })
      .find(({ name }) => name.startsWith(view.requestId))?.status;

  beforeAll(async () => {
    system = await startLocalSystem({ engines: 2, rows: 300, seed: 3, delayMs: 100, ticketPort: 0, byClock: true });
  });
  afterAll(() => system.stop());

  it('runs a retrieval through API, state machine and functions to its end (R22, R26)', async () => {
    const location = await retrieve();

    const view = await stateBecomes(location, ['COMPLETED', 'COMPLETED_WITH_ERRORS', 'FAILED']);

    expect(view.state).toBe('COMPLETED');
    expect(view.progress.map(({ name, state }) => `${name} ${state}`).sort()).toEqual([
      'engine-1 DONE',
      'engine-2 DONE',
      'portal DONE',
    ]);
    expect(Object.keys(system.functionPeaks())).toEqual(expect.arrayContaining(['query-engine', 'merge-parts']));
    expect(await readFile(system.logFile, 'utf8')).toContain(view.requestId);
    expect(await readFile(system.executionsFile, 'utf8')).toContain('LambdaFunctionScheduled');
  });

  describe('npm run smoke', () => {
    let account: AwsAccount;
    const user = () => system.users[1]!;
    beforeAll(async () => {
      account = await AwsAccount.start();
      account.outputs = { ...account.outputs, ApiUrl: system.apiUrl, ConsoleUrl: system.apiUrl };
    });
    afterAll(() => account.stop());

    it('passes: each step is done and undone, and the report names nobody (R25, R24)', async () => {
      const report = join(dirname(system.logFile), 'smoke.json');
      const { username, password } = system.login;
      const args = ['--stack', 'test', '--user', user(), '--login', username, '--report', report];
      const env = { ...account.environment, GDPR_TOKEN: system.token, GDPR_PASSWORD: password };
      const { code, stdout, stderr } = await run('node', ['local/smoke/main.ts', ...args], env);

      expect([stderr, code]).toEqual(['', 0]);
      expect(stdout).toMatch(/OK +Retrieval: .* rows came by the link and are sound; the archive is destroyed/);
      expect(stdout).toMatch(/OK +Rehearsal: [1-9]\d* rows of \d+ tables were changed and rolled back; .* as before/);
      expect(stdout).toMatch(/OK +Nothing found: .* the certificate says so, its signature and its name fit/);
      expect(stdout).toMatch(/OK +Alarm: test-dead-letters went off and its topic took it/);
      const text = await readFile(report, 'utf8');
      expect(JSON.parse(text)).toMatchObject({ stage: 'test', passed: true });
      for (const secret of [user(), username, password, system.token, 'jane'])
        expect((text + stdout).includes(secret)).toBe(false);
      const { requests } = (await (await call('/v1/requests?limit=3')).json()) as RequestsView;
      expect(requests.map(({ kind, state }) => `${kind} ${state}`)).toEqual([
        'anonymize NOTHING_FOUND',
        'rehearse COMPLETED',
        'retrieve COMPLETED',
      ]);
      expect((await viewOf(`/v1/requests/${requests[2]!.requestId}`)).destroyedAt).toBeDefined();
    });

    it('sends a refused password once, and an expired token, too (R4, R25)', async () => {
      const given = { stage: 'test', outputs: undefined, user: user(), report: '', skip: ['platform', 'alarm'] };
      const states = async (password: string, token: string) => {
        const options = { ...given, login: { username: system.login.username, password }, token };
        const { checks, passed } = await smoke(options, () => {}, new Aws(account.access));
        expect(passed).toBe(false);
        return checks
          .filter(({ name }: DoctorReport['checks'][number]) => !name.startsWith('Doctor:'))
          .map(({ name, state, mend }) => [name, state, mend]);
      };
      const left = ['Platform', 'not configured', undefined];
      const noAlarm = ['Alarm', 'not configured', undefined];
      const notSent = ['Rehearsal', 'Nothing found'].map((name) => [name, 'not measured', undefined]);
      const refused = await states('wrong', system.token);
      expect(refused.filter(([name]) => name !== 'Doctor')).toEqual([
        left,
        ['Retrieval', 'fault', expect.stringContaining('GDPR_PASSWORD')],
        ...notSent,
        noAlarm,
      ]);
      expect(await states(system.login.password, 'expired')).toEqual([
        left,
        ['Doctor', 'fault', expect.stringContaining('GDPR_TOKEN')],
        ['Retrieval', 'not measured', undefined],
        ...notSent,
        noAlarm,
      ]);
    });
  });

  it('cancels a retrieval that runs: its execution ends, and the Request is closed (R7, decision 25)', async () => {
    const location = await retrieve();
    await stateBecomes(location, ['RUNNING']);

    const response = await call(`${location}/cancel`, { method: 'POST' });
    const view = await stateBecomes(location, ['CANCELLED', 'COMPLETED', 'FAILED']);

    expect(response.ok).toBe(true);
    expect(view.state).toBe('CANCELLED');
    expect(statusOf(view)).toBe('ABORTED');
  });

  it('lets a second person approve, and a recipient see it, with tokens of the log-in page (R0, R19)', async () => {
    const people = [system.consoleLogin, ...system.otherPeople];
    const scope = 'openid gdpr.read gdpr.retrieve gdpr.approve';
    const logIns = people.map(async (person) => (await tokensOf(system.apiUrl, person, scope)).access_token);
    const [operator, approver, dpo] = (await Promise.all(logIns)) as [string, string, string];
    await changeSettings(system, { approval: { retrieve: 'required' }, login: { later: 'allowed' } });
    const body = { kind: 'retrieve', subject: { kind: 'user', name: system.users[0] }, sources: ['portal'] };
    const start = (recipients: string[]) =>
      callApi(system, 'POST', '/v1/requests', { token: operator, body: { ...body, recipients } });
    const [open, closed] = await Promise.all([start([subjectIdOf(dpo)]), start(['nobody'])]);
    const path = open.headers.get('location')!;
    const statusOf = async (method: string, where: string, token: string) =>
      (await callApi(system, method, where, { token, ...(method === 'POST' && { body: {} }) })).status;

    expect((await viewOf(path)).state).toBe('AWAITING_APPROVAL');
    expect(await statusOf('POST', `${path}/approve`, operator)).toBe(403);
    expect(await statusOf('POST', `${path}/approve`, dpo)).toBe(403);
    expect(await statusOf('POST', `${path}/approve`, approver)).toBe(202);
    expect((await viewOf(path)).state).toBe('AWAITING_LOGIN');
    expect(await statusOf('GET', path, dpo)).toBe(200);
    expect(await statusOf('GET', closed.headers.get('location')!, dpo)).toBe(404);
  });

  it('has a ticket system: a ticket approved on its page starts a request, and gets the outcome as a comment (R20)', async () => {
    const browser = await launchBrowser();
    try {
      const page = await browser.newPage({ viewport: { width: 320, height: 700 } });
      page.setDefaultTimeout(20_000);
      await page.goto(`${system.ticketsUrl}/`);
      await page.getByLabel('Wanted').selectOption('Erasure');
      await page.getByLabel('Name').fill(system.users[1]!);
      await page.getByRole('button', { name: 'Write the ticket' }).click();
      await page.getByRole('row', { name: 'Status Open' }).waitFor();
      await page.getByRole('button', { name: 'Approve' }).click();
      await page.getByRole('row', { name: 'Webhook accepted (HTTP 202)' }).waitFor();

      await system.invoke('process-tickets');
      const answer = await callApi(system, 'GET', '/v1/requests?reference=GDPR-1');
      const [request] = ((await answer.json()) as RequestsView).requests;
      expect((await ended(system, request!.requestId)).state).toBe('COMPLETED');
      await system.invoke('deliver-notices');
      await page.reload();
      const comments = page.getByRole('listitem').filter({ hasText: 'nexthink-gdpr (internal)' });
      await comments.filter({ hasText: 'the name is anonymized in the Portal' }).waitFor();
      await comments
        .filter({ hasText: `${system.apiUrl}/#/requests/${request!.requestId}` })
        .first()
        .waitFor();
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme });
        expect(await accessibilityFaults(page, [])).toEqual([]);
        expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(320);
      }
    } finally {
      await browser.close();
    }
  });

  it('takes no change of tickets from a page of somebody else, and no call of its API without the account', async () => {
    const by = { method: 'POST', body: new URLSearchParams({ by: 'dora' }) };
    const approve = (headers: Record<string, string>) =>
      fetch(`${system.ticketsUrl}/tickets/GDPR-1/approve`, { ...by, headers, redirect: 'manual' });
    const statuses = [
      await approve({}),
      await approve({ origin: 'http://elsewhere.example' }),
      await fetch(`${system.ticketsUrl}/rest/api/3/issue/GDPR-1?fields=*all`, {
        headers: { accept: 'application/json' },
      }),
      await fetch(`${system.ticketsUrl}/tickets/GDPR-9`),
      await approve({ origin: system.ticketsUrl! }),
    ].map(({ status }) => status);

    expect(statuses).toEqual([403, 403, 401, 404, 303]);
  });

  it('tells other processes where the stand-ins are, and has settings for the simulators in the bucket (R11)', async () => {
    const environment = system.awsEnvironment;
    const client = { region: REGION, credentials: FAKE_CREDENTIALS };
    const s3 = new S3Client({ ...client, endpoint: environment.AWS_ENDPOINT_URL_S3! });
    const dynamo = new DynamoDBClient({ ...client, endpoint: environment.AWS_ENDPOINT_URL_DYNAMODB! });

    const settings = await s3.send(new GetObjectCommand({ Bucket: environment.BUCKET, Key: 'settings/settings.json' }));
    const table = await dynamo.send(new DescribeTableCommand({ TableName: environment.SEALED_TABLE }));

    const { engines } = JSON.parse(await settings.Body!.transformToString());
    expect(engines['engine-2'].port).toBe(system.simulator.engines[1]!.port);
    expect(table.Table?.KeySchema?.map(({ AttributeName }) => AttributeName)).toEqual(['pk', 'sk']);
  });

  it('leaves nothing of a private system behind', async () => {
    await system.stop();

    expect(existsSync(dirname(system.logFile))).toBe(false);
    await expect(fetch(`${system.apiUrl}/health`)).rejects.toThrow();
  });
});
