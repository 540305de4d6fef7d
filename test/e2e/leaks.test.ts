import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { DynamoDBDocumentClient, ScanCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LocalSystem, startLocalSystem } from '../../local/system.ts';
import { clientOf } from '../support/clients.ts';
import { gdpr } from '../support/command.ts';
import { leaks, spellings } from '../support/search.ts';

let system: LocalSystem;
let words: string[];

beforeAll(async () => {
  const faults = ['engine-2=unauthorized', 'engine-3=html', 'engine-4=bad-cert'];
  system = await startLocalSystem({ engines: 4, rows: 200, faults });
  const quoted = system.users.find((name) => name.includes("'"))!;
  const accented = system.users.find((name) => /[^\x20-\x7e]/.test(name))!;
  const device = system.devices[0]!;
  words = [system.users[0]!, quoted, accented, device, system.login.password];
  const out = (i: number) => join(tmpdir(), `gdpr-leaks-${process.pid}-${i}.tar.gz`);
  for (const [i, name] of [system.users[0]!, quoted, accented].entries()) {
    expect((await gdpr(system, 'retrieve', '--user', name, '--out', out(i), '--force')).code).toBe(3);
  }
  expect((await gdpr(system, 'retrieve', '--device', device, '--out', out(3), '--force')).code).toBe(3);
  expect((await gdpr(system, 'anonymize', '--user', quoted, '--irreversible')).code).toBe(0);
  const refused = { ...system, login: { ...system.login, password: `${system.login.password}-wrong` } };
  expect((await gdpr(refused, 'retrieve', '--user', words[0]!, '--out', out(4))).code).toBe(1);
}, 180_000);

afterAll(() => system?.stop());

describe('names and passwords (R24)', () => {
  it('reach no log of the functions', async () => {
    const log = await readFile(system.logFile, 'utf8');
    expect(log.length).toBeGreaterThan(1_000);
    expect(leaks({ log }, words)).toEqual([]);
  });

  it('reach no execution: neither its input, nor any event of its history', async () => {
    const history = JSON.stringify(system.history());
    const file = await readFile(system.executionsFile, 'utf8');
    expect(system.history().length).toBeGreaterThanOrEqual(5);
    expect(leaks({ history, file }, words)).toEqual([]);
  });

  it('reach no item of the requests table, and stand in the sealed one as ciphertext alone', async () => {
    const documents = DynamoDBDocumentClient.from(new DynamoDBClient(clientOf(system, 'DYNAMODB')));
    const scan = async (TableName: string) => (await documents.send(new ScanCommand({ TableName }))).Items!;
    const requests = await scan(system.awsEnvironment.REQUESTS_TABLE!);
    const sealed = await scan(system.awsEnvironment.SEALED_TABLE!);
    expect(requests.length).toBeGreaterThan(10);
    expect(sealed.length).toBeGreaterThan(0);
    const blobs = sealed.map(({ blob }) => Buffer.from(blob as Uint8Array).toString('latin1')).join('\n');
    expect(leaks({ requests: JSON.stringify(requests), sealed: JSON.stringify(sealed), blobs }, words)).toEqual([]);
  });

  it('reach no object key', async () => {
    const s3 = new S3Client(clientOf(system, 'S3'));
    const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: system.awsEnvironment.BUCKET! }));
    expect(Contents.length).toBeGreaterThan(10);
    expect(leaks({ keys: Contents.map(({ Key }) => Key).join('\n') }, words)).toEqual([]);
  });

  it('leave no login sealed once a request has ended', async () => {
    const documents = DynamoDBDocumentClient.from(new DynamoDBClient(clientOf(system, 'DYNAMODB')));
    const { Items = [] } = await documents.send(new ScanCommand({ TableName: system.awsEnvironment.SEALED_TABLE! }));
    expect(Items.filter(({ sk }) => sk === 'LOGIN')).toEqual([]);
  });
});

describe('spellings', () => {
  it('finds a word inside other base64 text, whatever its place there', () => {
    for (const before of ['', 'x', 'xy', 'xyz']) {
      const text = Buffer.from(`${before}canary-name and more`).toString('base64');
      expect(spellings('canary-name').some((spelling) => text.includes(spelling))).toBe(true);
    }
  });
});
