import { randomUUID } from 'node:crypto';
import { rmSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AnswerOf, type CallName, type InputOf, requestOf } from '../../client/request.ts';
import { CallRecorder } from '../../local/aws/call-recorder.ts';
import { type LocalSystem, startLocalSystem } from '../../local/system.ts';
import type { RequestView } from '../../modules/requests/views/get-request.ts';
import { FUNCTIONS, synthesize } from '../infra/synthesize.ts';
import { ended } from '../support/api.ts';
import { likeAws } from '../support/like-aws.ts';
import { Contract } from '../support/permissions/contract.ts';
import { MUTATIONS, mutated } from '../support/permissions/mutations.ts';
import type { Templates } from '../support/permissions/policies.ts';
import { needlessReasons, withoutReason } from '../support/permissions/reasons.ts';
import { runTheRest } from '../support/permissions/rest-of-the-run.ts';
import { ServedApi } from '../support/served-api.ts';
import { askForApproval, changeSettings, createSecret } from '../support/settings.ts';

let system: LocalSystem;
const recorder = new CallRecorder();
let api: ServedApi;
let approver: string;
const SECRET = randomUUID();
const aDesk = {
  kind: 'freshservice' as const,
  api: { url: 'https://desk.example.com', secretId: 'tickets/desk' },
  intake: {
    secretId: 'ticket-webhooks/front',
    queues: ['44'],
    approvers: { users: ['22'] },
    mapping: { name: 'employee' },
    recipients: ['dpo-1'],
  },
};
const answered = new Set<string>();

beforeAll(async () => {
  const limits = likeAws({ concurrency: undefined, indexLagMs: undefined });
  system = await startLocalSystem({ engines: 2, rows: 30, seed: 4, faults: ['engine-2=down'], recorder, limits });
  await askForApproval(system);
  api = await ServedApi.fetch(system.apiUrl);
  approver = await system.tokenFor('approver');
});
afterAll(() => system?.stop());

/** A call by the generated client, whose answer must be one that the served document tells of, and no refusal. */
async function call<Name extends CallName>(
  name: Name,
  input: InputOf<Name>,
  token = system.token,
  more: Readonly<Record<string, string>> = {},
): Promise<AnswerOf<Name>> {
  const { path, headers, ...init } = requestOf(name, input);
  const response = await fetch(`${system.apiUrl}${path}`, {
    ...init,
    redirect: 'manual',
    headers: { ...headers, ...more, authorization: `Bearer ${token}` },
  });
  const type = response.headers.get('content-type') ?? '';
  const answer = { status: response.status, type, text: await response.text(), headers: response.headers };
  const operation = api.operations.find(({ operationId }) => operationId === name)!;
  expect([...api.faultsOf(operation, answer), ...(answer.status < 400 ? [] : [answer.text])]).toEqual([]);
  answered.add(name);
  return (answer.text === '' ? undefined : JSON.parse(answer.text)) as AnswerOf<Name>;
}

const start = (body: InputOf<'startRequest'>['body']) =>
  call('startRequest', { body, headers: { 'Idempotency-Key': randomUUID() } });
const subject = () => ({ kind: 'user' as const, name: system.users[0]! });
const login = () => system.login;
const end = (requestId: string): Promise<RequestView> => ended(system, requestId);

