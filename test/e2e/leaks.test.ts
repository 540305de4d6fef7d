import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { DynamoDBDocumentClient, ScanCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type LocalSystem, startLocalSystem } from '../../local/system.ts';
import type { Link } from '../../modules/archive/ports.ts';
import type { RequestsView, RequestView } from '../../modules/requests/views/get-request.ts';
import { callApi, ended } from '../support/api.ts';
import { untar } from '../support/archive.ts';
import { type Answer, CANARY, callWithCanary } from '../support/canary-calls.ts';
import { clientOf } from '../support/clients.ts';
import { gdpr } from '../support/command.ts';
import { ProcessWatch, placesOf, withIndexesApart } from '../support/places.ts';
import { missed, type Planted, plant } from '../support/plant.ts';
import { leaks } from '../support/search.ts';
import { childrenOf, workersOf } from '../support/workers.ts';

let system: LocalSystem;
let words: string[];
let passwords: string[];
let answers: Answer[];
let watch: ProcessWatch;
/** Everything that the system writes, temporary files too. */
let folder: string;
const { TMPDIR } = process.env;
/** A reference and a note that name somebody by mistake. */
const CASE = ['Jane.Canary-77', 'Jane Canary phoned'] as const;
const archives = [0, 1, 2, 3].map((i) => join(tmpdir(), `gdpr-leaks-${process.pid}-${i}.tar.gz`));

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gdpr-leaks-'));
  await chmod(folder, 0o711); // PostgreSQL enters it with an account of its own
  process.env.TMPDIR = folder;
  watch = new ProcessWatch();
  const faults = ['engine-2=unauthorized', 'engine-3=html', 'engine-4=bad-cert'];
  system = await startLocalSystem({ engines: 4, rows: 200, faults });
  const quoted = system.users.find((name) => name.includes("'"))!;
  const accented = system.users.find((name) => /[^\x20-\x7e]/.test(name))!;
  const device = system.devices[0]!;
  passwords = [...system.simulator.accounts.map(({ password }) => password), CANARY.password];
  words = [system.users[0]!, system.users[1]!, quoted, accented, device, ...passwords, CANARY.name];
  const out = (i: number) => archives[i]!;
  const ofCase = ['--reference', CASE[0], '--note', CASE[1], '--received-on', '2026-06-01'];
  for (const [i, name] of [system.users[0]!, quoted, accented].entries()) {
    expect((await gdpr(system, 'retrieve', '--user', name, '--out', out(i), '--force', ...ofCase)).code).toBe(3);
  }
  expect((await gdpr(system, 'retrieve', '--device', device, '--out', out(3), '--force')).code).toBe(3);
  expect((await gdpr(system, 'anonymize', '--user', quoted, '--irreversible')).code).toBe(0);
  const refused = { ...system, login: { ...system.login, password: `${system.login.password}-wrong` } };
  expect((await gdpr(refused, 'retrieve', '--user', words[0]!, '--out', join(folder, 'refused'))).code).toBe(1);
  const listed = await callApi(system, 'GET', '/v1/requests?state=COMPLETED_WITH_ERRORS');
  const { requests } = (await listed.json()) as RequestsView;
  const incomplete = requests.find(({ destroyedAt }) => !destroyedAt)!; // an anonymization destroys archives about the name
  answers = await callWithCanary(system, incomplete.requestId);
  await retrieveWhileKilled();
}, 300_000);

/** The process that queries an Engine dies, and one of the database, whereupon PostgreSQL ends all others. */
async function retrieveWhileKilled(): Promise<void> {
  const body = { kind: 'retrieve', subject: { kind: 'user', name: words[0] }, login: system.login };
  const { traffic } = system.simulator.engines[0]!;
  const before = traffic.queries;
  const answer = await callApi(system, 'POST', '/v1/requests', { body: { ...body, sources: ['engine', 'portal'] } });
  const { requestId } = (await answer.json()) as RequestView;
  await vi.waitFor(() => expect(traffic.queries).toBeGreaterThan(before + 5), 60_000);
  const server = childrenOf('self').find(({ command }) => /postgres\0-D/.test(command))!;
  const [part] = childrenOf(server.pid);
  for (const pid of [...workersOf('query-engine'), part!.pid]) process.kill(pid, 'SIGKILL');
  expect((await ended(system, requestId)).state).toMatch(/^(COMPLETED_WITH_ERRORS|FAILED)$/);
}

afterAll(async () => {
  watch?.stop();
  await system?.stop();
  if (TMPDIR === undefined) delete process.env.TMPDIR;
  else process.env.TMPDIR = TMPDIR;
  await rm(folder, { recursive: true, force: true });
  await Promise.all(archives.map((file) => rm(file, { force: true })));
});

