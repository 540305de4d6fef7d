import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DeleteCommand, DynamoDBDocumentClient, GetCommand, PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TABLES } from '../../local/environment.ts';
import { type LocalSystem, startLocalSystem } from '../../local/system.ts';
import { entryKey, keyOf, META } from '../../modules/requests/adapters/dynamo-request-items.ts';
import type { AuditEntry, EventsView } from '../../modules/requests/audit/entry.ts';
import { chainFaults, digestOf, nextEntry } from '../../modules/requests/audit/trail.ts';
import type { RequestView } from '../../modules/requests/views/get-request.ts';
import { runGdpr } from '../cli/run-gdpr.ts';
import { callApi, ended } from '../support/api.ts';
import { clientOf } from '../support/clients.ts';
import { changeSettings } from '../support/settings.ts';
import {
  FOR_TIME_STAMPS,
  opensslAccepts,
  signedBy,
  startTimeStampAuthority,
  type TimeStampAuthority,
} from '../support/time-stamp-authority.ts';

const TableName = TABLES.audit;
let system: LocalSystem;
let authority: TimeStampAuthority;
let items: DynamoDBDocumentClient;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'witness-'));
  authority = await startTimeStampAuthority();
  system = await startLocalSystem({ engines: 1, rows: 20, seed: 6 });
  items = DynamoDBDocumentClient.from(new DynamoDBClient(clientOf(system, 'DYNAMODB')));
});
afterAll(async () => {
  items?.destroy();
  await system?.stop();
  await authority?.stop();
  await rm(folder, { recursive: true });
});

const retrieve = async (): Promise<string> => {
  const body = {
    kind: 'retrieve',
    sources: ['portal'],
    subject: { kind: 'user', name: system.users[0] },
    login: system.login,
  };
  const answer = await callApi(system, 'POST', '/v1/requests', { body });
  const { requestId } = (await answer.json()) as RequestView;
  await ended(system, requestId);
  return requestId;
};
/** What the schedule does: its answer, or its error. */
const anchor = async () => {
  const outcome = (await system.invoke('anchor-audit')) as { payload?: object; error?: object };
  return outcome.payload ?? outcome.error;
};
const trailOf = async (requestId: string): Promise<AuditEntry[]> => {
  const answer = await callApi(system, 'GET', `/v1/requests/${requestId}/events`);
  return [...((await answer.json()) as EventsView).events];
};
const verifyWithoutCa = async (...what: string[]) => {
  const { code, stdout } = await runGdpr(
    ['audit', 'verify', ...what, '--json', '--api', system.apiUrl, '--token', system.token],
    { cwd: folder },
  );
  const answer = JSON.parse(stdout) as { faults: string[]; anchors: number; checked?: number; sound: boolean };
  return { code, ...answer };
};
const verify = (...what: string[]) => verifyWithoutCa(...what, '--tsa-ca', authority.signerCaFile);

/** What somebody would do who may write to the table: the trail is another one from then on, and a sound chain. */
async function rewrite(requestId: string, trail: readonly AuditEntry[], old: readonly AuditEntry[]): Promise<void> {
  for (const { seq } of old.slice(trail.length)) {
    await items.send(new DeleteCommand({ TableName, Key: entryKey(requestId, seq) }));
  }
  for (const entry of trail) {
    await items.send(new PutCommand({ TableName, Item: { ...entryKey(requestId, entry.seq), ...entry } }));
  }
  await items.send(
    new UpdateCommand({
      TableName: TABLES.requests,
      Key: keyOf(requestId, META),
      UpdateExpression: 'SET lastEntry = :last',
      ExpressionAttributeValues: { ':last': trail.at(-1) },
    }),
  );
  expect(chainFaults(requestId, await trailOf(requestId))).toEqual([]);
}

