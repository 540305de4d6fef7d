import { createHmac } from 'node:crypto';
import { expect } from 'vitest';
import { GdprError } from '../../../modules/common/errors.ts';
import { StartRequestBody } from '../../../modules/requests/start-body.ts';
import { TicketSystemError, TicketUnclearError } from '../../../modules/ticket-systems/errors.ts';
import type { SignedCall } from '../../../modules/ticket-systems/signature.ts';
import { signatureOf, ticketWebhooks } from '../../../modules/ticket-systems/signature.ts';
import { ticketApi } from '../../../modules/ticket-systems/ticket-api.ts';
import { VENDORS, type VendorKind } from '../../../modules/ticket-systems/vendors.ts';
import { refusalOf, startBodyOf } from '../../../modules/tickets/judge.ts';
import { receiveTicket } from '../../../modules/tickets/receive-ticket.ts';
import { Connections } from '../../../modules/tickets/settings.ts';
import { silentLog } from '../../support/fakes.ts';
import { localRules } from '../../support/peer-rules.ts';
import { type PlainPeer, startPlainPeer } from '../../support/plain-peer.ts';
import { STAND_INS } from '../../support/vendors/stand-ins.ts';
import { CANARY, parsed, type Target, tried } from '../target.ts';

const KINDS = Object.keys(VENDORS) as VendorKind[];
const SECRET = 'f'.repeat(32);
const KEY = Buffer.alloc(32, 7);
const NOW = new Date();

/** The headers with which each scheme signs these bytes, whatever they are. */
function signed(scheme: string, body: Buffer): SignedCall['headers'] {
  const mac = (key: string | Buffer, ...parts: (string | Buffer)[]) =>
    parts.reduce((hmac, part) => hmac.update(part), createHmac('sha256', key));
  const seconds = String(Math.floor(NOW.getTime() / 1000));
  if (scheme === 'jira') return { 'x-hub-signature': `sha256=${mac(SECRET, body).digest('hex')}` };
  if (scheme === 'zendesk') {
    const time = NOW.toISOString();
    const signature = mac(SECRET, time, body).digest('base64');
    return { 'x-zendesk-webhook-signature': signature, 'x-zendesk-webhook-signature-timestamp': time };
  }
  if (scheme === 'freshservice') return { 'x-gdpr-secret': SECRET };
  const signature = `v1,${mac(KEY, `e1.${seconds}.`, body).digest('base64')}`;
  return { 'webhook-id': 'e1', 'webhook-timestamp': seconds, 'webhook-signature': signature };
}

const SCHEMES = KINDS.flatMap((kind) =>
  (['vendor', 'standard'] as const).map((by) => ({ kind, scheme: signatureOf(VENDORS[kind], by) })),
);

const webhooks: Target = {
  name: 'webhooks',
  samples: [
    JSON.stringify({ timestamp: NOW.getTime(), issue: { key: 'GDPR-7', fields: { summary: CANARY } } }),
    JSON.stringify({ ticket_id: 35436, subject: CANARY }),
    JSON.stringify({ type: 'ticket', detail: { id: '77' } }),
    JSON.stringify({ type: 'ticket.approved', data: { key: 'ab'.repeat(16) } }),
    JSON.stringify({ data: { key: 'GDPR-8' } }),
  ],
  words: ['"key"', '"issue"', '"ticket_id"', '"timestamp"', '"GDPR-9"', '123', '"toString"'],
  runs: 40,
  async run(body) {
    let accepted = 0;
    for (const { kind, scheme } of SCHEMES) {
      const secret = scheme.name === 'standard' ? `whsec_${KEY.toString('base64')}` : SECRET;
      const hooks = ticketWebhooks(VENDORS[kind], scheme, async () => [secret]);
      const taken: { readonly ticketKey: string }[] = [];
      const logged: unknown[] = [];
      const ports = {
        deliveries: { accept: async (delivery: { readonly ticketKey: string }) => taken.push(delivery) === 1 },
        webhooksOf: () => hooks,
        decoy: hooks,
        clock: { now: () => NOW },
        log: { ...silentLog, info: (...given: unknown[]) => void logged.push(given) },
      };
      const headers = signed(scheme.name, body);
      const outcome = await tried(() => receiveTicket('desk', { headers, body }, ports as never), GdprError);
      expect(JSON.stringify(logged)).not.toContain(CANARY);
      accepted += outcome ? 1 : 0;
      for (const { ticketKey } of taken) {
        expect(ticketKey).toMatch(VENDORS[kind].ticketKey);
        expect(JSON.stringify(JSON.parse(new TextDecoder().decode(body)))).toContain(ticketKey);
      }
      const [header] = Object.keys(headers);
      const forged = { headers: { ...headers, [header!]: body.toString('latin1') }, body };
      if (forged.headers[header!] !== headers[header!]) expect(await hooks.isGenuine(forged, NOW)).toBe(false);
    }
    return accepted > 0;
  },
};

