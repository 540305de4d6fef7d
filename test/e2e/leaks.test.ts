import { readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { DynamoDBDocumentClient, ScanCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LocalSystem, startLocalSystem } from '../../local/system.ts';
import type { Link } from '../../modules/archive/ports.ts';
import type { RequestsView } from '../../modules/requests/views/get-request.ts';
import { callApi } from '../support/api.ts';
import { untar } from '../support/archive.ts';
import { type Answer, CANARY, callWithCanary } from '../support/canary-calls.ts';
import { clientOf } from '../support/clients.ts';
import { gdpr } from '../support/command.ts';
import { leaks, spellings } from '../support/search.ts';

let system: LocalSystem;
let words: string[];
let answers: Answer[];
/** A reference and a note that name somebody by mistake. */
const CASE = ['Jane.Canary-77', 'Jane Canary phoned'] as const;
const archives = [0, 1, 2, 3].map((i) => join(tmpdir(), `gdpr-leaks-${process.pid}-${i}.tar.gz`));

beforeAll(async () => {
  const faults = ['engine-2=unauthorized', 'engine-3=html', 'engine-4=bad-cert'];
  system = await startLocalSystem({ engines: 4, rows: 200, faults });
  const quoted = system.users.find((name) => name.includes("'"))!;
  const accented = system.users.find((name) => /[^\x20-\x7e]/.test(name))!;
  const device = system.devices[0]!;
  const others = system.simulator.accounts.map(({ password }) => password);
  words = [system.users[0]!, system.users[1]!, quoted, accented, device, ...others, CANARY.name, CANARY.password];
  const out = (i: number) => archives[i]!;
  const ofCase = ['--reference', CASE[0], '--note', CASE[1], '--received-on', '2026-06-01'];
  for (const [i, name] of [system.users[0]!, quoted, accented].entries()) {
    expect((await gdpr(system, 'retrieve', '--user', name, '--out', out(i), '--force', ...ofCase)).code).toBe(3);
  }
  expect((await gdpr(system, 'retrieve', '--device', device, '--out', out(3), '--force')).code).toBe(3);
  expect((await gdpr(system, 'anonymize', '--user', quoted, '--irreversible')).code).toBe(0);
  const refused = { ...system, login: { ...system.login, password: `${system.login.password}-wrong` } };
  expect((await gdpr(refused, 'retrieve', '--user', words[0]!, '--out', out(4))).code).toBe(1);
  const listed = await callApi(system, 'GET', '/v1/requests?state=COMPLETED_WITH_ERRORS');
  const { requests } = (await listed.json()) as RequestsView;
  const incomplete = requests.find(({ destroyedAt }) => !destroyedAt)!; // an anonymization destroys archives about the name
  answers = await callWithCanary(system, incomplete.requestId);
}, 300_000);

afterAll(async () => {
  await system?.stop();
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

describe('spellings', () => {
  it('finds a word in five encodings', () => {
    const word = CANARY.name;
    const texts = {
      plain: word,
      'URL-encoded': `?name=${encodeURIComponent(word)}&x`,
      'form-encoded': new URLSearchParams({ name: word }).toString(),
      'JSON-escaped': JSON.stringify({ word }),
      'JSON in JSON in ASCII': JSON.stringify({ word }).replace('ë', '\\u00eb'),
      base64url: Buffer.from(`a${word}b`).toString('base64url'),
      hex: Buffer.from(word).toString('hex'),
    };
    expect(Object.entries(texts).filter(([title, text]) => leaks({ [title]: text }, [word]).length === 0)).toEqual([]);
    expect(leaks({ text: 'canary' }, [word])).toEqual([]);
  });

  it('finds a word inside other base64 text, whatever its place there', () => {
    for (const before of ['', 'x', 'xy', 'xyz']) {
      const text = Buffer.from(`${before}canary-name and more`).toString('base64');
      expect(spellings('canary-name').some((spelling) => text.includes(spelling))).toBe(true);
    }
  });
});
