import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { CommentStandIn, TakenComment } from '../../../local/ticket-system/vendor-api.ts';
import { ticketChannel } from '../../../modules/notices/adapters/outbound.ts';
import type { Notice } from '../../../modules/notices/notice.ts';
import {
  type SignedCall,
  signatureOf,
  ticketWebhooks,
  webhookSecrets,
} from '../../../modules/ticket-systems/signature.ts';
import { type GetJson, ticketApi } from '../../../modules/ticket-systems/ticket-api.ts';
import { VENDORS, type VendorKind } from '../../../modules/ticket-systems/vendors.ts';
import { Connections } from '../../../modules/tickets/settings.ts';
import { localRules } from '../../support/peer-rules.ts';
import { type PlainPeer, startPlainPeer } from '../../support/plain-peer.ts';
import { signedCall } from '../../support/vendors/stand-in.ts';
import { STAND_INS } from '../../support/vendors/stand-ins.ts';
import { standardSender } from '../../support/vendors/standard-sender.ts';

/** What every vendor of the registry does alike, whatever its API looks like. */
const KINDS = Object.keys(VENDORS) as VendorKind[];
const AUTHORIZATION = 'Basic Z2RwcjprZXk=';
const signal = new AbortController().signal;

let peer: PlainPeer;
beforeAll(async () => {
  peer = await startPlainPeer();
});
beforeEach(() => peer.reset());
afterAll(() => peer?.stop());

/** A connection as the settings give it. */
function connectionTo(kind: VendorKind, settings: object = STAND_INS[kind].connections[0]!.settings) {
  const intake = {
    secretId: 'ticket-webhooks/desk',
    queues: [STAND_INS[kind].ids.queue],
    approvers: { groups: [STAND_INS[kind].ids.group] },
    recipients: ['dpo-1'],
    mapping: { name: STAND_INS[kind].field },
    ...STAND_INS[kind].intake,
  };
  const api = { url: 'https://vendor.example.com', secretId: 'tickets/desk' };
  const { desk } = Connections.parse({ desk: { kind, api, ...settings, intake } });
  return { ...desk!, intake: desk!.intake! };
}

describe('the registry of ticket vendors', () => {
  it('has a line for each folder, and each folder is a vendor', () => {
    const folders = readdirSync('modules/ticket-systems', { withFileTypes: true }).filter((entry) =>
      entry.isDirectory(),
    );
    expect(folders.map(({ name }) => name).sort()).toEqual([...KINDS].sort());
  });

  it('has a row in docs/tickets.md for each', () => {
    const rows = readFileSync('docs/tickets.md', 'utf8')
      .toLowerCase()
      .match(/^\| \w+/gm)!;

    expect(KINDS.filter((kind) => !rows.includes(`| ${kind}`))).toEqual([]);
  });

  it('is the only place outside their folders that names them', () => {
    const files = execFileSync('git', ['ls-files', 'modules', 'functions', 'infra', 'cli', 'client'], {
      encoding: 'utf8',
    });
    const sources = files.split('\n').filter((file) => file.endsWith('.ts') && existsSync(file));
    const elsewhere = sources.filter((file) => !file.startsWith('modules/ticket-systems/'));
    const names = new RegExp(`['"/.](${KINDS.join('|')})\\b`);
    expect(elsewhere.filter((file) => names.test(readFileSync(file, 'utf8')))).toEqual([]);
  });

  it('has no part missing, and no name of a signature twice where the schemes differ', () => {
    for (const kind of KINDS) {
      const { signature, ticketKey, ...vendor } = VENDORS[kind];
      expect(Object.values(vendor).every((part) => part !== undefined)).toBe(true);
      expect(ticketKey.source).toMatch(/^\^.*\$$/); // a key becomes part of an address
      const alike = KINDS.map((other) => VENDORS[other].signature).filter(({ name }) => name === signature.name);
      expect(new Set(alike).size).toBe(1);
      expect(signature.sentAt === undefined).toBe(signature.maxAgeMs === undefined);
    }
  });

  it.each(KINDS)('gives %s settings of its own, and refuses those of others', (kind) => {
    const others = KINDS.filter((other) => other !== kind).map((other) => STAND_INS[other]);
    const foreign = others.flatMap(({ connections, intake }) => [
      ...connections.map(({ settings }) => settings),
      intake,
    ]);
    const own = new Set([...Object.keys(VENDORS[kind].connection), ...Object.keys(VENDORS[kind].intake)]);
    expect(connectionTo(kind)).toMatchObject({ kind, ...STAND_INS[kind].connections[0]!.settings });
    for (const settings of foreign) {
      if (Object.keys(settings).every((field) => own.has(field))) continue;
      expect(() => connectionTo(kind, { ...STAND_INS[kind].connections[0]!.settings, ...settings })).toThrow(
        'Unrecognized',
      );
    }
  });
});

