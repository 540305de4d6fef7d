import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { signingRole } from '../../local/aws/limits/signed-callers.ts';
import { type LoopbackServer, listenOnLoopback } from '../../local/aws/loopback.ts';
import { FAKE_CREDENTIALS, REGION } from '../../local/aws/names.ts';
import { Aws } from '../../local/smoke/aws.ts';
import { STEPS, smoke } from '../../local/smoke/smoke.ts';
import { archiveOf } from '../support/stitch.ts';

const ID = '00000000-0000-4000-8000-000000000001';
const PATH = `/v1/requests/${ID}`;
const PLAN = 'plan';
const DONE = [
  { source: 'engine', name: 'e1', state: 'DONE', rows: 1 },
  { source: 'portal', name: 'portal', state: 'DONE', rows: 1 },
];
const FAILED = { source: 'engine', name: 'e2', state: 'UNREACHABLE', rows: 0 };
type Answer = readonly [status: number, body?: unknown];
/** In the words of API Gateway. */
const FORBIDDEN: Answer = [403, { message: 'Forbidden' }];

let api: LoopbackServer;
let folder: string;
/** Answers by method and path; tests change them. */
let answers: Record<string, Answer>;
let [sound, archive]: Buffer[] = [];
/** Calls as they came: method and path, and the body of a start. */
let calls: string[];
let started: unknown;
/** The access key of the role that must sign; empty: a token is good. */
let signer: string;

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const call = `${request.method} ${request.url}`;
  calls.push(call);
  const sent = await buffer(request);
  if (call === 'GET /archive') return void response.end(archive);
  if (call === 'POST /v1/requests') started = JSON.parse(sent.toString());
  const role = { [signer]: 'arn:aws:iam::000000000000:role/pipeline' };
  const isRefused = signer && !(await signingRole(request, new URL(request.url!, api.url), sent, role, new Date()));
  const found = isRefused ? FORBIDDEN : answers[call];
  const [status, body] = found ?? [404, { type: '/problems/request-not-found', title: 'No such request' }];
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(typeof body === 'string' ? body : JSON.stringify(body));
}

beforeAll(async () => {
  api = await listenOnLoopback((request, response) => void answer(request, response));
  folder = await mkdtemp(join(tmpdir(), 'gdpr-smoke-'));
  await writeFile(join(folder, 'outputs.json'), JSON.stringify({ ApiUrl: api.url, MachineApiUrl: `${api.url}/` }));
  const rows = [{ source: 'e1', file: 'engines/a.csv', columns: ['a'], rows: [['1']] }];
  sound = await archiveOf(rows, []);
});
afterAll(async () => {
  await api.stop();
  await rm(folder, { recursive: true });
});

const view = (kind: string, state: string, more: object = {}): Answer => [
  200,
  { requestId: ID, kind, state, progress: DONE, ...more },
];
const problem = (status: number, type: string): Answer => [status, { type: `/problems/${type}`, title: type, status }];
beforeEach(() => {
  [calls, started, archive, signer] = [[], undefined, sound, ''];
  answers = {
    'POST /v1/requests': [201, { requestId: ID, kind: 'retrieve', state: 'QUEUED', progress: [] }],
    [`GET ${PATH}`]: view('retrieve', 'COMPLETED'),
    [`POST ${PATH}/links`]: [200, { url: `${api.url}/archive` }],
    [`POST ${PATH}/cancel`]: problem(409, 'wrong-state'),
    [`DELETE ${PATH}/archive`]: [204],
    'POST /v1/preview': [200, { rows: 0, planHash: PLAN }],
  };
});

