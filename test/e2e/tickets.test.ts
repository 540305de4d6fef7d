import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LocalSystem, startLocalSystem } from '../../local/system.ts';
import type { RequestsView } from '../../modules/requests/views/get-request.ts';
import { callApi, ended } from '../support/api.ts';
import { type PlainPeer, startPlainPeer } from '../support/plain-peer.ts';
import { leaks } from '../support/search.ts';
import { openDesk } from '../support/ticket-desk.ts';

let system: LocalSystem;
let peer: PlainPeer;
let desk: Awaited<ReturnType<typeof openDesk>>;
beforeAll(async () => {
  [system, peer] = await Promise.all([startLocalSystem({ engines: 1, rows: 50, seed: 6 }), startPlainPeer()]);
  desk = await openDesk(system, peer, system.users[0]!, 'retrieve');
}, 120_000);
afterAll(async () => {
  await peer?.stop();
  await system?.stop();
});

describe('a ticket on the running system (R20)', () => {
  it('is refused in one way, whether the connection is unknown or the signature wrong', async () => {
    const answers = await Promise.all([desk.send('nobody'), desk.send('desk', 'wrong'), desk.send('constructor')]);
    const told = await Promise.all(answers.map(async (answer) => [answer.status, await answer.json()]));
    expect(told[0]).toEqual([401, expect.objectContaining({ type: '/problems/signature-refused' })]);
    expect(told).toEqual([told[0], told[0], told[0]]);
  });

  it('is refused when its body is too large, or names no ticket', async () => {
    expect((await desk.send('desk', desk.secret, `"${'x'.repeat(256 * 1024)}"`)).status).toBe(413);
    expect((await desk.send('desk', desk.secret, 'no json')).status).toBe(400);
  });

  it('becomes a request that ends, is told to the ticket, and names nobody on the way', async () => {
    expect((await desk.send()).status).toBe(202);
    expect((await desk.send()).status).toBe(200);
    const listed = async () => {
      await system.invoke('process-tickets');
      const answer = await callApi(system, 'GET', `/v1/requests?reference=${desk.key}`);
      return ((await answer.json()) as RequestsView).requests;
    };
    await expect.poll(async () => (await listed()).length, { timeout: 30_000 }).toBe(1);
    const [{ requestId } = { requestId: '' }] = await listed();
    const ticket = { connectionId: 'desk', key: desk.key };
    expect(await ended(system, requestId)).toMatchObject({ state: 'COMPLETED', reference: desk.key, ticket });
    await expect.poll(desk.told, { timeout: 30_000 }).toEqual([
      ['The GDPR request was accepted and is being worked on.', true],
      ['The GDPR request is done: the archive can be downloaded.', true],
    ]);
    expect(await callApi(system, 'GET', `/v1/requests/${requestId}/archive`)).toMatchObject({ status: 303 }); // a named recipient
    expect((await listed()).length).toBe(1);
    const kept = {
      log: await readFile(system.logFile, 'utf8'),
      executions: await readFile(system.executionsFile, 'utf8'),
      comments: JSON.stringify(desk.comments.taken),
    };
    expect(leaks(kept, [system.users[0]!, desk.secret, system.login.password])).toEqual([]);
  });
});
