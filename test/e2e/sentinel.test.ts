import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, QueryCommand, ScanCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { TABLES } from '../../local/environment.ts';
import { computeNight } from '../../local/portal-database/nightly-computation.ts';
import { type LocalSystem, startLocalSystem } from '../../local/system.ts';
import type { EventsView } from '../../modules/requests/audit/entry.ts';
import type { SignedCertificate } from '../../modules/requests/record.ts';
import type { RequestView } from '../../modules/requests/views/get-request.ts';
import { callApi, ended } from '../support/api.ts';
import { clientOf } from '../support/clients.ts';
import { attack, directory } from '../support/dictionary.ts';
import { everything } from '../support/everything.ts';
import { type PlainPeer, startPlainPeer } from '../support/plain-peer.ts';
import { rowsNaming } from '../support/portal.ts';
import { changeDocument, changeSettings } from '../support/settings.ts';
import { openDesk } from '../support/ticket-desk.ts';

const NAMES = 200_000;
/** Two scans at once, then weekly ones: time is accelerated. */
const sentinel = { enabled: true, followUp: 'anonymize' as const, scanHours: [0, 0] };

let system: LocalSystem;
let items: DynamoDBDocumentClient;
let name: string;
let first: RequestView;
let peer: PlainPeer;
let desk: Awaited<ReturnType<typeof openDesk>>;

beforeAll(async () => {
  [system, peer] = await Promise.all([startLocalSystem({ engines: 2, rows: 50, seed: 3 }), startPlainPeer()]);
  items = DynamoDBDocumentClient.from(new DynamoDBClient(clientOf(system, 'DYNAMODB')));
  name = system.users[0]!;
  await changeSettings(system, { sentinel, retention: { engineDays: 90, backupDays: 30 } });
  desk = await openDesk(system, peer, `CORP\\${name}`, 'anonymize');
  expect((await desk.send()).status).toBe(202);
  const [{ requestId }] = await vi.waitFor(async () => {
    const found = await listed();
    expect(found).toHaveLength(1);
    return found as [RequestView];
  }, 30_000);
  first = await ended(system, requestId);
}, 120_000);
afterAll(async () => {
  items?.destroy();
  await peer?.stop();
  await system?.stop();
});

/** Requests of the ticket. */
const listed = async () => {
  await system.invoke('process-tickets');
  const answer = await callApi(system, 'GET', `/v1/requests?reference=${desk.key}`);
  return ((await answer.json()) as { requests: RequestView[] }).requests;
};
const scan = async () => ((await system.invoke('scan-sentinel')) as { payload: unknown }).payload;
const certificateOf = async ({ requestId }: RequestView): Promise<SignedCertificate['certificate']> => {
  const answer = await callApi(system, 'GET', `/v1/requests/${requestId}/certificate`);
  return ((await answer.json()) as SignedCertificate).certificate;
};
const ledger = async () => {
  const key = { KeyConditionExpression: 'pk = :pk', ExpressionAttributeValues: { ':pk': 'LEDGER' } };
  return (await items.send(new QueryCommand({ TableName: TABLES.sealed, ...key }))).Items!;
};
const stored = async (TableName: string): Promise<string> =>
  JSON.stringify((await items.send(new ScanCommand({ TableName }))).Items, (_key, value) =>
    value instanceof Uint8Array ? Buffer.from(value).toString('base64') : value,
  );
const eventsOf = async ({ requestId }: RequestView): Promise<string[]> => {
  const answer = await callApi(system, 'GET', `/v1/requests/${requestId}/events`);
  return ((await answer.json()) as EventsView).events.map(({ what }) => what);
};

