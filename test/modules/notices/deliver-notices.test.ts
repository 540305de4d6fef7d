import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Delivery, isMessage } from '../../../modules/notices/message.ts';
import { refusedTicketNotice } from '../../../modules/notices/notice.ts';
import { type LocalAws, startLocalAws } from '../../support/aws.ts';
import { anOutbox, scriptedChannels } from '../../support/outbox.ts';

const WEBHOOK = { kind: 'webhook', id: 'siem' } as const;
const BUS = { kind: 'bus' } as const;
const TICKET = { connectionId: 'jira-1', key: 'GDPR-7' };
const sent = (): Delivery => ({ kind: 'sent' });
const away = (): Delivery => ({ kind: 'later', error: 'HTTP 503', busy: true });

let aws: LocalAws;
let world: ReturnType<typeof anOutbox>;
beforeAll(async () => {
  aws = await startLocalAws();
});
beforeEach(async () => {
  const later = anOutbox(aws);
  later.clock.advance(100 * 24 * 60);
  await later.run(scriptedChannels([], sent)); // what another test has left
  world = anOutbox(aws);
});
afterAll(() => aws?.stop());

/** What is still to be done, at any time. */
async function left(): Promise<number> {
  let count = 0;
  for await (const _due of world.outbox.due(new Date('2027-11-23T09:00:00Z'))) count += 1;
  return count;
}

