import { setTimeout as sleep } from 'node:timers/promises';
import type { PreviewView } from '../../modules/lifecycle/preview-request.ts';
import type { RequestState } from '../../modules/requests/record.ts';
import type { RequestsView, RequestView } from '../../modules/requests/views/get-request.ts';
import type { Draw } from './draw.ts';
import type { Start, Story } from './story.ts';
import type { SystemProcess } from './system-process.ts';

/** The people and devices of a run. Those of one list are only retrieved, those of the other are anonymized. */
export interface Subjects {
  readonly retrieved: readonly { readonly kind: 'user' | 'device'; readonly name: string }[];
  readonly anonymized: readonly { readonly kind: 'user'; readonly name: string }[];
}

interface Answer<Body> {
  readonly status: number;
  readonly body: Body;
}

type Way = { readonly method?: string; readonly body?: object; readonly key?: string };

const MAX_ANSWER_MS = 60_000;
/** How often a caller without an answer repeats its start; what was not answered then is repeated when all is quiet. */
const MAX_REPEATS = 4;

/** How often a caller does what. */
const MOVES = {
  retrieve: 24,
  anonymize: 14,
  rehearse: 4,
  twice: 6,
  preview: 3,
  look: 8,
  cancel: 5,
  rerun: 6,
  login: 12,
  download: 10,
  certificate: 3,
  events: 3,
  deadline: 3,
  handover: 2,
  destroy: 2,
  ticket: 3,
};
type Move = keyof typeof MOVES;

/** One who calls the API, again and again, whatever fails meanwhile. */
export class ChaosCaller {
  readonly #name: string;
  readonly #system: SystemProcess;
  readonly #story: Story;
  readonly #draw: Draw;
  readonly #subjects: Subjects;

  constructor(name: string, system: SystemProcess, story: Story, draw: Draw, subjects: Subjects) {
    this.#name = name;
    this.#system = system;
    this.#story = story;
    this.#draw = draw;
    this.#subjects = subjects;
  }

