import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RequestView } from '../../client/types.ts';
import { runGdpr } from './run-gdpr.ts';
import { aSource, aView, REQUEST_ID, ScriptedApi, TOKEN } from './scripted-api.ts';

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

describe('gdpr engines', () => {
  it('shows each Engine and its state, the ones that are away too (R5)', async () => {
    const engine = { timezone: 'UTC', version: '6.30.4' };
    const engines = [
      { ...engine, engineId: 'e1', name: 'engine-1', status: 'CONNECTED', state: 'READY' as const, findings: [] },
      {
        ...engine,
        engineId: 'e2',
        name: 'engine-2',
        status: 'DISCONNECTED',
        state: 'NOT_READY' as const,
        findings: [],
      },
    ];
    api.engines = { federation: 'all-listed', engines };

    const text = await gdpr('engines');
    const json = await gdpr('engines', '--json');

    expect(text.stdout).toMatch(/engine-2\s+DISCONNECTED/);
    expect(JSON.parse(json.stdout)).toEqual(api.engines);
  });
});

describe('gdpr status', () => {
  it('shows the progress of each source, without what a terminal would obey, and exits as the request did (R12)', async () => {
    const progress = [aSource('engine-\u001b[2J1', 'DONE', 1500), aSource('engine-2', 'TIMED_OUT')];
    api.views = [aView({ state: 'COMPLETED_WITH_ERRORS', progress })];

    const { code, stdout, stderr } = await gdpr('status', REQUEST_ID);

    expect(code).toBe(3);
    expect(stdout).toContain('COMPLETED_WITH_ERRORS');
    expect(stdout).toContain('1,500 rows');
    expect(stdout).not.toContain('\u001b');
    expect(stderr).toContain('engine-2 is missing: it took too long to answer (TIMED_OUT)');
  });
});

describe('gdpr list', () => {
  const [first, second, third] = ['COMPLETED', 'AWAITING_LOGIN', 'QUEUED'] as const;
  const pages = [
    [aView({ state: first, ticket: { connectionId: 'jira', key: 'HR-12' } }), aView({ state: second })],
    [aView({ state: third, reference: 'case \u001b[2J7' })],
  ];
  const queries = () => api.calls.map(({ query }) => query);

  it('shows references, kinds, states and times, page after page, and nothing that a terminal would obey', async () => {
    api.pages = pages;

    const { code, stdout, stderr } = await gdpr('list', '--limit', '120');

    expect([code, stderr]).toEqual([0, '']);
    const [head, ...lines] = stdout.trimEnd().split('\n');
    expect(head).toMatch(/^REQUEST +STARTED +KIND +SUBJECT +STATE +DUE +NEEDS +TICKET +REFERENCE$/);
    expect(lines).toHaveLength(3);
    expect(lines[0]).toMatch(
      /^0b2f6c1e\S+ {2}2026-11-02T10:00:00.000Z {2}retrieve {2}user +COMPLETED +2026-12-02 +HR-12$/,
    );
    expect(lines[2]).toContain('QUEUED');
    expect(stdout).not.toContain('\u001b');
    expect(queries()).toEqual(['?limit=100', '?limit=100&cursor=1']);
  });

  it('asks for one state and no more than the limit, and says when there are more', async () => {
    api.pages = pages;

    const { stdout, stderr } = await gdpr('list', '--state', 'AWAITING_LOGIN', '--limit', '2', '--json');

    expect(JSON.parse(stdout)).toEqual({ requests: pages[0], more: true });
    expect(stderr).toContain('more than these 2');
    expect(queries()).toEqual(['?state=AWAITING_LOGIN&limit=2']);
  });

  it('filters by case, need and days left, with the most urgent first (R31)', async () => {
    const dueIn = (daysLeft: number) => aView({ needs: 'handover', daysLeft });
    api.pages = [[dueIn(6), dueIn(-2), dueIn(0)]];

    const filters = ['--reference', 'HR/7', '--needs', 'handover', '--due-within', '7'];
    const { stdout } = await gdpr('list', ...filters);

    expect(stdout.match(/-?\d+ days left/g)).toEqual(['-2 days left', '0 days left', '6 days left']);
    expect(queries()).toEqual(['?reference=HR%2F7&needs=handover&dueWithin=7&limit=20']);
  });

  it.each([
    ['--state', 'DONE'],
    ['--needs', 'money'],
    ['--due-within', '-1'],
    ['--limit', '0'],
    ['--user', 'anna'],
  ])('refuses %s %s', async (...args) => {
    expect((await gdpr('list', ...args)).code).toBe(2);
    expect(api.calls).toEqual([]);
  });
});

