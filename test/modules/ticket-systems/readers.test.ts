import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { freshserviceReader } from '../../../modules/ticket-systems/freshservice/read-ticket.ts';
import { jiraReader } from '../../../modules/ticket-systems/jira/read-ticket.ts';
import { servicenowReader } from '../../../modules/ticket-systems/servicenow/read-ticket.ts';
import type { TicketReader } from '../../../modules/ticket-systems/ticket.ts';
import { type Ask, ticketApi } from '../../../modules/ticket-systems/ticket-api.ts';
import { zendeskReader } from '../../../modules/ticket-systems/zendesk/read-ticket.ts';
import { localRules } from '../../support/peer-rules.ts';
import { type PlainPeer, startPlainPeer } from '../../support/plain-peer.ts';
import * as vendors from '../../support/vendors/tickets.ts';

const AUTHORIZATION = 'Basic Z2RwcjprZXk=';
const sysId = (digit: number) => String(digit).repeat(32);
let peer: PlainPeer;
beforeAll(async () => {
  peer = await startPlainPeer();
});
beforeEach(() => peer.reset());
afterAll(() => peer?.stop());

interface Vendor {
  readonly standIn: typeof vendors.jiraTickets;
  readonly reader: (ask: Ask) => TicketReader;
  readonly key: string;
  /** Ids of people and of the group, as the vendor has them. */
  readonly ids: {
    readonly requester: string;
    readonly approver: string;
    readonly group: string;
    readonly queue: string;
  };
  readonly field: string;
}
const numbers = { requester: '11', approver: '22', group: '33', queue: '44' };
const VENDORS: Readonly<Record<string, Vendor>> = {
  jira: {
    standIn: vendors.jiraTickets,
    reader: (ask) => jiraReader(ask, 'Approved'),
    key: 'GDPR-7',
    field: 'customfield_1',
    ids: { requester: 'rita', approver: 'dora', group: 'dpo', queue: 'GDPR' },
  },
  zendesk: {
    standIn: vendors.zendeskTickets,
    reader: (ask) => zendeskReader(ask, { field: '77', value: 'Approved' }),
    key: '35436',
    field: '55',
    ids: numbers,
  },
  freshservice: {
    standIn: vendors.freshserviceTickets,
    reader: freshserviceReader,
    key: '12',
    field: 'employee',
    ids: numbers,
  },
  servicenow: {
    standIn: vendors.servicenowTickets,
    reader: (ask) => servicenowReader(ask, 'sc_req_item'),
    key: sysId(7),
    field: 'u_employee',
    ids: { requester: sysId(1), approver: sysId(2), group: sysId(3), queue: sysId(4) },
  },
};