describe('the sentinel (R17, R21)', () => {
  it('is stated by the certificate, with its end (R15, R27)', async () => {
    expect(first.state).toBe('COMPLETED');
    const { sentinel: stated, finishedAt } = await certificateOf(first);
    expect(stated?.enabled).toBe(true);
    expect(Math.round((Date.parse(stated!.until!) - Date.parse(finishedAt)) / 86_400_000)).toBe(97);
    expect(await ledger()).toHaveLength(1);
  });

  it('finds nothing as long as the name stays away', async () => {
    expect(await scan()).toEqual({ scanned: 1, found: 0 });
    expect(await rowsNaming(system.portal, name)).toEqual([]);
  });

  it('finds the name that a night brought back, once, and has it anonymized and certified again', async () => {
    await computeNight(system, new Date());
    expect((await rowsNaming(system.portal, name)).length).toBeGreaterThan(1);

    const scans = await Promise.all([scan(), scan()]);

    expect(scans).toContainEqual({ scanned: 1, found: 1 });
    expect((await eventsOf(first)).filter((what) => what === 'name-came-back')).toHaveLength(1);
    const followUps = (await listed()).filter(({ followUpOf }) => followUpOf === first.requestId);
    expect(followUps).toHaveLength(1);
    const second = await ended(system, followUps[0]!.requestId);
    expect(second.state).toBe('COMPLETED');
    expect(await rowsNaming(system.portal, name)).toEqual([]);
    const { changed, searchedAfter, sentinel: stated } = await certificateOf(second);
    expect([changed.rows > 1, searchedAfter.hits, stated?.enabled]).toEqual([true, 0, true]);
    expect(await ledger()).toMatchObject([{ requestId: first.requestId, scans: 0 }]);
    expect(await scan()).toEqual({ scanned: 1, found: 0 });
  });

  it('tells the ticket of all of it, by internal comments without the name (R20)', async () => {
    const done = 'The GDPR request is done: the name is anonymized in the Portal, and a certificate is issued.';
    const accepted = 'The GDPR request was accepted and is being worked on.';
    const back = 'The name that this GDPR request anonymized is in the Portal again.';
    await expect
      .poll(async () => (await desk.told()).toSorted(), { timeout: 30_000 })
      .toEqual([back, done, done, accepted, accepted].map((text) => [text, true]).toSorted());
    expect(JSON.stringify([desk.comments.taken, peer.asked])).not.toContain(name);
  });

  it(`lets no script with ${NAMES} names find the name in what is kept, unless it may use KMS (R15, R24)`, async () => {
    const stores = await everything(system);
    expect(stores.sealed).toContain('LEDGER#');
    expect(attack(stores, directory(NAMES, [name]), [name, `CORP\\${name}`])).toEqual([]);
  }, 120_000);

  it('leaves nothing of the name after its time', async () => {
    const [item] = await ledger();
    await items.send(
      new UpdateCommand({
        TableName: TABLES.sealed,
        Key: { pk: item!.pk, sk: item!.sk },
        UpdateExpression: 'SET expiresAt = :past',
        ExpressionAttributeValues: { ':past': Math.floor(Date.now() / 1000) - 1 },
      }),
    );
    await computeNight(system, new Date());
    expect(await scan()).toEqual({ scanned: 0, found: 0 });
    expect(await ledger()).toEqual([]);
    expect(await stored(TABLES.sealed)).not.toContain((item!.sk as string).slice('LEDGER#'.length));
  });

  it('needs no mapping while there is nothing to look for, as before the first one is approved (R17)', async () => {
    await changeDocument(system, 'portal-mapping.json', () => ({ tables: [] }));
    expect(await scan()).toEqual({ scanned: 0, found: 0 });
  });

  it('keeps nobody waiting: without a mapping Engines are retrieved, and the sweeper runs (R2)', async () => {
    const subject = { kind: 'user', name: system.users[1] };
    const body = { kind: 'retrieve', sources: ['engine'], subject, login: system.login };
    const answer = await callApi(system, 'POST', '/v1/requests', { body });
    const { requestId } = (await answer.json()) as RequestView;
    expect((await ended(system, requestId)).state).toBe('COMPLETED');
    expect(await system.invoke('sweep')).toMatchObject({ payload: { swept: [] } });
  });
});