  /** Makes moves until told to stop. @param pauseMs longest pause between two */
  async go(pauseMs: number, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const move = this.#name === 'approver' ? 'decide' : this.#draw.weighted<Move>(MOVES);
      const draw = this.#draw.fork(); // a move may draw more or less: the next one is the same all the same
      this.#story.count(this.#story.calls, move);
      await (move === 'decide' ? this.decide(draw) : this.#make(move, draw));
      await sleep(this.#draw.int(pauseMs), undefined, { signal }).catch(() => {});
    }
  }

  async ask<Body = { readonly type?: string }>(
    path: string,
    { method, body, key }: Way = {},
  ): Promise<Answer<Body> | undefined> {
    const { apiUrl, tokens } = await this.#system.hello();
    try {
      const answer = await fetch(apiUrl + path, {
        method: method ?? (body || key ? 'POST' : 'GET'),
        redirect: 'manual',
        signal: AbortSignal.timeout(MAX_ANSWER_MS),
        headers: {
          authorization: `Bearer ${tokens[this.#name]}`,
          ...(key !== undefined && { 'idempotency-key': key }),
          ...(body && { 'content-type': 'application/json' }),
        },
        ...(body && { body: JSON.stringify(body) }),
      });
      const text = await answer.text();
      this.#story.count(this.#story.statuses, answer.status);
      const isJson = answer.headers.get('content-type')?.includes('json') === true;
      return { status: answer.status, body: (isJson ? JSON.parse(text) : text) as Body };
    } catch {
      this.#story.count(this.#story.statuses, 0);
      return undefined;
    }
  }

  /** Starts, and repeats the call under its key until somebody answers it. */
  async start(start: Start, body: object): Promise<void> {
    this.#story.starts.push(start);
    await this.repeat(start, body);
  }

  async repeat(start: Start, body: object): Promise<void> {
    for (let tries = 0; tries < MAX_REPEATS; tries += 1) {
      const answer = await this.ask<RequestView>('/v1/requests', { body, key: start.key });
      if (answer?.status === 202) {
        const { requestId } = answer.body;
        if (start.requestId !== undefined && start.requestId !== requestId)
          this.#story.breaks(`one key, two requests: ${start.requestId} and ${requestId}`);
        start.requestId = requestId;
        this.#story.note(`${this.#name} started ${start.kind} ${requestId}`);
        return;
      }
      if (answer && answer.status < 500 && answer.status !== 409 && answer.status !== 429) return;
      await sleep(300 * 2 ** tries);
    }
  }

  /** Downloads what a request has brought. */
  async download(requestId: string): Promise<void> {
    const view = await this.ask<RequestView>(`/v1/requests/${requestId}`);
    const link = await this.ask<{ url: string }>(`/v1/requests/${requestId}/links`, { key: this.#draw.uuid() });
    if (view?.status !== 200 || link?.status !== 200) return;
    try {
      const answer = await fetch(link.body.url, { signal: AbortSignal.timeout(MAX_ANSWER_MS) });
      if (!answer.ok) return;
      const bytes = Buffer.from(await answer.arrayBuffer());
      const after = await this.ask<RequestView>(`/v1/requests/${requestId}`);
      // a rerun puts another archive in place of this one: only what did not change meanwhile is compared
      if (after?.status === 200 && after.body.attempt === view.body.attempt && after.body.state === view.body.state)
        this.#story.downloads.push({ requestId, state: view.body.state, bytes });
    } catch {
      // the store was killed in the middle
    }
  }

  async #make(move: Move, draw: Draw): Promise<void> {
    const { login } = await this.#system.hello();
    if (move === 'retrieve' || move === 'twice') return await this.#retrieve(draw, move === 'twice');
    if (move === 'anonymize' || move === 'rehearse') return await this.change(draw, move);
    if (move === 'ticket') return await this.#openTicket(draw);
    if (move === 'preview') {
      const subject = draw.pick(this.#subjects.retrieved);
      return void (await this.ask('/v1/preview', { body: { kind: 'retrieve', subject, login } }));
    }
    if (move === 'login') return await this.logIn();
    const start = this.#pickOwn(draw);
    if (!start) return;
    const path = `/v1/requests/${start.requestId}`;
    const key = draw.uuid();
    if (move === 'look') await this.ask(path);
    if (move === 'events') await this.ask(`${path}/events`);
    if (move === 'certificate') await this.ask(`${path}/certificate`);
    if (move === 'download') await this.download(start.requestId!);
    if (move === 'cancel') await this.ask(`${path}/cancel`, { key });
    if (move === 'destroy') await this.ask(`${path}/archive`, { method: 'DELETE' });
    if (move === 'rerun') await this.ask(`${path}/rerun`, { key, body: { login } });
    if (move === 'handover') await this.ask(`${path}/handover`, { key, body: { to: 'person' } });
    if (move === 'deadline') await this.ask(`${path}/deadline`, { key, body: deadlineChange(draw) });
    this.#story.note(`${this.#name}: ${move} ${start.requestId}`);
  }

  /** One of the caller's own, rather a late one than an early one. */
  #pickOwn(draw: Draw): Start | undefined {
    const own = this.#story.starts.filter(({ caller, requestId }) => caller === this.#name && requestId !== undefined);
    return own[own.length - 1 - Math.floor(draw.next() ** 2 * own.length)];
  }

  async #retrieve(draw: Draw, twice: boolean): Promise<void> {
    const { login } = await this.#system.hello();
    const subject = draw.pick(this.#subjects.retrieved);
    const key = draw.uuid();
    const sources = draw.pick([['engine', 'portal'], ['engine', 'portal'], ['engine'], ['portal']]);
    const body = { kind: 'retrieve', subject, sources, reference: key, ...(draw.chance(0.85) && { login }) };
    const start: Start = { key, caller: this.#name, kind: 'retrieve', name: subject.name };
    // a double click: both calls are under way at once
    await Promise.all([this.start(start, body), twice ? this.repeat(start, body) : undefined]);
  }

  async change(draw: Draw, kind: 'anonymize' | 'rehearse'): Promise<void> {
    const { login } = await this.#system.hello();
    const subject = draw.pick(this.#subjects.anonymized);
    const key = draw.uuid();
    // a rehearsal is agreed on as the anonymization that it stands for
    const preview = await this.ask<PreviewView>('/v1/preview', { body: { kind: 'anonymize', subject, login } });
    const planHash = preview?.status === 200 ? preview.body.planHash : undefined;
    if (planHash === undefined) return;
    const given = draw.chance(0.8) ? { login } : {};
    const body = { kind, subject, planHash, reference: key, ...given };
    const start: Start = { key, caller: this.#name, kind, name: subject.name, planHash };
    await this.start(start, kind === 'anonymize' ? { ...body, irreversible: true } : body);
  }

  /** Logs in for what waits for it: an approved anonymization, and what was started without a login. */
  async logIn(): Promise<void> {
    const waiting = await this.ask<RequestsView>('/v1/requests?state=AWAITING_LOGIN&limit=5');
    if (waiting?.status !== 200) return;
    for (const { requestId } of waiting.body.requests) {
      const { login } = await this.#system.hello();
      await this.ask(`/v1/requests/${requestId}/login`, { key: this.#draw.uuid(), body: { login } });
    }
  }

  /** What waits for a second person is approved, most of it. */
  async decide(draw: Draw): Promise<void> {
    const waiting = await this.ask<RequestsView>('/v1/requests?state=AWAITING_APPROVAL&limit=20');
    if (waiting?.status !== 200) return;
    for (const { requestId } of waiting.body.requests) {
      const planHash = this.#story.startOf(requestId)?.planHash;
      if (planHash === undefined) continue;
      const key = draw.uuid();
      const path = `/v1/requests/${requestId}`;
      if (draw.chance(0.1)) await this.ask(`${path}/deny`, { key, body: { reasonCode: 'not-entitled' } });
      else await this.ask(`${path}/approve`, { key, body: { planHash } });
    }
  }

  /** Somebody fills in a ticket, and another approves it: the ticket system sends a webhook for each. */
  async #openTicket(draw: Draw): Promise<void> {
    const { ticketsUrl } = await this.#system.hello();
    const { kind, name } = draw.pick(this.#subjects.retrieved);
    const subject = kind === 'user' ? 'User' : 'Device';
    const send = (path: string, form: Record<string, string>) =>
      fetch(ticketsUrl + path, {
        method: 'POST',
        redirect: 'manual',
        headers: { origin: ticketsUrl },
        body: new URLSearchParams(form),
        signal: AbortSignal.timeout(MAX_ANSWER_MS),
      });
    try {
      const written = await send('/', { by: 'rita', kind: 'Copy of the data', subject, name });
      const place = written.headers.get('location');
      if (written.status === 303 && place && (await send(`${place}/approve`, { by: 'dora' })).status === 303)
        this.#story.tickets += 1;
    } catch {
      // the ticket system was killed with the rest
    }
  }
}

const deadlineChange = (draw: Draw): object =>
  draw.pick([
    { action: 'pause', reason: 'identity' },
    { action: 'resume' },
    { action: 'extend', reason: 'complexity' },
  ]);

/** States that wait for a person. */
export const WAITING: readonly RequestState[] = ['AWAITING_APPROVAL', 'AWAITING_LOGIN'];
