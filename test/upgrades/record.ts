import { createPublicKey } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { GetPublicKeyCommand } from '@aws-sdk/client-kms';
import { TABLES } from '../../local/environment.ts';
import { type LocalSystem, startLocalSystem } from '../../local/system.ts';
import { TOOL_VERSION } from '../../modules/common/version.ts';
import { dynamoLeases } from '../../modules/engines/adapters/dynamo-leases.ts';
import type { Leases } from '../../modules/engines/leases.ts';
import { queryEngine } from '../../modules/engines/query-engine.ts';
import type { PreviewView } from '../../modules/lifecycle/preview-request.ts';
import type { RequestView } from '../../modules/requests/views/get-request.ts';
import { callApi, ended } from '../support/api.ts';
import { gdpr, gdprOpen } from '../support/command.ts';
import { changeSettings } from '../support/settings.ts';
import { startTimeStampAuthority } from '../support/time-stamp-authority.ts';
import { nexthinkOf, storesAt } from './open-state.ts';
import { type Facts, pack, type RecordedRequest, writeSums } from './stored-state.ts';

const ENGINES = { engines: 2, rows: 200, seed: 20 };
/** Queries that the unfinished Engine has answered when the system is stopped. */
const ANSWERED = 4;
/** The test continues after this time: the lease of the unfinished Engine has run out by then. */
const LEASE_SECONDS = 60;

/** Runs a system of this version, and packs what it has stored into the folder of the version (README.md). */
async function record(version: string): Promise<void> {
  const folder = join(import.meta.dirname, version);
  if (existsSync(folder)) throw new Error(`${folder} is there already: a recording is never changed`);
  const dataDir = await mkdtemp(join(tmpdir(), 'record-'));
  const now = new Date(Math.floor(Date.now() / 1000) * 1000);
  const authority = await startTimeStampAuthority();
  const system = await startLocalSystem({ ...ENGINES, now, dataDir });
  const { awsEnvironment: env } = system;
  const endpoints = {
    objects: env.AWS_ENDPOINT_URL_S3!,
    tables: env.AWS_ENDPOINT_URL_DYNAMODB!,
    keys: env.AWS_ENDPOINT_URL_KMS!,
  };
  const stores = storesAt(endpoints, { now: () => new Date() });
  try {
    const [retrieved, anonymized, third] = system.users as [string, string, string];
    const witness = {
      url: authority.url,
      trust: { mode: 'ca' as const, pem: authority.caPem },
      ca: authority.signerCaPem,
    };
    await changeSettings(system, { audit: { witness } });

    const completed = (await retrieval(system, retrieved)).requestId;
    await expectState(system, completed, 'COMPLETED');
    const incomplete = await retrievalWithErrors(system, retrieved);
    const { requestId: proven, nonce } = await anonymization(system, anonymized);
    await changeSettings(system, { approval: { anonymize: 'required' }, login: { later: 'allowed' } });
    const awaitingApproval = await waitingAnonymization(system, third);
    const subject = { kind: 'user', name: retrieved };
    const later = await post(system, '/v1/requests', { kind: 'retrieve', subject, sources: ['engine', 'portal'] });
    const anchored = await system.invoke('anchor-audit');
    console.log('anchor-audit', JSON.stringify(anchored));

    const { requestId: inFlight, unfinishedEngine } = await retrievalInFlight(system, stores, retrieved);
    const requests: Record<RecordedRequest, string> = {
      completed,
      incomplete,
      anonymized: proven,
      awaitingApproval,
      awaitingLogin: later.requestId,
      inFlight,
    };
    const { PublicKey } = await stores.kms.send(new GetPublicKeyCommand({ KeyId: 'sign' }));
    const key = createPublicKey({ key: Buffer.from(PublicKey!), format: 'der', type: 'spki' });
    const facts: Facts = {
      version,
      recordedAt: new Date().toISOString(),
      engines: { ...ENGINES, now: now.toISOString() },
      retrieved,
      anonymized,
      requests,
      unfinishedEngine,
      nonce,
      publicKey: key.export({ type: 'spki', format: 'pem' }).toString(),
      stampCa: authority.signerCaPem,
    };
    await pack(dataDir, stores.dynamo, facts, folder);
    await writeFile(join(folder, 'README.md'), readme(facts));
    await writeSums(folder);
    console.log(`Recorded ${folder}`);
  } finally {
    stores.close();
    await system.stop();
    await authority.stop();
    await rm(dataDir, { recursive: true, force: true });
  }
}

