import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AskedCall } from '../../local/ticket-system/vendor-api.ts';
import { type LocalAws, startLocalAws } from '../support/aws.ts';
import { anOutbox } from '../support/outbox.ts';
import { type PlainPeer, startPlainPeer } from '../support/plain-peer.ts';
import { zendeskComments } from '../support/vendors/zendesk.ts';

const CHILD = join(import.meta.dirname, '../support/deliver-child.ts');

let aws: LocalAws;
let peer: PlainPeer;
beforeAll(async () => {
  [aws, peer] = await Promise.all([startLocalAws(), startPlainPeer()]);
});
afterAll(async () => {
  await peer?.stop();
  await aws?.stop();
});

async function deliver(now: Date): Promise<ChildProcess> {
  const { hostname, port, protocol } = await aws.dynamo.config.endpoint!();
  const tables = `${protocol}//${hostname}:${port}`;
  return spawn(process.execPath, [CHILD, tables, peer.url, now.toISOString()], { stdio: 'inherit' });
}

describe('a delivery that is killed between a post and its mark (R20)', () => {
  it('leads to one comment, whether or not the vendor had taken it', async () => {
    const system = anOutbox(aws);
    const [taken, lost] = [zendeskComments('Basic Z2RwcjprZXk=', '1'), zendeskComments('Basic Z2RwcjprZXk=', '2')];
    await system.create({ ticket: { connectionId: 'zendesk', key: '1' } });
    system.clock.advance(1);
    await system.create({ ticket: { connectionId: 'zendesk', key: '2' } });

    for (const take of [(call: AskedCall) => taken.answer(call), () => {}]) {
      const posted = Promise.withResolvers<void>();
      peer.answerWith((call) => {
        take(call);
        posted.resolve();
        return 'silence';
      });
      const child = await deliver(system.clock.now());
      await posted.promise;
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
    expect(peer.asked.map(({ method, path }) => `${method} ${path}`)).toEqual([
      ...['PUT /api/v2/tickets/1.json', 'PUT /api/v2/tickets/2.json'],
    ]);
    expect([taken.taken.length, lost.taken.length]).toEqual([1, 0]);

    peer.answerWith((call) => (call.path.includes('/1') ? taken : lost).answer(call));
    system.clock.advance(6);
    const [code] = await once(await deliver(system.clock.now()), 'exit');

    expect(code).toBe(0);
    expect([taken.taken.length, lost.taken.length]).toEqual([1, 1]);
    for await (const due of system.outbox.due(new Date('2027-11-23T09:00:00Z'))) expect(due).toBeUndefined();
  });
});