describe('the audit witness (R27)', () => {
  it('is asked nothing as long as the settings name none', async () => {
    const requestId = await retrieve();
    expect(await anchor()).toEqual({ anchored: 0 });
    expect(await verify(requestId)).toMatchObject({ code: 0, anchors: 0 });
  });

  it('stamps the ends of all trails, each anchor bound to the one before, as openssl confirms', async () => {
    const trust = { mode: 'ca' as const, pem: authority.caPem };
    const witness = { url: authority.url, trust, ca: authority.signerCaPem };
    await changeSettings(system, { audit: { witness } });
    const requestId = await retrieve();
    expect(await anchor()).toEqual({ anchored: 2 });
    expect(await anchor()).toEqual({ anchored: 0 });
    await callApi(system, 'POST', `/v1/requests/${requestId}/links`);
    expect(await anchor()).toEqual({ anchored: 1 });
    expect(authority.asked()).toBe(2);

    expect(await verify(requestId)).toMatchObject({ code: 0, anchors: 2 });
    expect(await verify('--all', '--stamps', 'stamps')).toMatchObject({ code: 0, checked: 2, anchors: 2 });
    const stamps = await readdir(join(folder, 'stamps'));
    expect(stamps).toHaveLength(2);
    for (const file of stamps) {
      const digest = file.replace('.tsr', '');
      expect(await opensslAccepts(join(folder, 'stamps', file), digest, authority)).toBe(true);
    }
  });

  it('lets a trail that was cut, or written anew as a sound chain, be found', async () => {
    const requestId = await retrieve();
    await anchor();
    const old = await trailOf(requestId);
    expect(await verify(requestId)).toMatchObject({ code: 0, anchors: 1 });

    await rewrite(requestId, old.slice(0, -1), old);
    expect(await verify(requestId)).toMatchObject({
      code: 1,
      faults: [expect.stringContaining('cut off or rewritten')],
    });

    const forged: AuditEntry[] = [];
    for (const { seq: _seq, before: _before, ...told } of old) {
      forged.push(nextEntry(forged.at(-1), { ...told, by: { id: 'somebody-else', role: 'person' } }));
    }
    await rewrite(requestId, forged, old);
    expect((await verify(requestId)).faults).toEqual([expect.stringContaining('cut off or rewritten')]);
    expect(await verify('--all')).toMatchObject({ code: 1, faults: [expect.stringContaining(requestId)] });

    await rewrite(requestId, old, old);
    expect(await verify('--all')).toMatchObject({ code: 0 });
  });

  it('lets an anchor be found that was changed to fit a forged trail', async () => {
    const view = (await (await callApi(system, 'GET', '/v1/anchors')).json()) as { anchors: { at: string }[] };
    const Key = { pk: 'ANCHORS', sk: `ANCHOR#${view.anchors[0]!.at}` };
    const { Item } = await items.send(new GetCommand({ TableName: TABLES.requests, Key }));
    const [key] = Object.keys(Item!.heads as object);
    const heads = { ...(Item!.heads as object), [key!]: digestOf('forged') };
    await items.send(new PutCommand({ TableName: TABLES.requests, Item: { ...Item, heads } }));
    const { code, faults } = await verify('--all');
    expect(code).toBe(1);
    expect(faults.join()).toContain(`the stamp on the anchor of ${view.anchors[0]!.at} is about something else`);
    expect(faults.join()).toContain(`the anchor of ${view.anchors[1]!.at} does not follow`);
    await items.send(new PutCommand({ TableName: TABLES.requests, Item: Item! }));
  });

  it('lets a forged stamp be found, and does not call good what anybody could have signed (R27, C45)', async () => {
    const { anchors } = (await (await callApi(system, 'GET', '/v1/anchors')).json()) as { anchors: { at: string }[] };
    const { at } = anchors.at(-1)!;
    const { Item } = await items.send(
      new GetCommand({ TableName: TABLES.requests, Key: { pk: 'ANCHORS', sk: `ANCHOR#${at}` } }),
    );
    const stamp = Buffer.from(Item!.stamp as string, 'base64');
    const put = (changed: Buffer) =>
      items.send(new PutCommand({ TableName: TABLES.requests, Item: { ...Item, stamp: changed.toString('base64') } }));
    expect(await verify('--all')).toMatchObject({ code: 0, sound: true, unchecked: [] });
    const unchecked = [expect.stringContaining('--tsa-ca')];
    expect(await verifyWithoutCa('--all')).toMatchObject({ code: 3, sound: false, faults: [], unchecked });

    await put(Buffer.concat([stamp.subarray(0, -1), Buffer.of(stamp.at(-1)! ^ 1)]));
    const faults = [`the stamp on the anchor of ${at} has a signature that does not fit`];
    expect(await verify('--all')).toMatchObject({ code: 1, sound: false, faults });
    expect(await verifyWithoutCa('--all')).toMatchObject({ code: 1, sound: false, faults });

    const stranger = await startTimeStampAuthority();
    await put(await signedBy(stamp, await stranger.issue(FOR_TIME_STAMPS)));
    await stranger.stop();
    const [fault] = (await verify('--all')).faults;
    expect(fault).toContain('none of the trusted CAs has issued');
    expect(await verifyWithoutCa('--all')).toMatchObject({ code: 3, sound: false });
    await put(stamp);
    expect(await verify('--all')).toMatchObject({ code: 0 });
  });

  it('stores no stamp with a forged signature', async () => {
    const requestId = await retrieve();
    authority.answerBy((answer) => Buffer.concat([answer.subarray(0, -1), Buffer.of(answer.at(-1)! ^ 1)]));
    expect(await anchor()).toMatchObject({
      errorType: 'WitnessError',
      errorMessage: expect.stringContaining('not fit'),
    });
    authority.answerBy((answer) => answer);
    expect(await verify(requestId)).toMatchObject({ code: 0, anchors: 0 });
    await anchor();
    expect(await verify(requestId)).toMatchObject({ code: 0, anchors: 1 });
  });

  it('tries what could not be stamped again, and tells of nobody (R24)', async () => {
    const requestId = await retrieve();
    authority.answerBy(() => Buffer.from('<html>'));
    expect(await anchor()).toMatchObject({ errorType: 'WitnessError' });
    expect((await verify(requestId)).anchors).toBe(0);
    authority.answerBy((answer) => answer);
    await anchor();
    expect(await verify(requestId)).toMatchObject({ code: 0, anchors: 1 });
    expect(await (await callApi(system, 'GET', '/v1/anchors')).text()).not.toContain(requestId);
  });
});