async function post(system: LocalSystem, path: string, body: object): Promise<RequestView> {
  const answer = await callApi(system, 'POST', path, { body });
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  return (await answer.json()) as RequestView;
}

const retrieval = (system: LocalSystem, name: string): Promise<RequestView> => {
  const subject = { kind: 'user', name };
  return post(system, '/v1/requests', {
    kind: 'retrieve',
    sources: ['engine', 'portal'],
    subject,
    login: system.login,
  });
};

async function expectState(system: LocalSystem, requestId: string, state: RequestView['state']): Promise<void> {
  const view = await ended(system, requestId);
  if (view.state !== state) throw new Error(`${requestId} is ${view.state}, not ${state}`);
}

async function retrievalWithErrors(system: LocalSystem, name: string): Promise<string> {
  const engine = system.simulator.engines[1]!;
  engine.setFault('html');
  const { requestId } = await retrieval(system, name);
  await expectState(system, requestId, 'COMPLETED_WITH_ERRORS');
  engine.setFault(undefined);
  return requestId;
}

async function anonymization(system: LocalSystem, name: string): Promise<{ requestId: string; nonce: string }> {
  const done = await gdpr(system, 'anonymize', '--user', name, '--irreversible', '--json');
  if (done.code !== 0) throw new Error(done.stderr);
  const { requestId } = JSON.parse(done.stdout) as RequestView;
  const { stdout } = await gdprOpen(system, 'certificate', 'nonce', requestId);
  return { requestId, nonce: (JSON.parse(stdout) as { nonce: string }).nonce };
}

async function waitingAnonymization(system: LocalSystem, name: string): Promise<string> {
  const subject = { kind: 'user', name };
  const question = { body: { kind: 'anonymize', subject, login: system.login } };
  const { planHash } = (await (await callApi(system, 'POST', '/v1/preview', question)).json()) as PreviewView;
  const view = await post(system, '/v1/requests', { kind: 'anonymize', irreversible: true, subject, planHash });
  return view.requestId;
}

/**
 * A retrieval whose second Engine has answered some queries. The lease of that Engine keeps the functions of the system waiting,
 * while the same code runs here and stops where a function does that has no time left.
 */
async function retrievalInFlight(system: LocalSystem, stores: ReturnType<typeof storesAt>, name: string) {
  const { dynamo, clock, parts } = stores;
  const held = dynamoLeases(dynamo, TABLES.requests, { clock, seconds: LEASE_SECONDS });
  const engineId = system.simulator.engines[1]!.id;
  const lease = await held.acquire(engineId, 'recording');
  const { requestId } = await retrieval(system, name);
  for (;;) {
    const view = (await (await callApi(system, 'GET', `/v1/requests/${requestId}`)).json()) as RequestView;
    const others = view.progress.filter(({ sourceId }) => sourceId !== engineId);
    if (others.length === 2 && others.every(({ state }) => state === 'DONE' || state === 'EMPTY')) break;
    await wait(100);
  }
  const leases: Leases = { ...held, acquire: async () => lease, release: async () => {} };
  const { engineApi, limits } = nexthinkOf(system.simulator);
  let started = 0;
  const mayStart = () => started++ < ANSWERED;
  await queryEngine({ requestId, attempt: 1, engineId }, { ...stores, engineApi, limits, leases }, mayStart);
  await engineApi.close();
  const [index] = await parts.listIndexes(requestId, 1, engineId);
  if (!index?.next || index.fragments.length === 0) throw new Error('the Engine was not cut in the middle of its walk');
  return { requestId, unfinishedEngine: engineId };
}

const readme = ({ version, recordedAt }: Facts): string => `# What version ${version} has stored

A system of this version ran on one machine on ${recordedAt.slice(0, 10)}, was stopped in the middle of a retrieval, and left this
behind. Everything is simulated: no person has these names, and the keys and passwords have never protected anything.
No file here is ever changed (\`SHA256SUMS\`). What each file holds stands in [../README.md](../README.md).
`;

await record(process.argv[2] ?? TOOL_VERSION);
process.exit(); // functions that wait for the unfinished Engine would go on
