import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { computeNight } from '../../../local/portal-database/nightly-computation.ts';
import type { LocalSystem } from '../../../local/system.ts';
import { keyOf, META } from '../../../modules/requests/adapters/dynamo-request-items.ts';
import type { RequestsView, RequestView } from '../../../modules/requests/views/get-request.ts';
import { callApi, ended } from '../api.ts';
import { clientOf } from '../clients.ts';
import { type PlainPeer, startPlainPeer } from '../plain-peer.ts';
import { changeSettings, createSecret } from '../settings.ts';
import { openDesk } from '../ticket-desk.ts';
import { startTimeStampAuthority, type TimeStampAuthority } from '../time-stamp-authority.ts';

const LONG_AGO = '2026-01-02T00:00:00.000Z';

/**
 * Exercises what a walk through the API does not: schedules, tickets, notices, the ledger, a cancelled run, and what the sweeper
 * does about a request that nobody closed.
 */
export async function runTheRest(system: LocalSystem): Promise<void> {
  const [peer, authority] = await Promise.all([startPlainPeer(), startTimeStampAuthority()]);
  try {
    await settle(system, peer, authority);
    const [first, second] = system.users as [string, string];
    const subject = { kind: 'user', name: second };
    const login = system.login;
    const retrieval = { kind: 'retrieve', subject, sources: ['engine', 'portal'], coUsers: 'mask', login };
    const retrieved = await start(system, retrieval); // engine-2 is down, so it is incomplete
    await ended(system, retrieved);
    await system.invoke('rerun-missing');
    await ended(system, retrieved);
    await start(system, { kind: 'rehearse', subject, login }).then((id) => ended(system, id));
    await cancelled(system, retrieval);
    await start(system, { kind: 'remove', subject: { kind: 'device', name: system.devices[1]! }, login });
    await system.invoke('check-removals');
    const anonymized = await ticketed(system, peer, first);
    await swept(system, retrieved, anonymized);
    await system.invoke('anchor-audit');
    await system.invoke('deliver-notices');
  } finally {
    await Promise.all([peer.stop(), authority.stop()]);
  }
}

/** Settings with everything that may be on. */
async function settle(system: LocalSystem, peer: PlainPeer, authority: TimeStampAuthority) {
  await createSecret(system, 'webhooks/siem', { secrets: ['whsec_YSBrZXkgb2YgbW9yZSB0aGFuIDI0IGJ5dGVz'] });
  await changeSettings(system, {
    approval: {},
    reruns: { by: 'service-account', firstMinutes: 0, longestMinutes: 0 },
    removal: { everyHours: 0 },
    sentinel: { enabled: true, followUp: 'anonymize', scanHours: [0, 0] },
    retention: { engineDays: 90, backupDays: 30 },
    outbound: { webhooks: [{ id: 'siem', url: `${peer.url}/gdpr`, secretId: 'webhooks/siem' }] },
    audit: {
      witness: { url: authority.url, trust: { mode: 'ca', pem: authority.caPem }, ca: authority.signerCaPem },
    },
  });
}

async function start(system: LocalSystem, body: object): Promise<string> {
  const answer = await callApi(system, 'POST', '/v1/requests', { body });
  const view = (await answer.json()) as RequestView;
  if (answer.status !== 202) throw new Error(JSON.stringify(view));
  return view.requestId;
}

async function cancelled(system: LocalSystem, retrieval: object): Promise<void> {
  const requestId = await start(system, retrieval);
  await callApi(system, 'POST', `/v1/requests/${requestId}/cancel`);
  await ended(system, requestId);
}

/** The Portal learns again which names the first Engine has; the second is down. */
async function night({ simulator, portal }: LocalSystem): Promise<void> {
  const { engines, caPem, login } = simulator;
  await computeNight({ simulator: { engines: engines.slice(0, 1), caPem, login }, portal }, new Date());
}

/** A ticket asks for an anonymization, and a night brings the name back. */
async function ticketed(system: LocalSystem, peer: PlainPeer, name: string): Promise<string> {
  await night(system);
  const desk = await openDesk(system, peer, `CORP\\${name}`, 'anonymize');
  await desk.send();
  const listed = async () => {
    await system.invoke('process-tickets');
    const answer = await callApi(system, 'GET', `/v1/requests?reference=${desk.key}`);
    return ((await answer.json()) as RequestsView).requests;
  };
  const [asked] = await listed();
  await ended(system, asked!.requestId);
  await desk.told();
  await night(system);
  await system.invoke('scan-sentinel');
  for (const { requestId } of await listed()) await ended(system, requestId);
  await callApi(system, 'GET', '/v1/doctor');
  return asked!.requestId;
}

/** The sweeper closes a run whose last function was killed, and removes what is left of one whose archive has expired. */
async function swept(system: LocalSystem, retrieved: string, anonymized: string): Promise<void> {
  const dynamo = new DynamoDBClient(clientOf(system, 'DYNAMODB'));
  const change = (requestId: string, name: string, UpdateExpression: string, values: object = {}) =>
    DynamoDBDocumentClient.from(dynamo).send(
      new UpdateCommand({
        TableName: system.awsEnvironment.REQUESTS_TABLE!,
        Key: keyOf(requestId, META),
        UpdateExpression,
        ExpressionAttributeNames: { [name]: name.slice(1) }, // a reserved word
        ExpressionAttributeValues: { ':then': LONG_AGO, ...values },
      }),
    );
  await change(retrieved, '#archive', 'SET updatedAt = :then, #archive.expiresAt = :then');
  await change(anonymized, '#state', 'SET updatedAt = :then, #state = :state', { ':state': 'RUNNING' });
  await system.invoke('sweep');
  dynamo.destroy();
}
