import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { mentions, ticketOutlet } from '../../../../modules/notices/adapters/ticket-comments.ts';
import type { Notice } from '../../../../modules/notices/notice.ts';
import type { CommentApi } from '../../../../modules/ticket-systems/comment.ts';
import { freshserviceComments } from '../../../../modules/ticket-systems/freshservice/comment.ts';
import { jiraIssueComments, jiraServiceDeskComments } from '../../../../modules/ticket-systems/jira/comment.ts';
import { servicenowComments } from '../../../../modules/ticket-systems/servicenow/comment.ts';
import { zendeskComments } from '../../../../modules/ticket-systems/zendesk/comment.ts';
import { localRules } from '../../../support/peer-rules.ts';
import { type PlainPeer, startPlainPeer } from '../../../support/plain-peer.ts';
import * as vendors from '../../../support/vendors/comments.ts';

const AUTHORIZATION = 'Basic Z2RwcjprZXk=';
const requestId = '00000000-0000-4000-8000-000000000001';
const notice: Notice = {
  noticeId: `${requestId}:done-with-errors-7`,
  event: 'done-with-errors',
  at: '2026-11-23T09:00:00.000Z',
  about: {
    requestId,
    kind: 'retrieve',
    state: 'COMPLETED_WITH_ERRORS',
    attempt: 1,
    dueAt: '2026-12-23T23:59:59.000Z',
  },
  missing: [{ name: 'eu <2> & "co"', state: 'UNREACHABLE' }],
};
const SYS_ID = '9d385017c611228701d22104cc95c371';

const VENDORS: readonly {
  readonly vendor: string;
  readonly key: string;
  readonly comments: CommentApi;
  readonly standIn: () => vendors.CommentStandIn;
}[] = [
  {
    vendor: 'Jira Service Management',
    key: 'GDPR-7',
    comments: jiraServiceDeskComments,
    standIn: () => vendors.jiraServiceDesk(AUTHORIZATION, 'GDPR-7'),
  },
  {
    vendor: 'Jira',
    key: 'GDPR-7',
    comments: jiraIssueComments,
    standIn: () => vendors.jiraIssue(AUTHORIZATION, 'GDPR-7'),
  },
  {
    vendor: 'Zendesk',
    key: '35436',
    comments: zendeskComments,
    standIn: () => vendors.zendesk(AUTHORIZATION, '35436'),
  },
  {
    vendor: 'Freshservice',
    key: '42',
    comments: freshserviceComments,
    standIn: () => vendors.freshservice(AUTHORIZATION, '42'),
  },
  {
    vendor: 'ServiceNow',
    key: SYS_ID,
    comments: servicenowComments('sc_req_item'),
    standIn: () => vendors.servicenow(AUTHORIZATION, `sc_req_item/${SYS_ID}`),
  },
];

let peer: PlainPeer;
beforeAll(async () => {
  peer = await startPlainPeer();
});
beforeEach(() => peer.reset());
afterAll(() => peer?.stop());

const outletOf = ({ key, comments }: (typeof VENDORS)[number], authorization = AUTHORIZATION) =>
  ticketOutlet(
    {
      url: peer.url,
      comments,
      rules: localRules(),
      consoleUrl: 'https://gdpr.example.com/',
      authorization: async () => authorization,
    },
    key,
  );
const never = new AbortController().signal;
const posts = () => peer.asked.filter(({ method }) => method !== 'GET');