describe('gdpr cancel', () => {
  it('asks to cancel and shows the state (R7)', async () => {
    const { code, stdout } = await gdpr('cancel', REQUEST_ID);

    expect(code).toBe(0);
    expect(stdout).toContain('CANCELLING');
  });
});

describe('gdpr preview', () => {
  it('tells counts, spellings and near names, and starts nothing (R14)', async () => {
    const { code, stdout } = await gdpr('preview', '--user', 'anna');

    expect(code).toBe(0);
    expect(stdout).toMatch(/42 rows[\s\S]*portal\.users[\s\S]*CORP\\anna[\s\S]*anna-adm[\s\S]*comment on table/);
    expect(stdout).toContain('25 rows are found by their text alone. If "anna" is also a common word');
    expect(api.bodies('POST /v1/requests')).toEqual([]);
  });
});

describe('gdpr anonymize', () => {
  it('shows what will change and carries the hash of that plan (R14)', async () => {
    api.views = [aView({ kind: 'anonymize', state: 'COMPLETED', receipt: { rowsByTable: { t: 42 }, residue: 0 } })];

    const { stderr } = await gdpr('anonymize', '--user', 'anna', '--irreversible');

    expect(stderr).toContain('42 rows of the Portal hold this user');
    expect(JSON.parse(api.bodies('POST /v1/requests')[0]!)).toMatchObject({ planHash: api.preview.planHash });
  });

  it('goes without a plan when counting takes too long, and not when the account is refused (R14)', async () => {
    api.views = [aView({ kind: 'anonymize', state: 'COMPLETED', receipt: { rowsByTable: { t: 42 }, residue: 0 } })];
    const problem = (type: string, status: number) => ({ type, title: 'x', status, detail: 'y' });
    api.refusals.set('POST /v1/preview', problem('/problems/login-refused', 403));
    expect((await gdpr('anonymize', '--user', 'anna', '--irreversible')).code).toBe(1);
    api.refusals.set('POST /v1/preview', problem('/problems/preview-timeout', 503));
    expect((await gdpr('anonymize', '--user', 'anna', '--irreversible')).code).toBe(0);

    expect(api.bodies('POST /v1/requests').map((body) => 'planHash' in JSON.parse(body))).toEqual([false]);
  });

  it.each<[string, number, Partial<RequestView>, RegExp]>([
    [
      'is not verified yet',
      6,
      { state: 'VERIFYING', failure: 'Gone', waitsUntil: '2026-11-23T10:00:00.000Z' },
      /not verified yet \(Gone\)[\s\S]*next after 2026-11-23T10:00:00.000Z: gdpr status/,
    ],
    ['found nothing', 5, { state: 'NOTHING_FOUND' }, /nothing was changed/],
    [
      'found the name again',
      3,
      { state: 'COMPLETED_WITH_ERRORS', places: ['a.b'], receipt: { rowsByTable: { t: 1 }, residue: 2 } },
      /there again 2 times: a\.b/,
    ],
  ])('says by its exit code and in words that it %s (C32, C34)', async (_what, exitCode, facts, words) => {
    api.views = [aView({ kind: 'anonymize', ...facts })];

    const { code, stdout, stderr } = await gdpr('anonymize', '--user', 'anna', '--irreversible');

    expect(code).toBe(exitCode);
    expect(stdout + stderr).toMatch(words);
    expect(stdout + stderr).not.toContain('is anonymized in the Portal');
  });

  it('tells the rows changed and what still holds the name (R17)', async () => {
    const receipt = { rowsByTable: { 'gdpr.dim_user': 1, 'gdpr.details': 41 }, residue: 0 };
    api.views = [aView({ kind: 'anonymize', state: 'COMPLETED', receipt })];

    const { code, stdout } = await gdpr('anonymize', '--user', 'anna', '--irreversible');

    expect(code).toBe(0);
    expect(stdout).toContain('The user is anonymized in the Portal: 42 rows changed');
    expect(stdout).toMatch(/Engines[\s\S]*backups[\s\S]*history files/);
    expect(JSON.parse(api.bodies('POST /v1/requests')[0]!)).toMatchObject({ kind: 'anonymize', irreversible: true });
  });
});