/** Does some steps against the answers. */
const tried = (...steps: (typeof STEPS)[number][]) => triedUntil(undefined, ...steps);
async function triedUntil(stopped: AbortSignal | undefined, ...steps: (typeof STEPS)[number][]) {
  const skip = STEPS.filter((one) => !steps.includes(one));
  const login = { username: 'operator', password: 'sesame' };
  const outputs = join(folder, 'outputs.json');
  const options = {
    stage: 'test',
    outputs,
    user: 'anna',
    login,
    token: signer ? undefined : 'token',
    report: '',
    skip,
  };
  const aws = new Aws({ region: REGION, credentials: FAKE_CREDENTIALS });
  const { checks, passed } = await smoke(options, () => {}, aws, stopped);
  expect(passed).toBe(false); // the other steps were left out
  expect(JSON.stringify(checks)).not.toMatch(/anna|operator|sesame/);
  return checks.filter(({ state }) => state !== 'not configured');
}

describe('the step `doctor` (R25)', () => {
  it.each<[what: string, answer: Answer, words: RegExp, mend: RegExp]>([
    ['a doctor that looks at nothing', [200, { checks: [] }], /at nothing/, /deploy/],
    ['a page in place of the API', [200, '<html></html>'], /without JSON/, /ApiUrl/],
    ['a token without the scope', FORBIDDEN, /lacks the scope/, /insufficient-scope/],
  ])('does not take %s for good', async (_what, given, words, mend) => {
    answers['GET /v1/doctor'] = given;
    const found = [{ state: 'fault', evidence: expect.stringMatching(words), mend: expect.stringMatching(mend) }];
    expect(await tried('doctor')).toMatchObject(found);
  });
});

describe('a run that signs its calls (R19, R25)', () => {
  it('needs no token: the API of machines takes each call by its signature', async () => {
    signer = FAKE_CREDENTIALS.accessKeyId;
    expect(await tried('retrieval')).toMatchObject([{ state: 'ok', evidence: expect.stringContaining('4 files') }]);
    expect(calls).toEqual(expect.arrayContaining(['POST /v1/requests', `DELETE ${PATH}/archive`]));
  });

  it('tries one call of a role that may not', async () => {
    signer = 'OTHER';
    const mend = expect.stringContaining('execute-api:Invoke');
    expect(await tried('doctor', 'retrieval')).toMatchObject([
      { name: 'Doctor', state: 'fault', evidence: expect.stringContaining('signature was refused'), mend },
      { name: 'Retrieval', state: 'not measured' },
    ]);
    expect(calls).toHaveLength(1);
  });
});

