import { describe, expect, it, vi } from 'vitest';
import type { LifecyclePolicy } from '../../../modules/lifecycle/policy.ts';
import type { Executions } from '../../../modules/requests/executions.ts';
import { TicketSystemError, TicketUnclearError } from '../../../modules/ticket-systems/errors.ts';
import type { Ticket } from '../../../modules/ticket-systems/ticket.ts';
import {
  type ProcessTicketsPorts,
  processTickets,
  type TicketConnection,
} from '../../../modules/tickets/process-tickets.ts';
import { aPolicy, memoryRequests } from '../../support/fakes.ts';
import { MovedClock } from '../../support/outbox.ts';
import { aConnection, aTicket, memoryDeliveries, workPorts } from '../../support/tickets.ts';

const signal = new AbortController().signal;

const APPROVES_ANONYMIZATIONS: Partial<TicketConnection> = {
  mapping: { name: 'name', subjectKind: 'user', kind: 'anonymize', sources: ['portal'] },
  anonymize: 'allowed',
};

/** What a test may set: one connection `desk`, the ports, and how executions start until `startWith` says otherwise. */
interface Given {
  readonly desk?: Partial<TicketConnection>;
  readonly ports?: Partial<ProcessTicketsPorts>;
  readonly start?: Executions['start'];
}

/** One connection `desk` whose ticket is as the test says. */
function setup(read: (key: string) => Ticket, given: Given = {}) {
  const clock = new MovedClock();
  const deliveries = memoryDeliveries();
  const asked: string[] = [];
  const desk = aConnection(async (key) => {
    asked.push(key);
    return read(key);
  }, given.desk);
  const lines: { readonly event: string; readonly fields?: object | undefined }[] = [];
  const keep = (event: string, fields?: object) => void lines.push({ event, fields });
  const made: string[] = [];
  const newId = () => {
    made.push(crypto.randomUUID());
    return made.at(-1)!;
  };
  const runs: Executions['start'] = async (_kind, requestId) =>
    void (await ports.requests.transition(requestId, 'RUNNING'));
  let start = given.start ?? runs;
  const ports = workPorts({
    deliveries,
    connectionOf: (id) => (id === 'desk' ? desk : undefined),
    newId,
    clock,
    log: { info: keep, warn: keep },
    executions: { start: (...args) => start(...args), stop: async () => {} },
    ...given.ports,
  });
  return {
    ports,
    clock,
    asked,
    lines,
    deliveries,
    accept: (deliveryId = 'one', connectionId = 'desk', ticketKey = 'GDPR-7') =>
      deliveries.accept({ connectionId, deliveryId, ticketKey, receivedAt: clock.now().toISOString() }),
    run: (policy: Partial<LifecyclePolicy> = {}) => processTickets(aPolicy(policy), ports, signal),
    /** How executions start from here on; by default they run. */
    startWith: (next: Executions['start'] = runs) => {
      start = next;
    },
    /** Requests that were made, of the ids that were drawn. */
    async requests() {
      const found = await Promise.all(made.map((id) => ports.requests.get(id).catch(() => undefined)));
      return found.filter((record) => record !== undefined);
    },
  };
}

