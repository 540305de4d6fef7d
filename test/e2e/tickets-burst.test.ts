import { type ChildProcess, fork } from 'node:child_process';
import { createHmac, randomBytes, randomInt } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TABLES } from '../../local/environment.ts';
import type { Requests } from '../../modules/requests/store.ts';
import { dynamoDeliveries } from '../../modules/tickets/adapters/dynamo-deliveries.ts';
import { processTickets } from '../../modules/tickets/process-tickets.ts';
import { type LocalAws, startLocalAws } from '../support/aws.ts';
import { aPolicy, memoryRequests } from '../support/fakes.ts';
import { aConnection, aTicket, workPorts } from '../support/tickets.ts';

const CHILD = join(import.meta.dirname, '../support/receive-child.ts');
const SECRET = randomBytes(24).toString('hex');
const DELIVERIES = process.env.GDPR_TEST_DEEP === '1' ? 1000 : 300;
const TICKETS = 0.7 * DELIVERIES;
/** Of the repeats, those that come under an id of their own. */
const ANEW = (DELIVERIES - TICKETS) / 2;
const AT_ONCE = 16;
const PATIENCE_MS = 60_000;

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

/** Kills the receiver at a random moment, once it has answered some, and starts another, until told to stop. */
async function killAgainAndAgain(answered: () => number, signal: AbortSignal): Promise<number> {
  for (let kills = 0; ; kills += 1) {
    const enough = answered() + randomInt(10, 100);
    while (answered() < enough && !signal.aborted) await pause(randomInt(1, 20));
    if (signal.aborted) return kills;
    receiver.kill('SIGKILL');
    await once(receiver, 'exit');
    await startReceiver();
  }
}

/** One webhook; of two about one ticket the vendor may be sending one again, or telling of it anew. */
interface Told {
  readonly ticketId: number;
  readonly invocationId: string;
}

/** Sends one webhook as a vendor does: again, with the same id, until it hears that it was taken. */
async function deliver({ ticketId, invocationId }: Told): Promise<number> {
  const body = JSON.stringify({ ticket_id: ticketId });
  const lastAt = Date.now() + PATIENCE_MS;
  while (Date.now() < lastAt) {
    const time = new Date().toISOString();
    const headers = {
      'content-type': 'application/json',
      'x-zendesk-webhook-signature': createHmac('sha256', SECRET)
        .update(time + body)
        .digest('base64'),
      'x-zendesk-webhook-signature-timestamp': time,
      'x-zendesk-webhook-invocation-id': invocationId,
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
  it('leads to exactly one Request for every approved ticket, and loses none', { timeout: 240_000 }, async () => {
    await startReceiver();
    const first = Array.from({ length: TICKETS }, (_, ticketId) => ({ ticketId, invocationId: `first-${ticketId}` }));
    const repeats = Array.from({ length: DELIVERIES - TICKETS }, (_, at): Told => {
      const again = first[randomInt(TICKETS)]!;
      return at < ANEW ? { ...again, invocationId: `anew-${at}` } : again;
    });
    const queue = [...first, ...repeats].sort(() => Math.random() - 0.5);
    const stop = new AbortController();
    const statuses: number[] = [];
    const killing = killAgainAndAgain(() => statuses.length, stop.signal);
    const senders = Array.from({ length: AT_ONCE }, async () => {
      for (let at = queue.pop(); at !== undefined; at = queue.pop()) statuses.push(await deliver(at));
    });
    await Promise.all(senders);
    stop.abort();
    const kills = await killing;
    expect(statuses).toHaveLength(DELIVERIES);
    expect(kills).toBeGreaterThan(DELIVERIES / 125);

    const isApproved = (id: number) => id % 2 === 0;
    const desk = aConnection(async (key) => {
      const { approval, ...open } = aTicket({ key });
      return isApproved(Number(key)) ? { ...open, approval: approval! } : open;
    });
    const started: string[] = [];
    let minutes = 0;
    const memory = memoryRequests();
    const requests: Requests = {
      ...memory,
      by: () => requests,
      create: async (record) => {
        await memory.create(record);
        started.push(record.reference!);
      },
    };
    const ports = workPorts({
      deliveries: dynamoDeliveries(aws.dynamo, TABLES.requests),
      connectionOf: () => desk,
      requests,
      clock: { now: () => new Date(Date.now() + minutes * 60_000) },
      executions: {
        start: async (_kind, requestId) => void (await requests.transition(requestId, 'RUNNING')),
        stop: async () => {},
      },
    });
    // Two calls of the schedule at once: one takes longer than a minute. What waits for the start of another comes later.
    const signal = new AbortController().signal;
    let done = 0;
    for (; minutes <= 18; minutes += 6) {
      const runs = await Promise.all([
        processTickets(aPolicy(), ports, signal),
        processTickets(aPolicy(), ports, signal),
      ]);
      done += runs.reduce((sum, run) => sum + run.done, 0);
    }

    expect(done).toBe(TICKETS + ANEW);
    const approved = Array.from({ length: TICKETS }, (_, id) => id).filter(isApproved);
    expect(started.map(Number).sort((a, b) => a - b)).toEqual(approved);
  });
});
