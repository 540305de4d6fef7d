import { createHmac, randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { basicAuthorization } from '../../adapters/trusted-agent.ts';
import type { RequestsView, RequestView } from '../../core/model.ts';
import { type LocalSystem, startLocalSystem } from '../../local/system.ts';
import { callApi, ended } from '../support/api.ts';
import { type PlainPeer, startPlainPeer } from '../support/plain-peer.ts';
import { leaks } from '../support/search.ts';
import { changeSettings, createSecret } from '../support/settings.ts';
import { zendesk } from '../support/vendors/comments.ts';
import { zendeskTickets } from '../support/vendors/tickets.ts';

const SECRET = randomBytes(24).toString('hex');
const AUTHORIZATION = basicAuthorization('gdpr@example.com/token', 'key');
let system: LocalSystem;
let peer: PlainPeer;
let subject: string;
let comments: ReturnType<typeof zendesk>;
beforeAll(async () => {
  [system, peer] = await Promise.all([startLocalSystem({ engines: 1, rows: 50, seed: 6 }), startPlainPeer()]);
  subject = system.users[0]!;
  await createSecret(system, 'tickets/desk', { username: 'gdpr@example.com/token', password: 'key' });
  await createSecret(system, 'ticket-webhooks/desk', { secrets: [SECRET] });
  await createSecret(system, 'service-account/gdpr', system.login);
  const intake = {
    ...{ secretId: 'ticket-webhooks/desk', queues: ['44'], approvers: { groups: ['33'] } },
    ...{ approved: { field: '77', value: 'Approved' }, mapping: { name: '55' } },
    ...{ login: 'service-account' as const, recipients: ['dpo-1'] },
  };
  await changeSettings(system, {
    serviceAccount: { secretId: 'service-account/gdpr' },
    connections: { desk: { kind: 'zendesk', api: { url: peer.url, secretId: 'tickets/desk' }, intake } },
  });
  const history = [{ id: '100', by: '22', to: 'Approved' }];
  const ticket = { key: '35436', queue: '44', requester: '11', fields: { 55: subject }, history };
  const tickets = zendeskTickets(AUTHORIZATION, [ticket], { 22: ['33'] });
  comments = zendesk(AUTHORIZATION, '35436');
  peer.answerWith((call) => {
    const shown = tickets(call);
    return shown !== 'silence' && shown.status === 200 ? shown : comments.answer(call);
  });
}, 120_000);
afterAll(async () => {
  await peer?.stop();
  await system?.stop();
});

const send = (connectionId: string, secret = SECRET, body = JSON.stringify({ ticket_id: 35436 }), id = 'one') => {
  const time = new Date().toISOString();
  return fetch(`${system.apiUrl}/v1/webhooks/${connectionId}`, {
    ...{ method: 'POST', body },
    headers: {
      'content-type': 'application/json',
      'x-zendesk-webhook-signature': createHmac('sha256', secret)
        .update(time + body)
        .digest('base64'),
      'x-zendesk-webhook-signature-timestamp': time,
      'x-zendesk-webhook-invocation-id': id,
    },
  });
};

describe('a ticket on the running system (R20)', () => {
  it('is refused in one way, whether the connection is unknown or the signature wrong', async () => {
    const answers = await Promise.all([send('nobody'), send('desk', 'wrong'), send('constructor')]);
    const told = await Promise.all(answers.map(async (answer) => [answer.status, await answer.json()]));
    expect(told[0]).toEqual([401, expect.objectContaining({ type: '/problems/signature-refused' })]);
    expect(told).toEqual([told[0], told[0], told[0]]);
  });

  it('is refused when its body is too large, or names no ticket', async () => {
    expect((await send('desk', SECRET, `"${'x'.repeat(256 * 1024)}"`)).status).toBe(413);
    expect((await send('desk', SECRET, 'no json')).status).toBe(400);
  });

  it('becomes a request that ends, is told to the ticket, and names nobody on the way', async () => {
    expect((await send('desk')).status).toBe(202);
    expect((await send('desk')).status).toBe(200);
    const listed = async () => {
      await system.invoke('work-tickets');
      const answer = await callApi(system, 'GET', '/v1/requests?reference=35436', { token: system.token });
      return ((await answer.json()) as RequestsView).requests;
    };
    await expect.poll(async () => (await listed()).length, { timeout: 30_000 }).toBe(1);
    const [{ requestId } = { requestId: '' }] = await listed();
    const view: RequestView = await ended(system, requestId);
    expect(view).toMatchObject({
      state: 'COMPLETED',
      reference: '35436',
      ticket: { connectionId: 'desk', key: '35436' },
    });
    await expect
      .poll(async () => {
        await system.invoke('deliver-outbox');
        return comments.taken.map(({ text, isPrivate }) => [text.split('\n')[0], isPrivate]);
      })
      .toEqual([
        ['The GDPR request was accepted and is being worked on.', true],
        ['The GDPR request is done: the archive can be downloaded.', true],
      ]);
    expect((await listed()).length).toBe(1);
    const log = await readFile(system.logFile, 'utf8');
    expect(leaks({ log, comments: JSON.stringify(comments.taken) }, [subject, SECRET, system.login.password])).toEqual(
      [],
    );
  });
});
