import { DynamoDBDocumentClient, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TABLES } from '../../../../local/environment.ts';
import { kmsVault } from '../../../../modules/requests/adapters/kms-vault.ts';
import { SealedItemGoneError } from '../../../../modules/requests/errors.ts';
import { type LocalAws, startLocalAws } from '../../../support/aws.ts';

let aws: LocalAws;
let items: DynamoDBDocumentClient;
let now = new Date('2026-11-23T09:00:00Z');
const later = new Date('2026-11-23T10:00:00Z');
const login = { username: 'gdpr-operator', password: 'open sesame' };
const vault = () => kmsVault(aws.kms, aws.dynamo, { table: TABLES.sealed, keyId: 'seal', clock: { now: () => now } });
const stored = async (pk: string, sk: string) =>
  (await items.send(new GetCommand({ TableName: TABLES.sealed, Key: { pk, sk } }))).Item;

beforeAll(async () => {
  aws = await startLocalAws();
  items = DynamoDBDocumentClient.from(aws.dynamo);
});
afterAll(() => aws?.stop());

describe('kmsVault (decision 20)', () => {
  it('opens what it sealed, and stores no clear text', async () => {
    await vault().seal('r1', 'login', login, later);
    expect(await vault().open('r1', 'login')).toEqual(login);
    const item = (await stored('r1', 'LOGIN'))!;
    expect(Object.keys(item).sort()).toEqual(['blob', 'expiresAt', 'pk', 'sk']);
    expect(item.expiresAt).toBe(later.getTime() / 1000);
    expect(Buffer.from(item.blob as Uint8Array).toString('latin1')).not.toMatch(/operator|sesame/);
  });

  it('seals what is longer than KMS encrypts, and opens it nowhere else and only unaltered (R15)', async () => {
    const accounts = Array.from({ length: 2000 }, (_, at) => `jdoe${at}@corp.example`);
    const subject = { kind: 'user' as const, name: 'jdoe', accounts };
    await vault().seal('r9', 'subject', { kind: 'user', name: 'jdoe' }, later);
    await vault().replace('r9', 'subject', subject);

    expect(await vault().open('r9', 'subject')).toEqual(subject);
    const item = (await stored('r9', 'SUBJECT'))!;
    const { key, text } = item.blob as { key: Uint8Array; text: Uint8Array };
    expect(Buffer.from(text).toString('latin1')).not.toContain('corp.example');
    await items.send(new PutCommand({ TableName: TABLES.sealed, Item: { ...item, pk: 'r10' } }));
    await expect(vault().open('r10', 'subject')).rejects.toThrow();
    const altered = Uint8Array.from(text, (byte, at) => (at === 20 ? byte ^ 1 : byte));
    await items.send(new PutCommand({ TableName: TABLES.sealed, Item: { ...item, blob: { key, text: altered } } }));
    await expect(vault().open('r9', 'subject')).rejects.toThrow();
  });

  it('does not open a blob that was moved to another request or purpose', async () => {
    await vault().seal('r2', 'subject', { kind: 'user', name: 'jdoe' }, later);
    const item = (await stored('r2', 'SUBJECT'))!;
    for (const moved of [{ pk: 'r3' }, { sk: 'LOGIN' }]) {
      await items.send(new PutCommand({ TableName: TABLES.sealed, Item: { ...item, ...moved } }));
    }
    await expect(vault().open('r3', 'subject')).rejects.toThrow();
    await expect(vault().open('r2', 'login')).rejects.toThrow();
    expect(await vault().open('r2', 'subject')).toEqual({ kind: 'user', name: 'jdoe' });
  });

  it('refuses what is past its time, whether or not the item was removed', async () => {
    await vault().seal('r4', 'login', login, later);
    now = later;
    await expect(vault().open('r4', 'login')).rejects.toThrow(SealedItemGoneError);
    expect(await stored('r4', 'LOGIN')).toBeDefined();
    now = new Date('2026-11-23T09:00:00Z');
  });

  it('seals another value in place of one that is still alive, whose time stays (R1)', async () => {
    const subject = { kind: 'user', name: 'jdoe' } as const;
    await vault().seal('r8', 'subject', subject, later);
    await vault().replace('r8', 'subject', { ...subject, found: ['jdoe@CORP'] });
    expect(await vault().open('r8', 'subject')).toEqual({ ...subject, found: ['jdoe@CORP'] });
    expect((await stored('r8', 'SUBJECT'))!.expiresAt).toBe(later.getTime() / 1000);

    await vault().wipe('r8', ['subject']);
    await vault().replace('r8', 'subject', subject);
    expect(await stored('r8', 'SUBJECT')).toBeUndefined();
  });

  it('moves the time of what is still alive, never past its latest, and revives nothing (decision 26)', async () => {
    const at = (time: string) => new Date(`2026-11-23T${time}:00Z`);
    now = at('09:00');
    await vault().seal('r7', 'login', login, at('09:20'), at('09:50'));
    now = at('09:19');
    await vault().prolong('r7', 'login', at('09:39'));
    now = at('09:38');
    expect(await vault().open('r7', 'login')).toEqual(login);
    await vault().prolong('r7', 'login', at('09:58'));
    expect(await vault().hasExpired('r7', 'login')).toBe(false);
    now = at('09:50');
    await expect(vault().open('r7', 'login')).rejects.toThrow(SealedItemGoneError);
    expect(await vault().hasExpired('r7', 'login')).toBe(true);

    now = at('09:59');
    await vault().prolong('r7', 'login', at('10:19'));
    await expect(vault().open('r7', 'login')).rejects.toThrow(SealedItemGoneError);
    await vault().wipe('r7', ['login']);
    await vault().prolong('r7', 'login', at('10:19'));
    expect(await stored('r7', 'LOGIN')).toBeUndefined();
    expect(await vault().hasExpired('r7', 'login')).toBe(false);
    now = at('09:00');
  });

  it('wipes what is named and nothing else; a second time harmlessly', async () => {
    await vault().seal('r5', 'login', login, later);
    await vault().seal('r5', 'subject', { kind: 'device', name: 'LT-1' }, later);
    await vault().wipe('r5', ['login']);
    await vault().wipe('r5', ['login']);
    await expect(vault().open('r5', 'login')).rejects.toThrow(SealedItemGoneError);
    expect(await stored('r5', 'LOGIN')).toBeUndefined();
    expect(await vault().open('r5', 'subject')).toEqual({ kind: 'device', name: 'LT-1' });
  });

  it('gives a value to one taker alone (R27)', async () => {
    await vault().seal('r6', 'nonce', 'bm9uY2U=', new Date(Date.now() + 60_000));

    const takers = await Promise.allSettled([vault().take('r6', 'nonce'), vault().take('r6', 'nonce')]);

    expect(takers.filter(({ status }) => status === 'fulfilled')).toEqual([{ status: 'fulfilled', value: 'bm9uY2U=' }]);
    await expect(vault().open('r6', 'nonce')).rejects.toThrow(SealedItemGoneError);
  });
});