describe('processTickets (R20)', () => {
  it('starts the Request that an approved ticket asks for, and names nobody in logs or items (R24)', async () => {
    const system = setup(() => aTicket({ createdAt: '2026-11-20T08:00:00.000Z' }));
    await system.accept();
    expect(await system.run()).toEqual({ done: 1 });
    const [request] = await system.requests();
    expect(request).toMatchObject({
      state: 'RUNNING',
      kind: 'retrieve',
      callerId: 'ticket:desk',
      reference: 'GDPR-7',
      recipients: ['dpo-1'],
      ticket: { connectionId: 'desk', key: 'GDPR-7' },
      deadline: { receivedAt: '2026-11-20T08:00:00.000Z' },
    });
    expect(await system.ports.vault.open(request!.requestId, 'subject')).toEqual({ kind: 'user', name: 'jdoe' });
    expect([...system.deliveries.outcomes.values()]).toEqual(['started']);
    expect(JSON.stringify([system.lines, [...system.deliveries.outcomes], request])).not.toContain('jdoe');
  });

  it('makes one Request of one approval, however often it is told; another approval is another Request', async () => {
    let approval = { id: '1', approverId: 'dora', approverGroups: [] };
    const system = setup(() => aTicket({ approval }));
    await system.accept('one');
    await system.accept('two');
    await system.run();
    const [begun] = await system.requests();
    system.clock.advance(6);
    await system.run();
    expect(await system.requests()).toMatchObject([{ requestId: begun!.requestId, state: 'RUNNING' }]);
    expect([...system.deliveries.outcomes.values()]).toEqual(['started', 'started']);
    approval = { ...approval, id: '2' };
    await system.accept('three');
    await system.run();
    expect(await system.requests()).toHaveLength(2);
  });

  it('goes on with the same Request after it was killed between the claim and the start', async () => {
    const requests = memoryRequests();
    const killed = vi.spyOn(requests, 'create').mockRejectedValueOnce(new Error('killed'));
    const system = setup(() => aTicket(), { ports: { requests } });
    await system.accept();
    await system.run();
    expect(await system.requests()).toEqual([]);
    expect(killed).toHaveBeenCalledOnce();
    system.clock.advance(10);
    await system.run();
    system.clock.advance(10);
    await system.run();
    expect(await system.requests()).toHaveLength(1);
  });

  it('makes another Request in the place of one that could not be started, and none in that of one that has run', async () => {
    const started: string[] = [];
    let isAway = true;
    const system = setup(() => aTicket(), {
      start: async (_kind, requestId) => {
        if (isAway) throw new Error('ThrottlingException');
        started.push(requestId);
      },
    });
    await system.accept();
    await system.run();
    expect(await system.requests()).toMatchObject([{ state: 'FAILED' }]);
    isAway = false;
    for (const _ of [1, 2]) {
      system.clock.advance(6);
      await system.run();
    }
    const [failed, second] = await system.requests();
    expect([failed, second]).toMatchObject([{ state: 'FAILED' }, { state: 'QUEUED' }]);
    expect(started).toEqual([second!.requestId]);
    expect([...system.deliveries.outcomes.values()]).toEqual(['started']);

    await system.ports.requests.transition(second!.requestId, 'RUNNING');
    await system.ports.requests.transition(second!.requestId, 'FAILED');
    await system.accept('told again');
    system.clock.advance(6);
    await system.run();
    expect(await system.requests()).toHaveLength(2);
    expect([...system.deliveries.outcomes.values()]).toEqual(['started', 'started']);
  });

  it('makes eight Requests that cannot be started, then gives the ticket up and raises the alarm', async () => {
    const system = setup(() => aTicket(), { start: () => Promise.reject(new Error('AccessDenied')) });
    await system.accept();
    for (let round = 0; round < 20; round += 1) {
      await system.run();
      system.clock.advance(180);
    }
    const requests = await system.requests();
    expect(requests.map(({ state, failure }) => [state, failure])).toEqual(Array(8).fill(['FAILED', 'Error']));
    expect([...system.deliveries.outcomes.values()]).toEqual(['given-up']);
    const fields = { sourceId: 'ticket:desk', count: 9, error: 'NotStartedError' };
    expect(system.lines).toContainEqual({ event: 'ticket given up', fields });
  });

  it('makes no other in the place of one that could not be started when a later word of the ticket comes', async () => {
    const system = setup(() => aTicket(), { desk: { login: 'later' } });
    await system.accept('approved');
    await system.run();
    const [waiting] = await system.requests();
    for (const state of ['QUEUED', 'CANCELLING', 'FAILED'] as const) // the login's launch was refused
      await system.ports.requests.transition(waiting!.requestId, state);
    await system.accept('our own comment');
    system.clock.advance(60);
    await system.run();

    expect(await system.requests()).toHaveLength(1);
    expect([...system.deliveries.outcomes.values()]).toEqual(['started', 'started']);
  });

  it('launches what was written when it was killed, and is done once that runs', async () => {
    const started: string[] = [];
    const killed = new Promise<void>(() => {});
    const system = setup(() => aTicket(), { start: () => killed });
    await system.accept();
    void system.run();
    await expect.poll(system.requests).toMatchObject([{ state: 'QUEUED' }]);
    system.startWith(async (_kind, id) => void started.push(id));
    for (const times of [1, 2]) {
      system.clock.advance(6);
      await system.run();
      expect(started).toHaveLength(times);
    }
    const [begun, ...more] = await system.requests();
    expect([started, more]).toEqual([[begun!.requestId, begun!.requestId], []]);
    expect([...system.deliveries.outcomes]).toEqual([]);
    await system.ports.requests.transition(begun!.requestId, 'RUNNING');
    system.clock.advance(6);
    await system.run();
    expect([...system.deliveries.outcomes.values()]).toEqual(['started']);
    expect(started).toHaveLength(2);
  });

  it('launches an anonymization that was left behind after the nightly jobs', async () => {
    const nightlyJobs = { zone: 'UTC', jobs: [{ from: '09:00', to: '10:00' }] };
    const killed = new Promise<void>(() => {});
    const system = setup(() => aTicket(), { desk: APPROVES_ANONYMIZATIONS, start: () => killed });
    await system.accept();
    void system.run();
    await expect.poll(system.requests).toMatchObject([{ state: 'QUEUED' }]);
    system.startWith();
    system.clock.advance(6);
    await system.run({ nightlyJobs });
    expect(await system.requests()).toMatchObject([{ state: 'QUEUED' }]);
    system.clock.advance(60);
    await system.run({ nightlyJobs });
    expect(await system.requests()).toMatchObject([{ state: 'RUNNING' }]);
  });

  it('leaves to the operator what an operator has logged in for', async () => {
    const started: string[] = [];
    const system = setup(() => aTicket(), {
      desk: { login: 'later' },
      start: async (_kind, id) => void started.push(id),
    });
    await system.accept('one');
    await system.run();
    const [waiting] = await system.requests();
    await system.ports.requests.transition(waiting!.requestId, 'QUEUED');
    await system.accept('two');
    system.clock.advance(6);
    await system.run();
    expect([started, [...system.deliveries.outcomes.values()]]).toEqual([[], ['started', 'started']]);
  });

  it('waits for an operator where there is no service account', async () => {
    const system = setup(() => aTicket(), { desk: { login: 'later' } });
    await system.accept();

    await system.run({ loginLater: 'refused' });

    expect(await system.requests()).toMatchObject([{ state: 'AWAITING_LOGIN' }]);
  });

  it('anonymizes where the connection allows it: who approves the ticket is the second person', async () => {
    const system = setup(() => aTicket(), { desk: APPROVES_ANONYMIZATIONS });
    await system.accept();

    await system.run({ approval: { retrieve: 'required', anonymize: 'required' }, preview: 'required' });

    expect(await system.requests()).toMatchObject([{ state: 'RUNNING', kind: 'anonymize' }]);
  });

  it('refuses an anonymization where the connection does not allow it', async () => {
    const refused = setup(() => aTicket(), { desk: { ...APPROVES_ANONYMIZATIONS, anonymize: 'refused' } });
    await refused.accept();

    await refused.run();

    expect(refused.ports.reported).toEqual(['desk/GDPR-7:refused-100 anonymization-not-allowed']);
  });

  it.each([
    ['was moved to another queue', aTicket({ queue: 'HR' }), 'other-queue', false],
    [
      'was un-approved between webhook and read-back',
      (({ approval: _gone, ...open }) => open)(aTicket()),
      'not-approved',
      false,
    ],
    ['was approved by its requester', aTicket({ requesterIds: ['dora'] }), 'approver-is-requester', true],
    [
      'was approved by somebody',
      aTicket({ approval: { id: '100', approverId: 'x', approverGroups: [] } }),
      'approver-not-authorised',
      true,
    ],
    ['has no name', aTicket({ fields: {} }), 'fields-not-valid', true],
    ['has a name that NXQL cannot spell', aTicket({ fields: { name: `a"b'` } }), 'fields-not-valid', true],
  ] as const)('starts nothing of a ticket that %s', async (_what, ticket, reason, isReported) => {
    const system = setup(() => ticket);
    await system.accept();
    await system.run();
    expect(await system.requests()).toEqual([]);
    expect([...system.deliveries.outcomes.values()]).toEqual([reason]);
    expect(system.ports.reported).toEqual(isReported ? [`desk/GDPR-7:refused-100 ${reason}`] : []);
  });

  it('leaves alone what is no longer configured', async () => {
    const system = setup(() => aTicket());
    await system.accept('one', 'gone');
    await system.run();
    expect([...system.deliveries.outcomes.values()]).toEqual(['not-configured']);
  });

  it('leaves a system that is away alone with all of its tickets for as long as it says, the one that failed last', async () => {
    let isAway = true;
    const system = setup((key) => {
      if (isAway) throw new TicketSystemError('answered with HTTP 429', 1800);
      return aTicket({ key });
    });
    for (const key of ['GDPR-1', 'GDPR-2', 'GDPR-3']) await system.accept(key, 'desk', key);
    await system.run();
    for (const _ of [1, 2]) {
      system.clock.advance(14);
      await system.run();
    }
    expect(system.asked).toEqual(['GDPR-1']);
    isAway = false;
    system.clock.advance(2.6);
    await system.run();
    expect(system.asked).toEqual(['GDPR-1', 'GDPR-2', 'GDPR-3']);
    system.clock.advance(1);
    await system.run();
    expect(system.asked.at(-1)).toBe('GDPR-1');
    expect([...system.deliveries.outcomes.values()]).toEqual(['started', 'started', 'started']);
    expect(await system.requests()).toHaveLength(3);
  });

  it('goes on with the others when an anonymization waits for another of the same person', async () => {
    const kind = { field: 'kind', values: { erase: 'anonymize', copy: 'retrieve' } } as const;
    const mapping = { name: 'name', subjectKind: 'user', kind, sources: ['portal'] } as const;
    const system = setup(
      (key) => aTicket({ key, fields: { name: 'jdoe', kind: key === 'GDPR-3' ? 'copy' : 'erase' } }),
      { desk: { mapping, anonymize: 'allowed' } },
    );
    for (const key of ['GDPR-1', 'GDPR-2', 'GDPR-3']) await system.accept(key, 'desk', key);
    await system.run();
    expect([...system.deliveries.outcomes.keys()]).toEqual(['desk/GDPR-1', 'desk/GDPR-3']);
    expect(system.lines).toContainEqual({
      event: 'ticket postponed',
      fields: { sourceId: 'ticket:desk', count: 1, error: 'SubjectBusyError' },
    });
  });

  it('looks again for a ticket that is not there, while others go on, and raises the alarm when it never comes', async () => {
    const here = new Set(['GDPR-9']);
    const system = setup((key) => {
      if (!here.has(key)) throw new TicketUnclearError('is not there');
      return aTicket({ key });
    });
    for (const key of ['GDPR-7', 'GDPR-8', 'GDPR-9']) await system.accept(key, 'desk', key);
    await system.run();
    expect([...system.deliveries.outcomes]).toEqual([['desk/GDPR-9', 'started']]);
    here.add('GDPR-8');
    for (let hours = 0; hours <= 6 * 24 + 3; hours += 1) {
      system.clock.advance(60);
      await system.run();
    }
    expect([...system.deliveries.outcomes].slice(1)).toEqual([
      ['desk/GDPR-8', 'started'],
      ['desk/GDPR-7', 'given-up'],
    ]);
    expect(system.ports.reported).toEqual(['desk/GDPR-7:refused-GDPR-7 given-up']);
    expect(system.lines.filter(({ event }) => event === 'ticket given up')).toHaveLength(1);
  });

  it('does not lock the service account: one refusal ends the round, and raises the alarm', async () => {
    let tried = 0;
    const serviceAccount = async () => {
      tried += 1;
      return { username: 'svc', password: 'expired' };
    };
    const system = setup(() => aTicket({ key: 'GDPR-7' }), { ports: { serviceAccount } });
    for (const id of ['one', 'two', 'three']) await system.accept(id);
    await system.run();
    expect(tried).toBe(1);
    expect(system.lines).toContainEqual({
      event: 'ticket postponed',
      fields: { sourceId: 'ticket:desk', count: 1, error: 'LoginRefusedError' },
    });
    expect(system.lines.filter(({ event }) => event === 'service account refused')).toHaveLength(1);
  });

  it('gives up after days, says so to the ticket, and raises the alarm', async () => {
    const system = setup(() => {
      throw new TicketSystemError('answered with HTTP 503');
    });
    await system.accept();
    for (let hours = 0; hours <= 6 * 24 + 3; hours += 1) {
      await system.run();
      system.clock.advance(60);
    }
    expect([...system.deliveries.outcomes.values()]).toEqual(['given-up']);
    expect(system.ports.reported).toEqual(['desk/GDPR-7:refused-one given-up']);
    expect(system.lines.filter(({ event }) => event === 'ticket given up')).toHaveLength(1);
  });

  it('gives up what was never asked for along with what was, before the store forgets it', async () => {
    const system = setup(() => {
      throw new TicketSystemError('answered with HTTP 503');
    });
    for (let id = 1; id <= 20; id += 1) await system.accept(String(id));
    for (let hours = 0; hours <= 6 * 24 + 3; hours += 1) {
      await system.run();
      system.clock.advance(60);
    }
    expect([...system.deliveries.outcomes.values()]).toEqual(Array(20).fill('given-up'));
    expect(system.lines.filter(({ event }) => event === 'ticket given up')).toHaveLength(20);
  });
});
