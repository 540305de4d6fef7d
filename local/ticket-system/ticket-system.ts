import { randomBytes, randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import * as z from 'zod';
import { basicAuthorization } from '../../modules/net/https-agent.ts';
import type { Connections } from '../../modules/tickets/settings.ts';
import { listenOnLoopback } from '../aws/loopback.ts';
import type { Piece } from '../pieces.ts';
import { pageHeaders } from '../web-page.ts';
import { APPROVED, DESK_PEOPLE, Desk, type DeskTicket, FIELDS, KINDS, QUEUE, SUBJECTS } from './desk.ts';
import { jiraServiceDesk, jiraTickets, jiraWebhook } from './jira-api.ts';
import { listPage, noticePage, ticketPage } from './pages.ts';
import type { PeerAnswer } from './vendor-api.ts';

interface TicketSystemOptions {
  /** Taken when it is free, else another one. */
  readonly port: number;
  /** Keeps the tickets; absent: in memory. */
  readonly file?: string;
  /** Address of the API, which gets the webhooks. */
  readonly apiUrl: () => string;
  /** Names to try. */
  readonly samples: readonly string[];
  /** Ids of callers who may fetch the archives. */
  readonly recipients: readonly string[];
  /** Whether a ticket reaches data of real people: then an operator logs in for it, and none is anonymized. */
  readonly isReal: boolean;
}

/** A simulated Jira with pages for a browser, connected to the system. */
interface TicketSystem extends Piece {
  readonly url: string;
  /** `connections` of the settings. */
  readonly connections: z.input<typeof Connections>;
  /** What Secrets Manager holds of it, by secret id. */
  readonly secrets: ReadonlyMap<string, string>;
}

const CONNECTION = 'helpdesk';
const API_SECRET = `tickets/${CONNECTION}`;
const WEBHOOK_SECRET = `ticket-webhooks/${CONNECTION}`;

const keysOf = <T extends object>(of: T) => z.enum(Object.keys(of) as (keyof T & string)[]);
const By = z.object({ by: keysOf(DESK_PEOPLE) });
const NewTicketForm = By.extend({
  kind: keysOf(KINDS),
  subject: keysOf(SUBJECTS),
  name: z.string().trim().min(1).max(200),
});
const CommentForm = By.extend({ text: z.string().trim().min(1).max(2000) });
const MAX_BODY_BYTES = 64 * 1024;

/** Starts the ticket system. Account and webhook secret are drawn at each start. */
export async function startTicketSystem(options: TicketSystemOptions): Promise<TicketSystem> {
  const account = { username: 'gdpr@example.com', password: randomBytes(18).toString('base64url') };
  const webhookSecret = randomBytes(24).toString('hex');
  const desk = new Desk(options.file);
  const site = new TicketSite(desk, options, webhookSecret, basicAuthorization(account.username, account.password));
  const server = await listenOnLoopback((request, response) => {
    site.answer(request).then(
      ({ status, headers, body }) => response.writeHead(status, headers).end(body),
      () => sendFailure(response),
    );
  }, options.port);
  return {
    url: server.url,
    stop: () => server.stop(),
    connections: { [CONNECTION]: connectionTo(server.url, options) },
    secrets: new Map([
      [API_SECRET, JSON.stringify(account)],
      [WEBHOOK_SECRET, JSON.stringify({ secrets: [webhookSecret] })],
    ]),
  };
}

const connectionTo = (url: string, { recipients, isReal }: TicketSystemOptions): z.input<typeof Connections>[string] =>
  ({
    kind: 'jira',
    api: { url, secretId: API_SECRET },
    intake: {
      secretId: WEBHOOK_SECRET,
      queues: [QUEUE],
      approvedStatus: APPROVED,
      approvers: { groups: DESK_PEOPLE.dora.groups },
      mapping: {
        name: FIELDS.name,
        kind: { field: FIELDS.kind, values: KINDS },
        subjectKind: { field: FIELDS.subject, values: SUBJECTS },
      },
      login: isReal ? 'later' : 'service-account',
      anonymize: isReal ? 'refused' : 'allowed',
      recipients,
    },
  }) as never; // the vendor's own fields are not in the common type

type Answer = Exclude<PeerAnswer, 'silence'>;

/** Its pages, and its API as Jira has it. */
class TicketSite {
  readonly #desk: Desk;
  readonly #options: TicketSystemOptions;
  readonly #webhookSecret: string;
  readonly #authorization: string;

  constructor(desk: Desk, options: TicketSystemOptions, webhookSecret: string, authorization: string) {
    this.#desk = desk;
    this.#options = options;
    this.#webhookSecret = webhookSecret;
    this.#authorization = authorization;
  }

  async answer(request: IncomingMessage): Promise<Answer> {
    const { method = '', url = '/', headers } = request;
    const { pathname } = new URL(url, 'http://desk');
    if (Number(headers['content-length'] ?? 0) > MAX_BODY_BYTES) return page(413, noticePage('This is too long'));
    if (pathname.startsWith('/rest/')) {
      return this.#apiAnswer({
        method,
        path: url,
        headers: headers as Record<string, string>,
        body: await text(request),
      });
    }
    if (!isOwnPage(request)) return page(403, noticePage('This does not come from a page of the ticket system'));
    const [, place, key, action] = /^\/(tickets)?(?:\/([\w-]+))?(?:\/(\w+))?$/.exec(pathname) ?? [];
    if (method === 'POST') return await this.#change(key, action, new URLSearchParams(await text(request)));
    if (place === undefined && pathname === '/') return page(200, listPage(this.#desk.tickets, this.#options.samples));
    const ticket = this.#desk.find(key);
    return ticket && !action ? page(200, ticketPage(ticket)) : page(404, noticePage('There is no such page'));
  }

  #apiAnswer(call: Parameters<ReturnType<typeof jiraTickets>>[0]): Answer {
    const groups = Object.fromEntries(Object.entries(DESK_PEOPLE).map(([id, person]) => [id, person.groups]));
    const [, key] = /^\/rest\/servicedeskapi\/request\/([\w-]+)\/comment/.exec(call.path) ?? [];
    const ticket = this.#desk.find(key);
    const api = ticket
      ? jiraServiceDesk(this.#authorization, ticket.key, ticket.comments).answer
      : jiraTickets(this.#authorization, this.#desk.tickets, groups);
    const answer = api(call);
    if (call.method === 'POST') this.#desk.save();
    return answer as Answer;
  }

  /** What a form of a page asks for. */
  async #change(key: string | undefined, action: string | undefined, sent: URLSearchParams): Promise<Answer> {
    const form = Object.fromEntries(sent);
    const now = new Date();
    let ticket = this.#desk.find(key);
    if (key === undefined) {
      const { data } = NewTicketForm.safeParse(form);
      if (!data) return page(400, noticePage('The ticket needs a name and choices of its lists'));
      ticket = this.#desk.write(data, now);
    } else if (!ticket) return page(404, noticePage('There is no such ticket'));
    else if (action === 'approve') {
      const { data } = By.safeParse(form);
      if (!data) return page(400, noticePage('Choose a person of the list'));
      this.#desk.approve(ticket, data.by, now);
    } else {
      const { data } = CommentForm.safeParse(form);
      if (!data) return page(400, noticePage('A comment has 1 to 2000 characters'));
      this.#desk.comment(ticket, data.by, data.text);
    }
    await this.#sendWebhook(ticket, now);
    return { status: 303, headers: { location: `/tickets/${ticket.key}` } };
  }

  /** Jira sends one for each change. */
  async #sendWebhook(ticket: DeskTicket, now: Date): Promise<void> {
    const issue = { key: ticket.key, fields: {} };
    const { body, headers } = jiraWebhook(now, this.#webhookSecret, randomUUID(), issue);
    try {
      const answer = await fetch(`${this.#options.apiUrl()}/v1/webhooks/${CONNECTION}`, {
        method: 'POST',
        headers: { ...headers, 'content-type': 'application/json' },
        body,
      });
      ticket.webhook = answer.ok ? `accepted (HTTP ${answer.status})` : `refused (HTTP ${answer.status})`;
    } catch {
      ticket.webhook = 'not sent: the API did not answer';
    }
    this.#desk.save();
  }
}

/** Pages have no log-in: a page of somebody else must not send their forms, nor reach them under another name. */
function isOwnPage({ method, headers, socket }: IncomingMessage): boolean {
  const { host = '', origin } = headers;
  const isHere = [`127.0.0.1:${socket.localPort}`, `localhost:${socket.localPort}`].includes(host);
  return isHere && (method === 'GET' || origin === `http://${host}`);
}

const page = (status: number, body: string): Answer => ({ status, headers: pageHeaders(), body });

function sendFailure(response: ServerResponse): void {
  const { status, headers, body } = page(500, noticePage('The ticket system failed'));
  response.writeHead(status, headers).end(body);
}
