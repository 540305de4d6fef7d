import { readFile } from 'node:fs/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type LocalSystem, startLocalSystem } from '../../local/system.ts';
import { basicAuthorization } from '../../modules/net/https-agent.ts';
import { keyOf, META } from '../../modules/requests/adapters/dynamo-request-items.ts';
import type { RequestView } from '../../modules/requests/views/get-request.ts';
import { callApi, ended } from '../support/api.ts';
import { clientOf } from '../support/clients.ts';
import { type PlainPeer, startPlainPeer } from '../support/plain-peer.ts';
import { leaks } from '../support/search.ts';
import { changeSettings, createSecret } from '../support/settings.ts';
import { zendeskComments } from '../support/vendors/zendesk.ts';

const KEY = 'whsec_YSBrZXkgb2YgbW9yZSB0aGFuIDI0IGJ5dGVz';

let system: LocalSystem;
let peer: PlainPeer;
beforeAll(async () => {
  [system, peer] = await Promise.all([
    startLocalSystem({ engines: 2, rows: 50, seed: 5, faults: ['engine-2=down'] }),
    startPlainPeer(),
  ]);
  await createSecret(system, 'webhooks/siem', { secrets: [KEY] });
  const webhook = { id: 'siem', url: `${peer.url}/gdpr`, secretId: 'webhooks/siem' };
  await createSecret(system, 'tickets/zendesk', { username: 'gdpr@example.com/token', password: 'key' });
  await changeSettings(system, {
    outbound: { webhooks: [webhook] },
    consoleUrl: 'https://gdpr.example.com/',
    connections: { zendesk: { kind: 'zendesk', api: { url: peer.url, secretId: 'tickets/zendesk' } } },
  });
}, 120_000);
beforeEach(() => peer.reset());
afterAll(async () => {
  await peer?.stop();
  await system?.stop();
});

async function retrieve(ticket?: object): Promise<RequestView> {
  const body = {
    kind: 'retrieve',
    subject: { kind: 'user', name: system.users[0]! },
    sources: ['engine', 'portal'],
    login: system.login,
  };
  const started = (await (await callApi(system, 'POST', '/v1/requests', { body })).json()) as RequestView;
  if (ticket) await nameTicket(started.requestId, ticket);
  return ended(system, started.requestId);
}
/** As if the Request had come from a ticket. */
async function nameTicket(requestId: string, ticket: object): Promise<void> {
  const client = new DynamoDBClient(clientOf(system, 'DYNAMODB'));
  await DynamoDBDocumentClient.from(client).send(
    new UpdateCommand({
      TableName: system.awsEnvironment.REQUESTS_TABLE!,
      Key: keyOf(requestId, META),
      UpdateExpression: 'SET ticket = :ticket',
      ExpressionAttributeValues: { ':ticket': ticket },
    }),
  );
  client.destroy();
}

/** What was told, whichever of the calls came first: the schedule's own, or the test's. */
async function told(count: number): Promise<{ readonly type: string; readonly data: object }[]> {
  await expect
    .poll(
      async () => {
        await system.invoke('deliver-notices');
        return peer.asked.length;
      },
      { timeout: 30_000 },
    )
    .toBe(count);
  return peer.asked.map(
    ({ body, headers }) => new Webhook(KEY).verify(body, headers) as { type: string; data: object },
  );
}

describe('what becomes of a request goes out (R20)', () => {
  it('is told by signed webhooks, without a name of a person anywhere (R24)', async () => {
    const { requestId, dueAt } = await retrieve();

    expect(await told(2)).toEqual([
      {
        type: 'gdpr.request.accepted',
        timestamp: expect.any(String),
        data: { requestId, state: 'QUEUED', attempt: 1, dueAt },
      },
      {
        type: 'gdpr.request.done-with-errors',
        timestamp: expect.any(String),
        data: { requestId, state: 'COMPLETED_WITH_ERRORS', attempt: 1, dueAt },
      },
    ]);
    expect(peer.asked.map(({ headers }) => headers['webhook-id'])).toEqual([
      expect.stringMatching(`^${requestId}:accepted-1$`),
      expect.stringMatching(`^${requestId}:done-with-errors-\\d+$`),
    ]);
    expect(leaks({ asked: JSON.stringify(peer.asked) }, [...system.users, system.login.password])).toEqual([]);
    expect(leaks({ log: await readFile(system.logFile, 'utf8') }, [KEY])).toEqual([]);
  });

  it('is told to the ticket that a request came from, by internal notes', async () => {
    const standIn = zendeskComments(basicAuthorization('gdpr@example.com/token', 'key'), '35436');
    peer.answerWith((call) => (call.path === '/gdpr' ? { status: 200 } : standIn.answer(call)));
    const { requestId } = await retrieve({ connectionId: 'zendesk', key: '35436' });

    await expect
      .poll(async () => {
        await system.invoke('deliver-notices');
        return standIn.taken.map(({ text, isPrivate }) => [text.split('\n')[0], isPrivate]);
      })
      .toEqual([
        ['The GDPR request was accepted and is being worked on.', true],
        [expect.stringContaining('Missing: engine-2 (UNREACHABLE).'), true],
      ]);
    expect(standIn.taken[1]!.text).toContain(`https://gdpr.example.com/#/requests/${requestId}`);
    expect(leaks({ asked: JSON.stringify(peer.asked) }, [...system.users, system.login.password])).toEqual([]);
  });

  it('fails no request when nobody takes it, and stops at once where it is not wanted', async () => {
    peer.answerWith({ status: 410 });
    const first = await retrieve();
    expect(first.state).toBe('COMPLETED_WITH_ERRORS');
    await told(1);
    await retrieve();
    await system.invoke('deliver-notices');
    await system.invoke('deliver-notices');
    expect(peer.asked).toHaveLength(1);
    const log = await readFile(system.logFile, 'utf8');
    expect(log).toContain('{"level":"warn","event":"notice given up"');
    expect(log).toContain('"error":"Gone"');
  });
});