describe('the step `retrieval` (R25)', () => {
  it.each<[what: string, change: () => unknown, state: string, words: RegExp]>([
    [
      'the archive is of another request',
      () => (answers = JSON.parse(JSON.stringify(answers).replaceAll(ID, ID.replace('0', '1')))),
      'fault',
      /archive of request/,
    ],
    [
      'a source failed',
      () => (answers[`GET ${PATH}`] = view('retrieve', 'COMPLETED_WITH_ERRORS', { progress: [FAILED, ...DONE] })),
      'fault',
      /Not all was retrieved: e2 \(UNREACHABLE\)/,
    ],
    [
      'no Engine knows the account',
      () => (answers[`GET ${PATH}`] = view('retrieve', 'COMPLETED', { progress: DONE.slice(1) })),
      'not measured',
      /Nothing came from any Engine/,
    ],
    ['the archive is damaged', () => (archive = sound!.subarray(0, -20)), 'fault', /cut short|damaged/],
    ['the link leads nowhere', () => (answers[`POST ${PATH}/links`] = [200, { url: `${api.url}/no` }]), 'fault', /404/],
    ['nothing is found', () => (answers[`GET ${PATH}`] = view('retrieve', 'NOTHING_FOUND')), 'fault', /Nothing is/],
  ])('does not take it for good when %s, and leaves no archive', async (_what, change, state, words) => {
    change();
    expect(await tried('retrieval')).toMatchObject([{ state, evidence: expect.stringMatching(words) }]);
    expect(calls.some((call) => /^DELETE .*archive$/.test(call))).toBe(true);
  });

  it('is good when the whole archive of the request came', async () => {
    expect(await tried('retrieval')).toMatchObject([{ state: 'ok', evidence: expect.stringContaining('4 files') }]);
    expect(calls).not.toContain(`POST ${PATH}/cancel`);
  });

  it('says when the archive could not be destroyed', async () => {
    answers[`GET ${PATH}`] = view('retrieve', 'NOTHING_FOUND');
    answers[`DELETE ${PATH}/archive`] = problem(500, 'internal');
    const mend = expect.stringContaining(`DELETE ${PATH}/archive`);
    expect(await tried('retrieval')).toMatchObject([{}, { state: 'fault', mend }]);
  });

  it('cancels a request that it cannot follow, or that somebody stops', async () => {
    answers[`POST ${PATH}/cancel`] = view('retrieve', 'CANCELLING');
    delete answers[`GET ${PATH}`];
    expect(await tried('retrieval')).toMatchObject([{ state: 'fault' }]);
    expect(calls.at(-1)).toBe(`POST ${PATH}/cancel`);

    const stop = new AbortController();
    answers['POST /v1/requests'] = view('retrieve', 'AWAITING_APPROVAL');
    answers[`GET ${PATH}`] = view('retrieve', 'AWAITING_APPROVAL');
    const ended = triedUntil(stop.signal, 'retrieval');
    while (calls.filter((call) => call === `GET ${PATH}`).length < 2) await new Promise(setImmediate);
    stop.abort();
    expect(await ended).toMatchObject([{ evidence: expect.stringContaining('AWAITING_APPROVAL') }]);
    expect(calls.at(-1)).toBe(`POST ${PATH}/cancel`);
  });
});

describe('the step `rehearsal` (R25)', () => {
  const rehearsed = (rowsByTable: object, refusals: string[] = []) =>
    view('rehearse', refusals.length > 0 ? 'COMPLETED_WITH_ERRORS' : 'COMPLETED', {
      rehearsal: { rowsByTable, refusals },
    });

  it('starts nothing but a rehearsal, with the plan of the preview (R24)', async () => {
    answers[`GET ${PATH}`] = rehearsed({ a: 2 });
    expect(await tried('rehearsal')).toMatchObject([{ state: 'ok', evidence: expect.stringContaining('2 rows of 1') }]);
    expect(started).toMatchObject({ kind: 'rehearse', planHash: PLAN });
    expect(started).not.toHaveProperty('irreversible');
  });

  it('is at fault when an anonymization would be refused, and not measured without a preview', async () => {
    answers[`GET ${PATH}`] = rehearsed({ a: 2 }, ['a lock']);
    expect(await tried('rehearsal')).toMatchObject([{ state: 'fault', mend: 'a lock' }]);
    answers[`GET ${PATH}`] = rehearsed({ a: 2 });
    answers['POST /v1/preview'] = problem(503, 'preview-timeout');
    expect(await tried('rehearsal')).toMatchObject([{ state: 'not measured' }]);
  });
});

describe('the step `nothing-found` (R25)', () => {
  it.each<[what: string, preview: Answer, state: string]>([
    ['a preview finds a row', [200, { rows: 1, planHash: PLAN }], 'fault'],
    ['there is no preview', problem(503, 'preview-timeout'), 'not measured'],
  ])('starts nothing when %s', async (_what, preview, state) => {
    answers['POST /v1/preview'] = preview;
    expect(await tried('nothing-found')).toMatchObject([{ state }]);
    expect(started).toBeUndefined();
  });

  it('binds the anonymization to the preview, which some settings need, too', async () => {
    answers[`GET ${PATH}`] = view('anonymize', 'FAILED', { failure: 'X' });
    expect(await tried('nothing-found')).toMatchObject([
      { state: 'fault', evidence: expect.stringContaining('FAILED') },
    ]);
    expect(started).toMatchObject({ kind: 'anonymize', planHash: PLAN, note: 'smoke run' });
  });
});
