import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplicates, Retained } from '../../client/shapes.ts';
import type {
  DeviceView,
  DoctorReport,
  EnginesView,
  EventsView,
  Manifest,
  PreviewView,
  RedirectionView,
  RequestSummary,
  RequestView,
  SourceProgress,
  SubjectsView,
} from '../../client/types.ts';
import { INTERNAL, type Problem } from '../../functions/http/problems.ts';

/** One call that came in. */
export interface SeenCall {
  readonly route: string;
  readonly query: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

export const REQUEST_ID = '0b2f6c1e-3d6a-4f7c-9a53-2f4f2f3c9d11';
export const TOKEN = 'token-of-the-test';
export const ARCHIVE = Buffer.from('these bytes stand for an archive');

/** A source as `GET /v1/requests/{id}` shows it. */
export const aSource = (name: string, state: SourceProgress['state'], rows = 0): SourceProgress => ({
  source: name === 'portal' ? 'portal' : 'engine',
  sourceId: name,
  name,
  state,
  rows,
  bytes: rows * 100,
});

/** A Request as the API shows it; only what matters is given. */
export const aView = (patch: Partial<RequestView>): RequestView => ({
  requestId: REQUEST_ID,
  kind: 'retrieve',
  subjectKind: 'user',
  sources: ['engine', 'portal'],
  state: 'QUEUED',
  attempt: 1,
  createdAt: '2026-11-02T10:00:00.000Z',
  updatedAt: '2026-11-02T10:00:00.000Z',
  accountPrivacy: 'full',
  dueAt: '2026-12-02T23:59:59.000Z',
  deadline: { receivedAt: '2026-11-02T10:00:00.000Z', pauses: [] },
  progress: [],
  ...patch,
});

/** What the Engines know under a name; `perhaps` are accounts without a domain. */
export const aFinding = (names: readonly string[], facts: Partial<SubjectsView> = {}): SubjectsView => ({
  subjectKind: 'user',
  accounts: names.map((name) => ({
    name,
    meant: true,
    engines: ['engine-1'],
    lastSeen: '2026-11-02T09:00:00',
    devices: ['LT-101'],
    deviceCount: 1,
  })),
  nearNames: [],
  tried: ['anna', 'ANNA', 'anna@*'],
  answered: 1,
  missing: [],
  ...facts,
});

/** The size and end of the archive, as a finished Request shows them. */
/** How the API answers what it did not foresee. */
export const INTERNAL_PROBLEM: Problem = { ...INTERNAL, detail: 'Try again' };
export const FINISHED = { byteLength: ARCHIVE.length, expiresAt: '2026-11-09T10:00:00.000Z' };

/** The HTTP API over a real socket, with answers that a test writes down. */
export class ScriptedApi {
  readonly calls: SeenCall[] = [];
  /** Answers of `GET /v1/requests/{id}`, one after another; the last stays. */
  views: RequestView[] = [];
  /** The same, once a cancel came in. */
  ending: RequestView[] = [aView({ state: 'CANCELLED' })];
  /** Pages of `GET /v1/requests`; the cursor of each next one is its number. */
  pages: (readonly RequestSummary[])[] = [[]];
  /** The accounts that a name may mean. */
  subjects: SubjectsView = aFinding(['anna@CORP']);
  engines: EnginesView = { federation: 'all-listed', engines: [] };
  /** Where a device is. */
  device: DeviceView = { checkedAt: '2026-11-03T10:00:00.000Z', requestIds: [], engines: [] };
  redirection: RedirectionView = { checkedAt: '2026-11-03T10:00:00.000Z', engines: [], advice: [] };
  doctor: DoctorReport = { at: '2026-11-03T10:00:00.000Z', state: 'ok', checks: [] };
  /** Views once a rerun was asked for; without any there is none. */
  afterRerun: RequestView[] = [];
  preview: PreviewView = {
    kind: 'anonymize',
    subjectKind: 'user',
    rows: 42,
    identifiers: [{ text: 'anna', strong: true }],
    mentions: [{ place: 'portal.notes.note', count: 3 }],
    lookalikes: [],
    tables: [
      { table: 'portal.users', rows: 17, exact: 15, tokens: 2, suspected: 7 },
      { table: 'portal.notes', rows: 25, exact: 0, tokens: 25, suspected: 0 },
    ],
    spellings: ['CORP\\anna', 'anna'],
    nearNames: ['anna-adm'],
    unmapped: [],
    accounts: [],
    outOfReach: ['comment on table portal.users'],
    planHash: `${'n'.repeat(22)}.${'d'.repeat(43)}`,
  };
  /** What still holds the name, in the certificate of an anonymization. */
  retained: Retained[] = [
    { store: 'engines', why: 'an Engine cannot anonymize', until: '2027-01-31' },
    { store: 'portal-history-files', why: 'files on the appliance', until: null },
    { store: 'portal-accounts', why: 'a login account, never changed', until: null, places: ['portal.accounts.login'] },
  ];
  /** What the archive holds. */
  manifest: Pick<Manifest, 'complete' | 'accountScope' | 'files'> = {
    complete: true,
    accountScope: 'unverified',
    files: [{ name: 'engines/execution.csv', state: 'COMPLETE', missing: [], rows: 1300, columns: [], fragments: [] }],
  };
  /** What a start tells of other Requests about the Subject. */
  duplicates: Duplicates = { duplicates: [], otherDuplicates: 0 };
  /** The audit trail. */
  events: EventsView['events'] = [];
  /** The only token that it takes; absent for any. */
  token: string | undefined = TOKEN;
  /** Refusals by route, such as `POST /v1/requests`. */
  readonly refusals = new Map<string, Problem>();
  /** How long it takes to answer. */
  delayMs = 0;
  /** False once the token has run out. */
  acceptsToken = true;
  /** Sends half of the archive, then breaks the connection. */
  cutDownload = false;
  /** How the first calls of `POST /v1/requests` end: with a problem, or with a connection that breaks. */
  readonly failedStarts: (Problem | 'broken')[] = [];
  readonly #server: Server;
  /** Where it is found, when it has no server of its own. */
  readonly #origin: string | undefined;

