import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { freshserviceReader } from '../../../../modules/ticket-systems/freshservice/vendor.ts';
import { ticketApi } from '../../../../modules/ticket-systems/ticket-api.ts';
import { localRules } from '../../../support/peer-rules.ts';
import { type PlainPeer, startPlainPeer } from '../../../support/plain-peer.ts';
import { freshservice } from '../../../support/vendors/freshservice.ts';

const AUTHORIZATION = 'Basic Z2RwcjprZXk=';
let peer: PlainPeer;
beforeAll(async () => {
  peer = await startPlainPeer();
});
beforeEach(() => peer.reset());
afterAll(() => peer?.stop());

describe('approvals of Freshservice', () => {
  const signal = new AbortController().signal;
  const read = async () => {
    const getJson = ticketApi({ url: peer.url, authorization: async () => AUTHORIZATION, rules: localRules() });
    return (await freshserviceReader(getJson)('12', signal)).approval;
  };
  const desk = (...states: string[]) =>
    freshservice.tickets(
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
