import { createHmac, randomBytes } from 'node:crypto';
import type { LocalSystem } from '../../local/system.ts';
import { basicAuthorization } from '../../modules/net/https-agent.ts';
import { subjectIdOf } from './api.ts';
import type { PlainPeer } from './plain-peer.ts';
import { changeSettings, createSecret } from './settings.ts';
import { zendeskComments, zendeskTickets } from './vendors/zendesk.ts';

const KEY = '35436';
const APPROVAL = { field: '77', value: 'Approved' };

/**
 * A Zendesk with one approved ticket about a user, connected as `desk` to a running system.
 * @param kind what the ticket asks for
 */
export async function openDesk(system: LocalSystem, peer: PlainPeer, name: string, kind: 'retrieve' | 'anonymize') {
  const secret = randomBytes(24).toString('hex');
  const account = { username: 'gdpr@example.com/token', password: randomBytes(12).toString('hex') };
  const authorization = basicAuthorization(account.username, account.password);
  await createSecret(system, 'tickets/desk', account);
  await createSecret(system, 'ticket-webhooks/desk', { secrets: [secret] });
  await createSecret(system, 'service-account/gdpr', system.login);
  const intake = {
    secretId: 'ticket-webhooks/desk',
    queues: ['44'],
    approvers: { groups: ['33'] },
    approved: APPROVAL,
    mapping: { name: '55', kind },
    anonymize: 'allowed' as const,
    login: 'service-account' as const,
    recipients: [subjectIdOf(system.token)],
  };
  await changeSettings(system, {
    serviceAccount: { secretId: 'service-account/gdpr' },
    connections: { desk: { kind: 'zendesk', api: { url: peer.url, secretId: 'tickets/desk' }, intake } },
  });
  const history = [{ id: '100', by: '22', to: APPROVAL.value }];
  const ticket = { key: KEY, queue: '44', requester: '11', fields: { 55: name }, history };
  const tickets = zendeskTickets(authorization, [ticket], { 22: ['33'] });
  const comments = zendeskComments(authorization, KEY);
  peer.answerWith((call) => {
    const shown = tickets(call);
    return shown !== 'silence' && shown.status === 200 ? shown : comments.answer(call);
  });
  /** Sends a webhook as Zendesk does. */
  const send = (connectionId = 'desk', key = secret, body = JSON.stringify({ ticket_id: Number(KEY) })) => {
    const time = new Date().toISOString();
    return fetch(`${system.apiUrl}/v1/webhooks/${connectionId}`, {
      method: 'POST',
      body,
      headers: {
        'content-type': 'application/json',
        'x-zendesk-webhook-signature': createHmac('sha256', key)
          .update(time + body)
          .digest('base64'),
        'x-zendesk-webhook-signature-timestamp': time,
        'x-zendesk-webhook-invocation-id': 'one',
      },
    });
  };
  /** What the ticket was told, once that is delivered. */
  const told = async () => {
    await system.invoke('deliver-notices');
    return comments.taken.map(({ text, isPrivate }) => [text.split('\n')[0], isPrivate]);
  };
  return { key: KEY, secret, send, told, comments };
}
