import { readFile } from 'node:fs/promises';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { RequestView } from '../../core/model.ts';
import { type LocalSystem, startLocalSystem } from '../../local/system.ts';
import { callApi, ended } from '../support/api.ts';
import { type PlainPeer, startPlainPeer } from '../support/plain-peer.ts';
import { leaks } from '../support/search.ts';
import { changeSettings, createSecret } from '../support/settings.ts';

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
  await changeSettings(system, { outbound: { webhooks: [webhook] } });
}, 120_000);
beforeEach(() => peer.reset());
afterAll(async () => {
  await peer?.stop();
  await system?.stop();
});

async function retrieve(): Promise<RequestView> {
  const body = {
    ...{ kind: 'retrieve', subject: { kind: 'user', name: system.users[0]! }, sources: ['engine', 'portal'] },
    login: system.login,
  };
  const started = (await (await callApi(system, 'POST', '/v1/requests', { body })).json()) as RequestView;
  return ended(system, started.requestId);
}
/** What was told, whichever of the calls came first: the schedule's own, or the test's. */
async function told(count: number): Promise<{ readonly type: string; readonly data: object }[]> {
  await expect
    .poll(
      async () => {
        await system.invoke('deliver-outbox');
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
        ...{ type: 'gdpr.request.accepted', timestamp: expect.any(String) },
        data: { requestId, state: 'QUEUED', attempt: 1, dueAt },
      },
      {
        ...{ type: 'gdpr.request.done-with-errors', timestamp: expect.any(String) },
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

  it('fails no request when nobody takes it, and stops at once where it is not wanted', async () => {
    peer.answerWith({ status: 410 });
    const first = await retrieve();
    expect(first.state).toBe('COMPLETED_WITH_ERRORS');
    await told(1);
    await retrieve();
    await system.invoke('deliver-outbox');
    await system.invoke('deliver-outbox');
    expect(peer.asked).toHaveLength(1);
    const log = await readFile(system.logFile, 'utf8');
    expect(log).toContain('{"level":"warn","event":"notice given up"');
    expect(log).toContain('"error":"Gone"');
  });
});