describe.each(KINDS)('tickets of %s', (kind) => {
  const { tickets, key, ids, field, idOf, keepsHistory } = STAND_INS[kind];
  const connection = connectionTo(kind);
  const reader = (getJson: GetJson) => VENDORS[kind].reader(getJson, connection, connection.intake);
  const api = (authorization = AUTHORIZATION) =>
    reader(ticketApi({ url: peer.url, authorization: async () => authorization, rules: localRules() }));
  const have = (...history: [id: string, by: string, to: string][]) => {
    const ticket = {
      key,
      queue: ids.queue,
      requester: ids.requester,
      fields: { [field]: 'o"neil 姓名' },
      history: history.map(([id, by, to]) => ({ id: idOf(id), by, to })),
    };
    const answer = tickets(AUTHORIZATION, [ticket], { [ids.approver]: [ids.group] });
    peer.answerWith(answer);
    return answer;
  };

  it('are read with the last approver and the groups of that person', async () => {
    // Without a history all approvals must be given.
    const before = keepsHistory ? 'Declined' : 'Approved';
    have(['1', ids.requester, 'Approved'], ['2', ids.approver, before], ['3', ids.approver, 'Approved']);
    const ticket = await api()(key, signal);
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
    expect((await api()(key, signal))?.approval).toBeUndefined();
    have();
    expect((await api()(key, signal))?.approval).toBeUndefined();
  });

  it('are not there, where the vendor has none, or another', async () => {
    peer.answerWith({ status: 404 });
    await expect(api()(key, signal)).rejects.toMatchObject({ name: 'TicketUnclearError' });
  });

  it('are not taken for unapproved when their history is empty, or is not there', async () => {
    const shown = have(['1', ids.approver, 'Approved']);
    const empty = { status: 200, body: JSON.stringify({ total: 0, values: [], audits: [], result: [] }) };
    // Without a history an empty list is that of a ticket of which nobody was asked for an approval.
    for (const history of [{ status: 404 }, ...(keepsHistory ? [empty] : [])]) {
      peer.answerWith((call) => (/changelog|audits|approv/.test(call.path) ? history : shown(call)));
      await expect(api()(key, signal)).rejects.toMatchObject({ name: 'TicketUnclearError' });
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
    const failed = api('Basic d3Jvbmc=')(key, signal);
    await expect(failed).rejects.toThrow(words);
    const retryAfter = answer?.status === 429 ? 17 : undefined;
    await expect(failed).rejects.toMatchObject({ name: 'TicketSystemError', retryAfter });
    expect(peer.asked).toHaveLength(1);
  });

  it('cannot be read from a system that is slow, down, or answers without end', async () => {
    peer.answerWith('silence');
    await expect(api()(key, AbortSignal.timeout(200))).rejects.toThrow();
    peer.answerWith({ status: 200, body: 'x'.repeat(9 * 1024 * 1024) });
    await expect(api()(key, signal)).rejects.toMatchObject({ name: 'AnswerTooLongError' });
    const nobody = ticketApi({ url: 'http://127.0.0.1:9', authorization: async () => '', rules: localRules() });
    await expect(reader(nobody)(key, signal)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });
});

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
const CONNECTIONS = KINDS.flatMap((kind) => STAND_INS[kind].connections.map((connection) => ({ kind, ...connection })));

describe.each(CONNECTIONS)('comments on tickets of $kind $settings (R20)', ({ kind, settings, comments }) => {
  const { key, written } = STAND_INS[kind];
  const channelOf = (authorization = AUTHORIZATION) =>
    ticketChannel(
      {
        url: peer.url,
        comments: VENDORS[kind].comments(connectionTo(kind, settings)),
        rules: localRules(),
        consoleUrl: 'https://gdpr.example.com/',
        authorization: async () => authorization,
      },
      key,
    );
  const posts = () => peer.asked.filter(({ method }) => method !== 'GET');
  let standIn: CommentStandIn;
  beforeEach(() => {
    standIn = comments(AUTHORIZATION, key);
    peer.answerWith((call) => standIn.answer(call));
  });

  it('are private, in words, with a link to the console and a marker', async () => {
    expect(await channelOf()(notice, false, signal)).toEqual({ kind: 'sent' });

    expect(peer.asked).toHaveLength(1);
    const [{ text, isPrivate }] = standIn.taken as [TakenComment];
    expect(isPrivate).toBe(true);
    expect(text).toContain('The GDPR request is done, but the archive is incomplete.');
    expect(text).toContain(`https://gdpr.example.com/#/requests/${requestId}`);
    expect(text).toContain(`[gdpr:${requestId}:done-with-errors-7]`);
    expect(text).toContain(written('eu <2> & "co" (UNREACHABLE)'));
  });

  it('are not posted again when an earlier try has arrived, however long the list is', async () => {
    const channel = channelOf();
    await channel(notice, false, signal);
    for (let n = 0; n < 5; n += 1) standIn.taken.push({ text: `another comment ${n}`, isPrivate: false });
    standIn.taken.unshift(...standIn.taken.splice(2)); // somewhere amid the others

    expect(await channel(notice, true, signal)).toEqual({ kind: 'sent' });
    expect(posts()).toHaveLength(1);
  });

  it('are posted when an earlier try has not arrived, or only one that is called alike', async () => {
    standIn.taken.push({ text: `[gdpr:${notice.noticeId}2]`, isPrivate: true });
    for (let n = 0; n < 5; n += 1) standIn.taken.push({ text: `another comment ${n}`, isPrivate: true });

    expect(await channelOf()(notice, true, signal)).toEqual({ kind: 'sent' });
    expect(posts()).toHaveLength(1);
  });

  it('are not posted blindly when the list cannot be read', async () => {
    peer.answerWith(({ method }) => (method === 'GET' ? { status: 503 } : { status: 200 }));
    expect(await channelOf()(notice, true, signal)).toMatchObject({ kind: 'later', error: 'HTTP 503' });
    peer.answerWith(() => ({ status: 200, body: '<html>down for maintenance</html>' }));
    await expect(channelOf()(notice, true, signal)).rejects.toThrow();
    expect(posts()).toEqual([]);
  });

  it('wait when the key is not accepted', async () => {
    expect(await channelOf('Basic b2xk')(notice, false, signal)).toEqual({
      kind: 'later',
      error: 'HTTP 401',
      busy: true,
    });
    expect(standIn.taken).toEqual([]);
  });

  it('go to their own ticket alone, whatever its key looks like', async () => {
    const api = VENDORS[kind].comments(connectionTo(kind, settings));
    const odd = '../users/1?x=#';
    for (const path of [api.post(odd, { text: '', marker: '' }).path, api.page(odd, api.first)])
      expect(path).toContain('..%2Fusers%2F1%3Fx%3D%23');
  });
});

const now = new Date('2026-11-24T09:00:00Z');
const SENDERS = KINDS.flatMap((kind) => [
  { kind, signedBy: 'vendor' as const, sender: STAND_INS[kind].signature },
  { kind, signedBy: 'standard' as const, sender: standardSender(STAND_INS[kind].key) },
]);

describe.each(SENDERS)('webhooks of $kind, signed by $signedBy', ({ kind, signedBy, sender }) => {
  afterEach(() => void vi.useRealTimers());
  const scheme = signatureOf(VENDORS[kind], signedBy);
  const [own, other] = [sender.newSecret(), sender.newSecret()];
  const hooks = (...secrets: string[]) => ticketWebhooks(VENDORS[kind], scheme, async () => secrets);
  const isGenuine = (given: SignedCall, ...secrets: string[]) =>
    hooks(...(secrets.length > 0 ? secrets : [own])).isGenuine(given, now);

  it('are accepted when genuine, and name ticket and event', async () => {
    vi.useFakeTimers({ now });
    const call = sender.sign(now, own, 'event-1');
    expect(await isGenuine(call)).toBe(true);
    const read = hooks().read(call);
    expect(read).toEqual({ ticketKey: STAND_INS[kind].key, deliveryId: expect.stringMatching(/^[0-9a-f]{64}$/) });
    const again = hooks().read(sender.sign(now, own, 'event-1'));
    if (sender.hasEventIds) expect(again).toEqual(read);
    else expect(again).not.toEqual(read);
    expect(hooks().read(sender.sign(now, own, 'event-2'))).not.toEqual(read);
  });

  it('are accepted by either of two secrets, and by no other, nor an empty one', async () => {
    vi.useFakeTimers({ now });
    expect(await isGenuine(sender.sign(now, other, '1'), own, other)).toBe(true);
    expect(await isGenuine(sender.sign(now, own, '1'), own, other)).toBe(true);
    expect(await isGenuine(sender.sign(now, other, '1'))).toBe(false);
    // A secret that somebody left empty lets nobody in, not even who signs with an empty one; Standard Webhooks cannot.
    const signedWith = scheme.name === 'standard' ? own : '';
    expect(await isGenuine(sender.sign(now, signedWith, '1'), '')).toBe(false);
    expect(await hooks().isGenuine(sender.sign(now, own, '1'), now)).toBe(false);
  });

  it('are refused with any bit of the body or the signature flipped, or with the signature missing or twice', async () => {
    vi.useFakeTimers({ now });
    const good = sender.sign(now, own, '1');
    const name = sender.header;
    const value = good.headers[name]!;
    await fc.assert(
      fc.asyncProperty(fc.nat(), fc.nat({ max: 7 }), async (at, bit) => {
        const flip = (bytes: Buffer) => {
          const copy = Buffer.from(bytes);
          copy[at % copy.length]! ^= 1 << bit;
          return copy;
        };
        if (sender.signsBody) expect(await isGenuine({ ...good, body: flip(good.body) })).toBe(false);
        // The last character of base64 holds bits that count for nothing.
        const changed = flip(Buffer.from(value.slice(0, -2))).toString('latin1') + value.slice(-2);
        expect(await isGenuine({ ...good, headers: { ...good.headers, [name]: changed } })).toBe(false);
      }),
      { numRuns: 200 },
    );
    for (const wrong of [undefined, '', `${value},${value}`, `${value}, x`]) {
      expect(await isGenuine({ ...good, headers: { ...good.headers, [name]: wrong } })).toBe(false);
    }
  });

  it('are accepted for as long as the sender tries again, and not before they were sent', async () => {
    vi.useFakeTimers({ now });
    expect(sender.ages.length > 0).toBe(sender.signsBody);
    for (const [minutes, isAccepted] of sender.ages) {
      const call = sender.sign(new Date(now.getTime() + minutes * 60_000), own, '1');
      expect(await isGenuine(call), `${minutes} minutes`).toBe(isAccepted);
    }
  });

  it('name no ticket when the body is not JSON, is empty, or the key is none', () => {
    const { headers } = sender.sign(now, own, '1');
    const keys = STAND_INS[kind].noKeys.map((key) =>
      JSON.stringify({ ticket_id: key, data: { key }, issue: { key }, detail: { id: key } }),
    );
    for (const body of ['', 'null', '[]', 'no json', '{"issue":7}', ...keys]) {
      expect(hooks().read(signedCall(body, headers)), body).toBeUndefined();
    }
  });

  it('have secrets that are long enough and in no documentation, two at most', () => {
    const isTaken = (...secrets: string[]) => webhookSecrets(scheme).safeParse({ secrets }).success;
    expect([isTaken(own), isTaken(own, other)]).toEqual([true, true]);
    expect([isTaken(), isTaken(own, other, own), isTaken(''), isTaken('hunter2')]).toEqual([
      false,
      false,
      false,
      false,
    ]);
    expect(isTaken(own, 'dGhpc19zZWNyZXRfaXNfZm9yX3Rlc3Rpbmdfb25seQ==')).toBe(false);
  });
});