describe('the served OpenAPI document', () => {
  it('tells the answers of a retrieval, from the preview to the destroyed archive (R19)', async () => {
    await call('listEngines', { body: { login: login() } });
    await call('findSubjects', { body: { subject: subject(), login: login() } });
    await call('listNames', { body: { login: login() } });
    await call('measureRedirection', { body: { login: login() } });
    const device = { name: system.devices[0]!, login: login() };
    await call('findDevice', { body: device });
    const removal = await start({
      kind: 'remove',
      subject: { kind: 'device', name: device.name },
      login: device.login,
    });
    await call('findDevice', { body: device });
    expect(await call('getRequest', { path: { requestId: removal.requestId } })).toMatchObject({ needs: 'removal' });
    await call('preview', { body: { kind: 'retrieve', subject: subject(), login: login() } });
    const sources = ['engine', 'portal'] as const;
    const asked = { kind: 'retrieve', subject: subject(), sources, login: login(), reference: 'T-1' } as const;
    const { requestId } = await start(asked);
    const path = { requestId };
    await call('changeDeadline', { path, body: { action: 'pause', reason: 'identity' } });
    await call('getRequest', { path, headers: { Prefer: 'wait=1' } });
    expect(await end(requestId)).toMatchObject({ state: 'COMPLETED_WITH_ERRORS' });
    await call('rerunRequest', { path, body: { login: login() }, headers: { 'Idempotency-Key': randomUUID() } });
    await end(requestId);
    await call('getManifest', { path });
    await call('getArchive', { path });
    await call('createLink', { path });
    await call('listEvents', { path, query: { after: 1 } });
    await call('listRequests', { query: { limit: 1, reference: 'T-1' } });
    await call('recordHandover', { path, body: { to: 'person' } });
    await call('deleteArchive', { path });
    await call('getRequest', { path });
  }, 120_000);

  it('tells the answers of an anonymization, from the preview to the nonce (R19)', async () => {
    const { planHash } = await call('preview', { body: { kind: 'anonymize', subject: subject(), login: login() } });
    const asked = { kind: 'anonymize', subject: subject(), irreversible: true, planHash: planHash! } as const;
    const denied = await start(asked);
    await call('denyRequest', { path: { requestId: denied.requestId }, body: { reasonCode: 'other' } }, approver);
    const cancelled = await start(asked);
    await call('cancelRequest', { path: { requestId: cancelled.requestId } });
    const { requestId } = await start(asked);
    const path = { requestId };
    await call('approveRequest', { path, body: { planHash: planHash! } }, approver);
    await call('loginRequest', { path, body: { login: login() } });
    expect(await end(requestId)).toMatchObject({ state: 'COMPLETED' });
    await call('getRequest', { path });
    await call('getCertificate', { path });
    await call('takeNonce', { path });
  }, 120_000);

  it('leaves no call out of these two tests', async () => {
    await call('getHealth', {});
    await call('describeApi', {});
    await call('doctor', {});
    await call('listAnchors', { query: { after: '2026-11-23T00:00:00Z' } });
    await createSecret(system, 'ticket-webhooks/front', { secrets: [SECRET] });
    await changeSettings(system, { connections: { front: aDesk } });
    const webhook = { path: { connectionId: 'front' }, body: { ticket_id: 7 } };
    await call('receiveTicket', webhook, system.token, { 'x-gdpr-secret': SECRET });
    await call('receiveTicket', webhook, system.token, { 'x-gdpr-secret': SECRET });
    expect([...answered].sort()).toEqual(api.operations.map(({ operationId }) => operationId).sort());
  });
});

describe('the rights of the functions on AWS (R25, decision 33)', () => {
  let contract: Contract;
  let templates: Templates;
  beforeAll(async () => {
    await runTheRest(system);
    const { folder, data, service } = synthesize();
    rmSync(folder, { recursive: true });
    templates = { data: data.toJSON(), service: service.toJSON() };
    contract = new Contract([...recorder.calls, ...system.deniedCalls()], system.awsEnvironment, {
      stack: 'test-service',
      secrets: 'test',
    });
    CallRecorder.everywhere?.take(recorder.calls); // of a recorded suite
  }, 240_000);
  const check = (given: Templates) => {
    const { denied, unused, unknown } = contract.check(given, FUNCTIONS);
    return { denied: withoutReason(denied), unused: withoutReason(unused), unknown };
  };

  it('deny no call of this run, and allow nothing that it does not use, but for the reasons on record', () => {
    expect(check(templates)).toEqual({ denied: [], unused: [], unknown: [] });
    const { denied, unused } = contract.check(templates, FUNCTIONS);
    expect(needlessReasons([...denied, ...unused])).toEqual([]);
  });

  it('were in force while it ran: nothing but columns that nobody has kept yet was denied', () => {
    const denied = system.deniedCalls().filter(({ by, missing }) => by !== 'prepare-engines' || !missing);
    expect(denied).toEqual([]);
    const never = FUNCTIONS.filter((name) => !(name in system.functionPeaks()));
    expect(never).toEqual([]); // each ran in a process as on Lambda
  });

  it.each(MUTATIONS.map((mutation) => [mutation.title, mutation] as const))('catch %s', (_, mutation) => {
    const { denied, unused, unknown } = check(mutated(templates, mutation));
    expect([...denied, ...unused, ...unknown]).not.toEqual([]);
  });
});