describe('deliverNotices (R20)', () => {
  it('tells the ticket, each webhook and the bus of what happened, once each', async () => {
    const requestId = await world.create({ ticket: TICKET });
    await world.requests.transition(requestId, 'RUNNING');
    await world.requests.transition(requestId, 'COMPLETED');
    const channels = scriptedChannels([WEBHOOK, BUS], sent);

    expect(await world.run(channels)).toEqual({ sent: 6, postponed: 0, givenUp: 0 });
    expect(channels.came.sort()).toEqual([
      ...['accepted -> bus', 'accepted -> ticket', 'accepted -> webhook'],
      ...['done -> bus', 'done -> ticket', 'done -> webhook'],
    ]);
    expect(await world.run(channels)).toEqual({ sent: 0, postponed: 0, givenUp: 0 });
    expect(await left()).toBe(0);
  });

  it('tells later what comes later, and names what is missing then', async () => {
    const requestId = await world.create();
    const notices: object[] = [];
    const channels = scriptedChannels([WEBHOOK], (notice) => {
      notices.push(notice);
      return sent();
    });
    await world.run(channels);
    await world.requests.putProgress(requestId, {
      source: 'engine',
      sourceId: 'e2',
      name: 'eu-2',
      state: 'UNREACHABLE',
      rows: 0,
      bytes: 0,
    });
    await world.requests.transition(requestId, 'RUNNING');
    await world.requests.transition(requestId, 'COMPLETED_WITH_ERRORS');
    await world.run(channels);

    expect(notices).toMatchObject([
      { event: 'accepted', noticeId: `${requestId}:accepted-1` },
      { event: 'done-with-errors', noticeId: `${requestId}:done-with-errors-3`, missing: [{ name: 'eu-2' }] },
    ]);
  });

  it('tells of a deadline that ends, of each warning once, and of a name that came back', async () => {
    const requestId = await world.create({ state: 'AWAITING_LOGIN' });
    const { deadline } = await world.requests.get(requestId);
    const warn = (warned: readonly string[], deadlineChanges: number) =>
      world.requests.note(requestId, { deadline: { ...deadline, warned }, deadlineChanges });
    await warn(['due-7'], 1);
    await warn(['due-7', 'due-2'], 2);
    await world.requests.transition(requestId, 'CANCELLED');
    await world.requests.addEvent(requestId, { what: 'name-came-back' });
    const ids: string[] = [];
    await world.run(
      scriptedChannels([WEBHOOK], ({ noticeId }) => {
        ids.push(noticeId.replace(`${requestId}:`, ''));
        return sent();
      }),
    );
    expect(ids.sort()).toEqual([
      ...['cancelled-4', 'deadline-warning-2', 'deadline-warning-3', 'name-came-back-5', 'needs-login-1'],
    ]);
  });

  it('leaves nothing to do where nobody is to be told', async () => {
    await world.create();
    expect(await left()).toBe(1);
    await world.run(scriptedChannels([], sent));
    expect(await left()).toBe(0);
  });

  it('keeps a mark that came while its messages were written', async () => {
    const requestId = await world.create();
    const { outbox, requests } = world;
    for await (const due of outbox.due(world.clock.now())) {
      if (isMessage(due) || due.requestId !== requestId) continue;
      world.clock.advance(1);
      await requests.transition(requestId, 'FAILED', { failure: 'X' });
      await outbox.markReported(due);
    }
    const channels = scriptedChannels([WEBHOOK], sent);
    await world.run(channels);
    expect(channels.came).toEqual(['accepted -> webhook', 'failed -> webhook']);
  });

  it('shows nothing of its own on the Request, and changes nothing of it when nothing can be delivered', async () => {
    const requestId = await world.create({ ticket: TICKET });
    const before = await world.requests.get(requestId);
    await world.run(
      scriptedChannels([], () => {
        throw new TypeError('no way out');
      }),
    );
    expect(await world.requests.get(requestId)).toEqual(before);
    expect(Object.keys(before).filter((name) => /outbox|told/i.test(name))).toEqual([]);
  });

  it('comes back to a target that is away, with pauses that grow, and gives up after a day, loudly', async () => {
    await world.create({ ticket: TICKET });
    const tries: number[] = [];
    const start = world.clock.now().getTime();
    const channels = scriptedChannels([], () => {
      tries.push((world.clock.now().getTime() - start) / 60_000);
      return away();
    });
    for (let minute = 0; minute < 25 * 60; minute += 5) {
      await world.run(channels);
      world.clock.advance(5);
    }

    expect(tries.slice(0, 4)).toEqual([0, 5, 10, 15]);
    expect(tries.at(-1)).toBe(24 * 60);
    expect(tries.length).toBeLessThan(40);
    expect(world.warned).toEqual([
      {
        event: 'notice given up',
        fields: expect.objectContaining({ sourceId: 'ticket:jira-1', error: 'HTTP 503', count: tries.length }),
      },
    ]);
    expect(await left()).toBe(0);
  });

  it('does not try a target that is away again and again, and keeps no other target waiting', async () => {
    for (let n = 0; n < 5; n += 1) await world.create({ ticket: { ...TICKET, key: `GDPR-${n}` } });
    let knocks = 0;
    const channels = scriptedChannels([WEBHOOK], (_notice, { kind }) => {
      if (kind === 'webhook') return sent();
      knocks += 1;
      return away();
    });
    expect(await world.run(channels)).toEqual({ sent: 5, postponed: 1, givenUp: 0 });
    expect(knocks).toBe(1);
    await world.run(channels);
    expect(knocks).toBe(1);
  });

  it('says of a way out that fails what the network calls it, and no more', async () => {
    await world.create({ ticket: TICKET });
    world.clock.advance(25 * 60);
    await world.run(
      scriptedChannels([], () => {
        throw Object.assign(new Error('connect ECONNREFUSED zendesk.example.com'), { code: 'ECONNREFUSED' });
      }),
    );
    world.clock.advance(24 * 60);
    await world.run(
      scriptedChannels([], () => {
        throw new DOMException('after 10 s', 'TimeoutError');
      }),
    );
    expect(world.warned).toMatchObject([{ fields: { error: 'TimeoutError' } }]);
    expect(world.informed).toContainEqual({
      event: 'notice postponed',
      fields: expect.objectContaining({ error: 'ECONNREFUSED' }),
    });
  });

  it('pauses as long as it is asked to', async () => {
    await world.create();
    let tries = 0;
    const channels = scriptedChannels([WEBHOOK], () => {
      tries += 1;
      return tries > 1 ? sent() : { kind: 'later', error: 'HTTP 429', busy: true, retryAfter: 1800 };
    });
    await world.run(channels);
    world.clock.advance(29);
    await world.run(channels);
    expect(tries).toBe(1);
    world.clock.advance(2);
    await world.run(channels);
    expect(channels.came).toEqual(['accepted -> webhook']);
  });

  it('takes up again, as one that may have arrived, what died between its post and its mark', async () => {
    await world.create({ ticket: TICKET });
    const dies = new AbortController();
    const again: boolean[] = [];
    const channels = scriptedChannels([], (_notice, _target, isAgain) => {
      again.push(isAgain);
      dies.abort();
      return sent();
    });
    await world.run(channels, dies.signal);
    await world.run(channels);
    expect(again).toEqual([false]); // it may still be on its way
    world.clock.advance(6);
    await world.run(channels);
    expect(again).toEqual([false, true]);
    expect(await left()).toBe(0);
  });

  it('lets one of two runs at the same time take a message', async () => {
    await world.create({ ticket: TICKET });
    await world.run(scriptedChannels([], () => ({ kind: 'later', error: 'X', busy: false })));
    world.clock.advance(5);
    const channels = scriptedChannels([], sent);
    const runs = await Promise.all([world.run(channels), world.run(channels), world.run(channels)]);
    expect(channels.came).toEqual(['accepted -> ticket']);
    expect(runs.map((run) => run.sent).sort()).toEqual([0, 0, 1]);
  });

  it('tells a ticket that led to no Request why, once, however often that is written down', async () => {
    const notice = refusedTicketNotice(TICKET, '10042', 'own-approval', world.clock.now().toISOString());
    const target = { kind: 'ticket', ...TICKET } as const;
    await world.outbox.write(notice, [target], world.clock.now());
    const channels = scriptedChannels([WEBHOOK, BUS], sent);
    await world.run(channels);
    await world.outbox.write(notice, [target], world.clock.now());
    await world.run(channels);
    expect(channels.came).toEqual(['refused -> ticket']);
  });

  it('puts a webhook off that wants nothing any more, and gives up what a ticket will never take', async () => {
    await world.create({ ticket: TICKET });
    const channels = scriptedChannels([WEBHOOK], (_notice, { kind }) =>
      kind === 'webhook' ? { kind: 'gone' } : { kind: 'refused', error: 'HTTP 404' },
    );
    expect(await world.run(channels)).toEqual({ sent: 0, postponed: 0, givenUp: 2 });
    expect(channels.off).toEqual([WEBHOOK]);
    expect(world.warned.map(({ event }) => event)).toEqual(['notice given up', 'notice given up']);
    expect(await left()).toBe(0);
  });
});