/** Calls that reading one ticket may take. */
const MAX_CALLS = 400;

const connectionTo = (kind: VendorKind) => {
  const { connections, field, ids, intake } = STAND_INS[kind];
  const api = { url: 'https://vendor.example.com', secretId: 'tickets/desk' };
  const given = {
    secretId: 'ticket-webhooks/desk',
    queues: [ids.queue],
    approvers: { groups: [ids.group] },
    recipients: ['dpo-1'],
    mapping: { name: field },
    ...intake,
  };
  const { desk } = Connections.parse({ desk: { kind, api, ...connections[0]!.settings, intake: given } });
  return { ...desk!, intake: desk!.intake! };
};

let peer: PlainPeer | undefined;

/** What each stand-in answers while an approved ticket is read: the kind, then an answer a line. */
async function answersOf(kind: VendorKind): Promise<string> {
  const { tickets, key, ids, field, idOf } = STAND_INS[kind];
  const history = [{ id: idOf('3'), by: ids.approver, to: 'Approved' }];
  const ticket = { key, queue: ids.queue, requester: ids.requester, fields: { [field]: CANARY }, history };
  const answer = tickets('x', [ticket], { [ids.approver]: [ids.group] });
  const bodies: string[] = [];
  peer ??= await startPlainPeer();
  peer.answerWith((call) => {
    const given = answer(call);
    bodies.push((given as { readonly body: string }).body);
    return given;
  });
  await readerOf(kind)(key, AbortSignal.timeout(10_000));
  return [kind, ...bodies].join('\n');
}

const readerOf = (kind: VendorKind) => {
  const connection = connectionTo(kind);
  const access = { url: peer!.url, authorization: async () => 'x', rules: localRules() };
  return VENDORS[kind].reader(ticketApi(access), connection, connection.intake);
};

const SAMPLES: string[] = [];
for (const kind of KINDS) SAMPLES.push(await answersOf(kind));

/** The decoder's own error for an answer that is not UTF-8: tickets are tried again after any error, by its name alone. */
class NotUtf8Error extends Error {
  static override [Symbol.hasInstance](error: unknown): boolean {
    return error instanceof TypeError && (error as NodeJS.ErrnoException).code === 'ERR_ENCODING_INVALID_ENCODED_DATA';
  }
}

/** Half a character becomes U+FFFD. */
const whole = (_key: string, value: unknown): unknown => (typeof value === 'string' ? value.toWellFormed() : value);

const tickets: Target = {
  name: 'tickets',
  samples: SAMPLES,
  words: ['"approved"', '"Approved"', '"id"', '"total"', '"next_page"', '"values"', '22', '[]'],
  runs: 60,
  async run(input) {
    const [first = '', ...answers] = input.toString('latin1').split('\n');
    const kind = KINDS.find((one) => one === first);
    if (!kind) return false;
    peer ??= await startPlainPeer();
    peer.reset();
    peer.answerWith(() => {
      const body = Buffer.from(answers[Math.min(peer!.asked.length, answers.length) - 1] ?? '', 'latin1');
      return { status: peer!.asked.length > MAX_CALLS ? 503 : 200, body: body as unknown as string };
    });
    const { key } = STAND_INS[kind];
    const work = () => readerOf(kind)(key, AbortSignal.timeout(110_000));
    const read = await tried(work, TicketSystemError, TicketUnclearError, NotUtf8Error);
    expect(peer.asked.length).toBeLessThanOrEqual(MAX_CALLS);
    if (!read) return false;
    const ticket = read.result;
    const { intake } = connectionTo(kind);
    expect(ticket.key).toBe(key);
    if (ticket.createdAt !== undefined) expect(new Date(ticket.createdAt).toISOString()).toBe(ticket.createdAt);
    refusalOf(ticket, intake);
    if (ticket.approval) {
      const rest = answers
        .slice(1)
        .flatMap((one) => parsed(() => JSON.stringify(JSON.parse(one, whole)))?.result ?? []); // a number may be spelled 1e9
      expect(rest.join('\n')).toContain(JSON.stringify(ticket.approval.approverId).slice(1, -1));
    }
    const body = startBodyOf(ticket, intake.mapping);
    if (body) parsed(() => StartRequestBody.parse(body));
    return true;
  },
};

export const TICKET_TARGETS: readonly Target[] = [webhooks, tickets];

export async function stopTickets(): Promise<void> {
  await peer?.stop();
  peer = undefined;
}