describe.each(Object.entries(VENDORS))('tickets of %s', (name, { standIn, reader, key, ids, field }) => {
  const signal = new AbortController().signal;
  const api = (authorization = AUTHORIZATION) =>
    reader(ticketApi({ url: peer.url, authorization: async () => authorization, rules: localRules() }));
  const have = (...history: [id: string, by: string, to: string][]) => {
    const ticket = {
      key,
      queue: ids.queue,
      requester: ids.requester,
      fields: { [field]: 'o"neil 姓名' },
      history: history.map(([id, by, to]) => ({ id: name === 'servicenow' ? sysId(Number(id)) : id, by, to })),
    };
    const answer = standIn(AUTHORIZATION, [ticket], { [ids.approver]: [ids.group] });
    peer.answerWith(answer);
    return answer;
  };
  const idOf = (id: string) => (name === 'servicenow' ? sysId(Number(id)) : id);

  it('are read with who approved them last, and in which groups that one is', async () => {
    // Freshservice has no history: all of its approvals must be given.
    const before = name === 'freshservice' ? 'Approved' : 'Declined';
    have(['1', ids.requester, 'Approved'], ['2', ids.approver, before], ['3', ids.approver, 'Approved']);
    const ticket = await api().read(key, signal);
    expect(ticket).toMatchObject({
      key,
      queue: ids.queue,
      createdAt: '2026-11-20T08:00:00.000Z',
      fields: { [field]: 'o"neil 姓名' },
      approval: { id: idOf('3'), approverId: ids.approver, approverGroups: [ids.group] },
    });
    expect(ticket?.requesterIds).toContain(ids.requester);
    expect(peer.asked.every(({ method }) => method === 'GET')).toBe(true);
  });

  it('are not approved any more once that was taken back', async () => {
    have(['1', ids.approver, 'Approved'], ['2', ids.approver, 'Declined']);
    expect((await api().read(key, signal))?.approval).toBeUndefined();
    have();
    expect((await api().read(key, signal))?.approval).toBeUndefined();
  });

  it('are not there, where the vendor has none, or another', async () => {
    peer.answerWith({ status: 404 });
    await expect(api().read(key, signal)).rejects.toMatchObject({ name: 'TicketUnclearError' });
  });

  it('are not taken for unapproved when their history is empty, or is not there', async () => {
    const shown = have(['1', ids.approver, 'Approved']);
    const empty = { status: 200, body: JSON.stringify({ total: 0, values: [], audits: [], result: [] }) };
    // Freshservice: an empty list is that of a ticket of which nobody was asked for an approval.
    for (const history of [{ status: 404 }, ...(name === 'freshservice' ? [] : [empty])]) {
      peer.answerWith((call) => (/changelog|audits|approv/.test(call.path) ? history : shown(call)));
      await expect(api().read(key, signal)).rejects.toMatchObject({ name: 'TicketUnclearError' });
    }
  });

  it.each([
    ['a wrong account', undefined, 'answered with HTTP 401'],
    ['too many calls', { status: 429, headers: { 'retry-after': '17' } }, 'answered with HTTP 429'],
    ['a fault', { status: 503 }, 'answered with HTTP 503'],
    ['a redirect', { status: 302, headers: { location: 'https://elsewhere.example.com/' } }, 'answered with HTTP 302'],
    ['a page instead of JSON', { status: 200, body: '<html>' }, 'did not answer as documented'],
    ['other JSON', { status: 200, body: '{"ticket":7,"fields":[]}' }, 'did not answer as documented'],
  ] as const)('cannot be read after %s, and nothing more is asked', async (_what, answer, words) => {
    if (answer) peer.answerWith(answer);
    else have();
    const failed = api('Basic d3Jvbmc=').read(key, signal);
    await expect(failed).rejects.toThrow(words);
    const retryAfter = answer?.status === 429 ? 17 : undefined;
    await expect(failed).rejects.toMatchObject({ name: 'TicketSystemError', retryAfter });
    expect(peer.asked).toHaveLength(1);
  });

  it('cannot be read from a system that is slow, down, or answers without end', async () => {
    peer.answerWith('silence');
    await expect(api().read(key, AbortSignal.timeout(200))).rejects.toThrow();
    peer.answerWith({ status: 200, body: 'x'.repeat(9 * 1024 * 1024) });
    await expect(api().read(key, signal)).rejects.toMatchObject({ name: 'AnswerTooLongError' });
    const nobody = ticketApi({ url: 'http://127.0.0.1:9', authorization: async () => '', rules: localRules() });
    await expect(reader(nobody).read(key, signal)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });
});

describe('approvals of Freshservice', () => {
  const signal = new AbortController().signal;
  const read = async () => {
    const ask = ticketApi({ url: peer.url, authorization: async () => AUTHORIZATION, rules: localRules() });
    return (await freshserviceReader(ask).read('12', signal)).approval;
  };
  const desk = (...states: string[]) =>
    vendors.freshserviceTickets(
      AUTHORIZATION,
      [
        {
          key: '12',
          queue: '44',
          requester: '11',
          fields: {},
          history: states.map((to, at) => ({ id: String(at + 1), by: '22', to })),
        },
      ],
      { 22: ['33'] },
    );

  it.each([
    ['one that was withdrawn', ['Approved', 'Cancelled'], '1'],
    ['none but such that were withdrawn', ['Cancelled', 'Cancelled'], undefined],
    ['one on a later page that is still open', ['Approved', 'Approved', 'Approved', 'Requested'], undefined],
    ['all given, the last on a later page', ['Approved', 'Approved', 'Approved'], '3'],
  ] as const)('count with %s', async (_what, states, id) => {
    peer.answerWith(desk(...states));
    expect((await read())?.id).toBe(id);
  });

  it('are read once where the address knows no pages, and not without end where it knows too many', async () => {
    const whole = desk('Approved', 'Approved');
    peer.answerWith((call) => whole({ ...call, path: call.path.replace(/\?.*/, '') }));
    expect((await read())?.id).toBe('2');
    expect(peer.asked).toHaveLength(4); // ticket, page, the same page, approver
    peer.answerWith((call) => {
      const page = Number(/&page=(\d+)/.exec(call.path)?.[1]);
      const approval = { id: page, approver_id: 22, updated_at: '', approval_status: { name: 'approved' } };
      return page ? { status: 200, body: JSON.stringify({ approvals: [approval] }) } : whole(call);
    });
    await expect(read()).rejects.toMatchObject({ name: 'TicketUnclearError' });
  });
});