describe('names and passwords (R24)', () => {
  it('reach no log of the functions', async () => {
    const log = await readFile(system.logFile, 'utf8');
    expect(log.length).toBeGreaterThan(1_000);
    expect(leaks({ log }, [...words, ...CASE])).toEqual([]);
  });

  it('reach no execution: neither its input, nor any event of its history', async () => {
    const history = JSON.stringify(system.history());
    const file = await readFile(system.executionsFile, 'utf8');
    expect(system.history().length).toBeGreaterThanOrEqual(5);
    expect(leaks({ history, file }, [...words, ...CASE])).toEqual([]);
  });

  it('reach no item of the requests table, and stand in the sealed one as ciphertext alone', async () => {
    const documents = DynamoDBDocumentClient.from(new DynamoDBClient(clientOf(system, 'DYNAMODB')));
    const scan = async (TableName: string) => (await documents.send(new ScanCommand({ TableName }))).Items!;
    const { REQUESTS_TABLE, AUDIT_TABLE } = system.awsEnvironment;
    const requests = [...(await scan(REQUESTS_TABLE!)), ...(await scan(AUDIT_TABLE!))];
    const sealed = await scan(system.awsEnvironment.SEALED_TABLE!);
    expect(requests.length).toBeGreaterThan(10);
    expect(sealed.length).toBeGreaterThan(0);
    const blobs = sealed
      .flatMap(({ blob }) => (blob ? [Buffer.from(blob as Uint8Array).toString('latin1')] : []))
      .join('\n');
    expect(blobs.length).toBeGreaterThan(100);
    expect(leaks({ requests: JSON.stringify(requests), sealed: JSON.stringify(sealed), blobs }, words)).toEqual([]);
  });

  it('reach no object key', async () => {
    const s3 = new S3Client(clientOf(system, 'S3'));
    const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: system.awsEnvironment.BUCKET! }));
    expect(Contents.length).toBeGreaterThan(10);
    expect(leaks({ keys: Contents.map(({ Key }) => Key).join('\n') }, [...words, ...CASE])).toEqual([]);
  });

  it('reach no answer to a call that failed or found nothing', () => {
    const statuses = new Set(answers.map(({ status }) => status));
    expect([...statuses]).toEqual(expect.arrayContaining([200, 202, 400, 401, 403, 404, 405, 409, 413]));
    expect(answers.filter(({ status }) => status >= 500)).toEqual([]);
    // Two answers repeat the typed name to the person who typed it: among the spellings tried, and among the identifiers searched for.
    const others = answers.filter(({ title }) => !['accounts of a name', 'preview of nobody'].includes(title));
    expect(leaks(Object.fromEntries(others.map(({ title, text }) => [title, text])), words)).toEqual([]);
    expect(answers.length - others.length).toBe(2);
  });

  it('reach no name of a file in an archive, no manifest, and no name that a download is saved under', async () => {
    for (const file of archives) {
      const files = await untar(await readFile(file));
      expect(leaks({ names: Object.keys(files).join('\n'), manifest: files['manifest.json']! }, words)).toEqual([]);
    }
    const { requests } = (await (await callApi(system, 'GET', '/v1/requests')).json()) as RequestsView;
    const whole = requests.find(({ archive, destroyedAt }) => archive && !destroyedAt)!;
    const made = await callApi(system, 'POST', `/v1/requests/${whole.requestId}/links`);
    const { url } = (await made.json()) as Link;
    const download = await fetch(url);
    await download.body?.cancel();
    expect(download.status).toBe(200);
    expect(leaks({ url, headers: JSON.stringify([...download.headers]) }, words)).toEqual([]);
  });

  it('leave no login sealed once a request has ended', async () => {
    const documents = DynamoDBDocumentClient.from(new DynamoDBClient(clientOf(system, 'DYNAMODB')));
    const { Items = [] } = await documents.send(new ScanCommand({ TableName: system.awsEnvironment.SEALED_TABLE! }));
    expect(Items.filter(({ sk }) => sk === 'LOGIN')).toEqual([]);
  });
});

describe('all that a system leaves, after runs that succeed, that fail and that are killed', () => {
  const everywhere = async () => ({ ...(await placesOf(system, folder)), ...watch.places() });

  it('holds neither names nor passwords in any of seven encodings (R24)', async () => {
    const places = await everywhere();
    const { indexes, others } = withIndexesApart(places);
    expect(Object.keys(others).length).toBeGreaterThan(40);
    expect(leaks(others, words)).toEqual([]);
    expect(Object.keys(indexes).length).toBeGreaterThan(0);
    expect(leaks(indexes, passwords)).toEqual([]);
  });

  it('would show a word in each place and encoding', async () => {
    const word = 'Plánted+canary"42';
    let planted: Planted | undefined;
    try {
      planted = await plant(system, folder, word);
      expect(planted.hits.length).toBeGreaterThan(50);
      expect(missed(planted, leaks(await everywhere(), [word]))).toEqual([]);
    } finally {
      planted?.uproot();
    }
  });
});