  /** @param origin of a server that hands calls to `answer`; without one it has its own */
  constructor(origin?: string) {
    this.#origin = origin;
    this.#server = createServer((request, response) => void this.answer(request, response));
  }

  async start(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return this;
  }

  get url(): string {
    return this.#origin ?? `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Bodies that came in on a route. */
  bodies(route: string): string[] {
    return this.calls.filter((call) => call.route === route).map(({ body }) => body);
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    if (this.delayMs > 0) await new Promise((resolve) => setTimeout(resolve, this.delayMs));
    const { pathname, search: query } = new URL(request.url ?? '/', this.url);
    const route = `${request.method} ${pathname.replace(REQUEST_ID, '{id}')}`;
    this.calls.push({ route, query, headers: request.headers, body: Buffer.concat(chunks).toString() });
    const refusal = this.refusals.get(route);
    if (refusal) {
      response.writeHead(refusal.status, { 'content-type': 'application/problem+json' }).end(JSON.stringify(refusal));
      return;
    }
    this.#route(route, request, response);
  }

  #route(route: string, request: IncomingMessage, response: ServerResponse): void {
    const json = (status: number, value: unknown, headers: Record<string, string> = {}): void => {
      response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(value));
    };
    const current = this.views[0] ?? aView({});
    const link = `${this.url}/links/{id}?signature=x`;
    const answers: Record<string, () => void> = {
      'POST /v1/engines': () => json(200, this.engines),
      'POST /v1/devices/where': () => json(200, this.device),
      'POST /v1/redirection': () => json(200, this.redirection),
      'GET /v1/doctor': () => json(200, this.doctor),
      'POST /v1/preview': () => json(200, this.preview),
      'POST /v1/subjects': () => json(200, this.subjects),
      'POST /v1/requests': () => json(202, { ...current, state: 'QUEUED', progress: [], ...this.duplicates }),
      'GET /v1/requests': () => {
        const page = Number(new URL(request.url!, this.url).searchParams.get('cursor') ?? 0);
        const next = page + 1 < this.pages.length ? { next: String(page + 1) } : {};
        json(200, { requests: this.pages[page], ...next });
      },
      'GET /v1/requests/{id}': () => {
        const etag = `"${JSON.stringify(current).length}"`;
        if (request.headers['if-none-match'] === etag) response.writeHead(304).end();
        else json(200, current, { etag });
        if (this.views.length > 1) this.views.shift();
      },
      'POST /v1/requests/{id}/cancel': () => {
        this.views = this.ending;
        json(202, { ...current, state: 'CANCELLING' });
      },
      'POST /v1/requests/{id}/rerun': () => {
        this.views = this.afterRerun;
        json(202, { ...current, state: 'QUEUED', attempt: 2 });
      },
      'GET /v1/requests/{id}/certificate': () => {
        if (request.headers.accept === 'text/html') response.end('<title>Certificate</title>');
        else json(200, { certificate: { retained: this.retained }, signature: {} });
      },
      'GET /v1/requests/{id}/manifest': () => json(200, this.manifest),
      'POST /v1/requests/{id}/certificate/nonce': () => json(200, { nonce: 'bm9uY2U=' }),
      'POST /v1/requests/{id}/approve': () => json(202, { ...current, state: 'AWAITING_LOGIN' }),
      'POST /v1/requests/{id}/deny': () => json(200, { ...current, state: 'DENIED' }),
      'POST /v1/requests/{id}/login': () => json(202, { ...current, state: 'QUEUED' }),
      'POST /v1/requests/{id}/handover': () => json(200, current),
      'POST /v1/requests/{id}/deadline': () => json(200, current),
      'GET /v1/requests/{id}/events': () => json(200, { requestId: REQUEST_ID, events: this.events }),
      'DELETE /v1/requests/{id}/archive': () => {
        this.views = [{ ...current, destroyedAt: '2026-11-03T10:00:00.000Z' }];
        response.writeHead(204).end();
      },
      'GET /v1/requests/{id}/archive': () => response.writeHead(303, { location: link }).end(),
      'POST /v1/requests/{id}/links': () => json(201, { url: link, expiresAt: FINISHED.expiresAt }),
      'GET /links/%7Bid%7D': () => this.#download(response),
    };
    if (route.includes('/v1/') && !this.#takes(request.headers.authorization)) {
      json(401, { message: 'Unauthorized' });
    } else if (route === 'POST /v1/requests' && this.failedStarts.length > 0) {
      const failure = this.failedStarts.shift()!;
      if (failure === 'broken') request.socket.destroy();
      else json(failure.status, failure);
    } else {
      (answers[route] ?? (() => response.writeHead(404).end()))();
    }
  }

  #takes(authorization = ''): boolean {
    return this.acceptsToken && (this.token === undefined || authorization === `Bearer ${this.token}`);
  }

  #download(response: ServerResponse): void {
    response.writeHead(200, {
      'content-type': 'application/gzip',
      'content-length': ARCHIVE.length,
      'content-disposition': 'attachment; filename="gdpr-data.tar.gz"',
    });
    if (this.cutDownload) response.write(ARCHIVE.subarray(0, 10), () => response.destroy());
    else response.end(ARCHIVE);
  }
}
