import { type ChildProcess, fork } from 'node:child_process';
import { createHmac, randomBytes, randomInt } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dynamoDeliveries } from '../../adapters/dynamo-deliveries.ts';
import { workTickets } from '../../core/steps/work-tickets.ts';
import { TABLES } from '../../local/environment.ts';
import { type LocalAws, startLocalAws } from '../support/aws.ts';
import { aConnection, aTicket, workPorts } from '../support/tickets.ts';

const CHILD = join(import.meta.dirname, '../support/receive-child.ts');
const SECRET = randomBytes(24).toString('hex');
const DELIVERIES = 1000;
const TICKETS = 700;
const AT_ONCE = 16;

let aws: LocalAws;
let receiver: ChildProcess;
let url = '';
beforeAll(async () => {
  aws = await startLocalAws();
});
afterAll(async () => {
  receiver?.kill('SIGKILL');
  await aws?.stop();
});

async function startReceiver(): Promise<void> {
  const { hostname, port, protocol } = await aws.dynamo.config.endpoint!();
  receiver = fork(CHILD, [`${protocol}//${hostname}:${port}`], { env: { ...process.env, SECRET } });
  [url] = (await once(receiver, 'message')) as [string];
}

/** Kills the receiver at a random moment, and starts another, until told to stop. */
async function killAgainAndAgain(signal: AbortSignal): Promise<number> {
  for (let kills = 0; ; kills += 1) {
    await pause(randomInt(50, 400), undefined, { signal }).catch(() => {});
    if (signal.aborted) return kills;
    receiver.kill('SIGKILL');
    await once(receiver, 'exit');
    await startReceiver();
  }
}

/** Sends one webhook as a vendor does: again, with the same id, until it hears that it was taken. */
async function deliver(ticketId: number): Promise<number> {
  const body = JSON.stringify({ ticket_id: ticketId });
  for (let tries = 0; tries < 100; tries += 1) {
    const time = new Date().toISOString();
    const headers = {
      'x-zendesk-webhook-signature': createHmac('sha256', SECRET)
        .update(time + body)
        .digest('base64'),
      'x-zendesk-webhook-signature-timestamp': time,
      'x-zendesk-webhook-invocation-id': `invocation-${ticketId}`,
    };
    try {
      const { status } = await fetch(`${url}/v1/webhooks/desk`, { method: 'POST', headers, body });
      if (status < 300) return status;
    } catch {
      await pause(20); // it is being killed, or not yet there
    }
  }
  throw new Error('a vendor gave up');
}

describe('a burst of webhooks while the receiver is killed (R20)', () => {
  it('leads to exactly one Request for every approved ticket, and loses none', { timeout: 120_000 }, async () => {
    await startReceiver();
    const repeats = Array.from({ length: DELIVERIES - TICKETS }, () => randomInt(TICKETS));
    const queue = [...Array.from({ length: TICKETS }, (_, at) => at), ...repeats].sort(() => Math.random() - 0.5);
    const stop = new AbortController();
    const killing = killAgainAndAgain(stop.signal);
    const statuses: number[] = [];
    const senders = Array.from({ length: AT_ONCE }, async () => {
      for (let at = queue.pop(); at !== undefined; at = queue.pop()) statuses.push(await deliver(at));
    });
    await Promise.all(senders);
    stop.abort();
    const kills = await killing;
    expect(statuses).toHaveLength(DELIVERIES);
    expect(kills).toBeGreaterThan(2);

    const isApproved = (id: number) => id % 2 === 0;
    const desk = aConnection(async (key) => {
      const { approval, ...open } = aTicket({ key });
      return isApproved(Number(key)) ? { ...open, approval: approval! } : open;
    });
    const started: string[] = [];
    const ports = workPorts(dynamoDeliveries(aws.dynamo, TABLES.requests), () => desk);
    const { create } = ports.requests;
    Object.assign(ports.requests, {
      create: async (record: Parameters<typeof create>[0]) => {
        await create(record);
        started.push(record.reference!);
      },
    });
    // Two calls of the schedule at once: one takes longer than a minute.
    const signal = new AbortController().signal;
    const runs = await Promise.all([workTickets(ports, signal), workTickets(ports, signal)]);

    expect(runs.reduce((sum, { done }) => sum + done, 0)).toBe(TICKETS);
    const approved = Array.from({ length: TICKETS }, (_, id) => id).filter(isApproved);
    expect(started.map(Number).sort((a, b) => a - b)).toEqual(approved);
  });
});