describe.each(VENDORS)('comments on tickets of $vendor (R20)', (vendor) => {
  let standIn: vendors.CommentStandIn;
  beforeEach(() => {
    standIn = vendor.standIn();
    peer.answerWith((call) => standIn.answer(call));
  });

  it('are private, in words, with a link to the console and a marker', async () => {
    expect(await outletOf(vendor).deliver(notice, false, never)).toEqual({ kind: 'sent' });

    expect(peer.asked).toHaveLength(1);
    const [{ text, isPrivate }] = standIn.taken as [vendors.TakenComment];
    expect(isPrivate).toBe(true);
    expect(text).toContain('The GDPR request is done, but the archive is incomplete.');
    expect(text).toContain(`https://gdpr.example.com/#request=${requestId}`);
    expect(text).toContain(`[gdpr:${requestId}:done-with-errors-7]`);
    if (vendor.vendor === 'Freshservice') expect(text).toContain('eu &lt;2&gt; &amp; &quot;co&quot; (UNREACHABLE)');
    else expect(text).toContain('eu <2> & "co" (UNREACHABLE)');
  });

  it('are not posted again when an earlier try has arrived, however long the list is', async () => {
    const outlet = outletOf(vendor);
    await outlet.deliver(notice, false, never);
    for (let n = 0; n < 5; n += 1) standIn.taken.push({ text: `another comment ${n}`, isPrivate: false });
    standIn.taken.unshift(...standIn.taken.splice(2)); // somewhere amid the others

    expect(await outlet.deliver(notice, true, never)).toEqual({ kind: 'sent' });
    expect(posts()).toHaveLength(1);
  });

  it('are posted when an earlier try has not arrived, or only one that is called alike', async () => {
    standIn.taken.push({ text: `[gdpr:${notice.noticeId}2]`, isPrivate: true });
    for (let n = 0; n < 5; n += 1) standIn.taken.push({ text: `another comment ${n}`, isPrivate: true });

    expect(await outletOf(vendor).deliver(notice, true, never)).toEqual({ kind: 'sent' });
    expect(posts()).toHaveLength(1);
  });

  it('are not posted blindly when the list cannot be had', async () => {
    peer.answerWith(({ method }) => (method === 'GET' ? { status: 503 } : { status: 200 }));
    expect(await outletOf(vendor).deliver(notice, true, never)).toMatchObject({ kind: 'later', error: 'HTTP 503' });
    peer.answerWith(() => ({ status: 200, body: '<html>down for maintenance</html>' }));
    await expect(outletOf(vendor).deliver(notice, true, never)).rejects.toThrow();
    expect(posts()).toEqual([]);
  });

  it('wait when the key is not taken', async () => {
    expect(await outletOf(vendor, 'Basic b2xk').deliver(notice, false, never)).toEqual({
      kind: 'later',
      error: 'HTTP 401',
      busy: true,
    });
    expect(standIn.taken).toEqual([]);
  });
});

describe('ticketOutlet', () => {
  const [jira] = VENDORS as [(typeof VENDORS)[number]];
  it.each([
    [429, { 'retry-after': '30' }, { kind: 'later', error: 'HTTP 429', busy: true, retryAfter: 30 }],
    [500, {}, { kind: 'later', error: 'HTTP 500', busy: true }],
    [302, { location: '/login' }, { kind: 'later', error: 'HTTP 302', busy: true }],
    [404, {}, { kind: 'later', error: 'HTTP 404', busy: false }],
    [422, {}, { kind: 'refused', error: 'HTTP 422' }],
  ] as const)('takes %i for what it is', async (status, headers, end) => {
    peer.answerWith({ status, headers });
    expect(await outletOf(jira).deliver(notice, false, never)).toEqual(end);
  });

  it('ends with the function when the vendor is silent', async () => {
    peer.answerWith('silence');
    await expect(outletOf(jira).deliver(notice, false, AbortSignal.timeout(100))).rejects.toThrow();
  });

  it('sends a key of whatever signs to its own ticket alone', async () => {
    const zendesk = { ...VENDORS[2]!, key: '../users/1?x=#' };
    await outletOf(zendesk).deliver(notice, false, never);
    expect(peer.asked.map(({ path }) => path)).toEqual(['/api/v2/tickets/..%2Fusers%2F1%3Fx%3D%23.json']);
  });
});

describe('mentions', () => {
  it('tells a notice from one that is called alike', () => {
    expect([mentions('[gdpr:a-1]', 'a-1'), mentions('[gdpr:a-12] [gdpr:a-1]', 'a-1'), mentions('a-12', 'a-1')]).toEqual(
      [...[true, true, false]],
    );
  });
});
