import { createHash } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import fc from 'fast-check';
import type { LocalSystem } from '../../local/system.ts';
import { SCOPES, type Scope } from '../../modules/requests/caller.ts';
import type { RequestRecord } from '../../modules/requests/record.ts';
import type { RequestsView, RequestView } from '../../modules/requests/views/get-request.ts';
import { callApi, ended, subjectIdOf } from './api.ts';
import { type DrawnCall, LAST_PLAN_HASH, randomCalls } from './random-calls.ts';
import type { Known } from './schema-values.ts';
import { type Answer, ServedApi } from './served-api.ts';
import { askForApproval } from './settings.ts';
import { faultsAtRest, storedRequests } from './stored-requests.ts';
import { WalkedRequests } from './walked-requests.ts';

/** The callers: two with Requests of their own, one that operates and approves, one that only reads, one without any scope. */
const OWN = SCOPES.filter((scope) => scope !== 'gdpr.operate' && scope !== 'gdpr.approve');
const CALLERS: readonly { readonly name: string; readonly scopes: readonly Scope[]; readonly weight: number }[] = [
  { name: 'anna', scopes: OWN, weight: 4 },
  { name: 'bert', scopes: OWN, weight: 4 },
  { name: 'carla', scopes: SCOPES, weight: 3 },
  { name: 'dora', scopes: ['gdpr.read', 'gdpr.download'], weight: 2 },
  { name: 'emil', scopes: [], weight: 1 },
];

/** What starts work is drawn often, as most of it is refused; what ends it seldom. */
const WEIGHTS = {
  startRequest: 50,
  rerunRequest: 4,
  preview: 4,
  describeApi: 1,
  getHealth: 1,
  cancelRequest: 2,
  denyRequest: 2,
  deleteArchive: 1,
  approveRequest: 35,
  loginRequest: 25,
};
/** Made at the same time. */
const AT_ONCE = 4;

interface Walker {
  readonly weight: number;
  readonly name: string;
  readonly id: string;
  readonly token: string;
}

interface Step {
  readonly call: DrawnCall;
  readonly walker: Walker;
}

/** Random calls of several callers against a running system whose stores fail now and then, and what was wrong about them. */
export class ApiWalk {
  readonly faults: string[] = [];
  calls = 0;
  readonly #system: LocalSystem;
  readonly #api: ServedApi;
  readonly #requests: WalkedRequests;
  readonly #steps: Iterator<Step>;
  readonly #statuses = new Map<number, number>();
  /** Calls that were answered otherwise than by a refusal. */
  readonly #done = new Set<string>();
  #startsLeft: number;
  #planHash = LAST_PLAN_HASH;
  readonly #failedStarts: (() => Promise<Response>)[] = [];

  /** @param starts how many calls may start work */
  static async begin(system: LocalSystem, { seed, starts }: { seed: number; starts: number }): Promise<ApiWalk> {
    await askForApproval(system);
    const walkers = await Promise.all(
      CALLERS.map(async ({ name, scopes, weight }) => {
        const token = await system.tokenFor(name, scopes);
        return { name, weight, id: subjectIdOf(token), token };
      }),
    );
    const walk = new ApiWalk(system, await ServedApi.fetch(system.apiUrl), walkers, seed, starts);
    await walk.#startFirst(walkers.slice(0, 2));
    await walk.#anonymizeFirst(walkers[0]!, walkers[2]!);
    return walk;
  }

  private constructor(system: LocalSystem, api: ServedApi, walkers: readonly Walker[], seed: number, starts: number) {
    this.#system = system;
    this.#api = api;
    this.#startsLeft = starts;
    this.#requests = new WalkedRequests(system, walkers[2]!.token);
    const known = knownValues(system, walkers);
    const turns = walkers.map((walker) => ({ weight: walker.weight, arbitrary: fc.constant(walker) }));
    const steps = fc.record({ call: randomCalls(api, known, WEIGHTS), walker: fc.oneof(...turns) });
    this.#steps = drawn(steps, seed);
  }

  /** An archive for each of them, so that there is something to be seen by others. */
  async #startFirst(walkers: readonly Walker[]): Promise<void> {
    for (const { id, token } of walkers) {
      const subject = { kind: 'user', name: this.#system.users[0]! };
      const body = { kind: 'retrieve', subject, sources: ['engine', 'portal'], login: this.#system.login };
      const started = await callApi(this.#system, 'POST', '/v1/requests', { token, body });
      const { requestId } = (await started.json()) as RequestView;
      this.#requests.add(await ended(this.#system, requestId), id, {});
    }
  }

  /** A completed anonymization, so that there is a certificate to be asked for. */
  async #anonymizeFirst({ id, token }: Walker, approver: Walker): Promise<void> {
    const post = async (path: string, by: string, body: object) => {
      const answer = await callApi(this.#system, 'POST', path, { token: by, body });
      if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
      return (await answer.json()) as RequestView & { readonly planHash: string };
    };
    const { login } = this.#system;
    const about = { kind: 'anonymize', subject: { kind: 'user', name: this.#system.users.at(-1)! } };
    const { planHash } = await post('/v1/preview', token, { ...about, login });
    const { requestId } = await post('/v1/requests', token, { ...about, irreversible: true, planHash });
    await post(`/v1/requests/${requestId}/approve`, approver.token, { planHash });
    await post(`/v1/requests/${requestId}/login`, token, { login });
    const view = await ended(this.#system, requestId, approver.token);
    if (view.state !== 'COMPLETED') throw new Error(`the first anonymization is ${view.state}: ${view.failure}`);
    this.#requests.add(view, id, { planHash });
  }

  /** Makes a number of calls; the stores fail during two of five stretches. */
  async go(calls: number): Promise<void> {
    while (this.calls < calls) {
      const stretch = Math.floor(this.calls / 50);
      this.#system.storeFaults.share = stretch % 5 === 1 ? 0.2 : stretch % 5 === 3 ? 0.5 : 0;
      const steps = Array.from({ length: Math.min(AT_ONCE, calls - this.calls) }, () => this.#next());
      const seen = await Promise.allSettled(steps.map((step) => this.#make(step)));
      for (const end of seen) if (end.status === 'rejected') this.faults.push(String(end.reason));
      this.calls += steps.length;
      this.faults.push(...(await this.#requests.look(this.calls)));
    }
  }

  /** Lets everything come to its end with stores that work: starts that failed are repeated, and nothing may be there twice. */
  async end(): Promise<void> {
    this.#system.storeFaults.share = 0;
    for (const start of this.#failedStarts) this.faults.push(...(await repeated(start)));
    await this.#requests.addUntold();
    this.faults.push(...(await this.#requests.finish()));
    this.faults.push(...faultsAtRest(await storedRequests(this.#system), keyOfStart));
  }

  summary(): string {
    const statuses = [...this.#statuses].sort(([a], [b]) => a - b).map(([status, count]) => `${status}: ${count}`);
    const refused = this.#api.operations.map(({ operationId }) => operationId).filter((name) => !this.#done.has(name));
    return `${this.calls} calls (${statuses.join(', ')}); ${this.#requests.summary()}; always refused: ${refused}`;
  }

  #next(): Step {
    for (;;) {
      const step = this.#steps.next().value as Step;
      const { operation, body } = step.call;
      const starts = /^(start|rerun|login)Request$/.test(operation.operationId);
      if (!starts || this.#startsLeft > 0 || !this.#api.takesBody(operation, parsed(body))) return step;
    }
  }

  async #make({ call, walker }: Step): Promise<void> {
    const { operation } = call;
    const requestId = operation.path.includes('{') ? this.#requests.pick(call.known) : undefined;
    const planHash = this.#requests.planHashOf(requestId) ?? this.#planHash;
    const body = marked(call, call.body?.replaceAll(LAST_PLAN_HASH, planHash));
    const query = new URLSearchParams(call.query).toString();
    const path = operation.path.replace(/\{\w+\}/, encodeURIComponent(requestId ?? call.id));
    const before = this.#system.storeFaults.share;
    const send = () =>
      fetch(`${this.#system.apiUrl}${path}${query && `?${query}`}`, {
        method: operation.method,
        redirect: 'manual',
        headers: {
          authorization: `Bearer ${walker.token}`,
          ...(body !== undefined && { 'content-type': 'application/json' }),
          ...call.headers,
        },
        ...(body !== undefined && { body }),
      });
    const answer = await answerOf(await send());
    if (operation.operationId === 'startRequest' && answer.status >= 500) this.#failedStarts.push(send);
    this.#statuses.set(answer.status, (this.#statuses.get(answer.status) ?? 0) + 1);
    if (answer.status < 400) this.#done.add(operation.operationId);
    const mayFail = before > 0 || this.#requests.shaken;
    const wrong = [
      ...this.#api.faultsOf(operation, answer),
      ...this.#inputFaults(call, body, answer, mayFail),
      ...this.#requests.leaks(operation.operationId, requestId, walker, answer),
    ];
    const what = `${walker.name} ${operation.operationId} ${path} ${body ?? ''}`.slice(0, 300);
    this.faults.push(...wrong.map((fault) => `${fault}; by ${what}; ${answer.text.slice(0, 200)}`));
    this.#learn(operation.operationId, walker, body, answer);
  }

  /** Bad input must be refused as such; a fault of ours may only follow one of a store. */
  #inputFaults({ operation }: DrawnCall, body: string | undefined, { status, text }: Answer, mayFail: boolean) {
    const refused = status >= 400 && status < 500;
    const valid = this.#api.takesBody(operation, parsed(body));
    return [
      ...(!valid && !refused && !(mayFail && status >= 500) ? [`a bad body got ${status}`] : []),
      ...(status >= 500 && !mayFail && !isOutside(text) ? [`${status} without a fault of a store`] : []),
    ];
  }

  #learn(operationId: string, walker: Walker, body: string | undefined, { status, text }: Answer): void {
    if (status >= 300 || text === '') return;
    const value = JSON.parse(text) as Partial<RequestView> & { planHash?: string } & Partial<RequestsView>;
    if (/^(start|rerun|login)Request$/.test(operationId)) this.#startsLeft -= 1;
    if (operationId === 'startRequest') {
      const asked = JSON.parse(body!) as { recipients?: string[]; planHash?: string };
      this.faults.push(...this.#requests.add(value as RequestView, walker.id, asked));
    }
    if (operationId === 'preview' && value.planHash) this.#planHash = value.planHash;
  }
}

/** Start of the references by which starts under one key are known. */
const KEY = 'key-';

/** The body of a start, with a reference that tells its key. */
function marked({ operation, headers }: DrawnCall, body: string | undefined): string | undefined {
  const value = parsed(body);
  const key = headers['Idempotency-Key'];
  if (operation.operationId !== 'startRequest' || !key || !isObject(value)) return body;
  return JSON.stringify({ ...value, reference: KEY + createHash('sha256').update(key).digest('hex').slice(0, 16) });
}

const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The caller and key under which a Request of a walk was started. */
export const keyOfStart = ({ callerId, reference }: RequestRecord): string | undefined =>
  reference?.startsWith(KEY) ? `${callerId} ${reference}` : undefined;

/** Sends a start again until it is no longer in flight. @returns what is wrong about its answer */
async function repeated(start: () => Promise<Response>): Promise<string[]> {
  for (;;) {
    const answer = await answerOf(await start());
    if (!answer.text.includes('/problems/request-in-flight')) {
      return answer.status < 500 || isOutside(answer.text) ? [] : [`a repeated start got ${answer.status}`];
    }
    await wait(1000 * Number(answer.headers.get('retry-after')));
  }
}

/** What an Engine or the Portal itself makes impossible. */
const isOutside = (text: string): boolean => /problems\/(login-not-verifiable|preview-timeout)/.test(text);

const answerOf = async (response: Response): Promise<Answer> => ({
  status: response.status,
  type: response.headers.get('content-type') ?? '',
  text: await response.text(),
  headers: response.headers,
});

function parsed(body: string | undefined): unknown {
  try {
    return JSON.parse(body ?? '');
  } catch {
    return undefined;
  }
}

/** An endless stretch of values. */
function* drawn<T>(values: fc.Arbitrary<T>, seed: number): Generator<T> {
  for (let turn = 0; ; turn += 1) yield* fc.sample(values, { seed: seed + turn, numRuns: 200 });
}

/** Names, logins and the like that lead somewhere. */
function knownValues(system: LocalSystem, walkers: readonly Walker[]): Known {
  const names = [...system.users.slice(0, 4), ...system.devices.slice(0, 2)];
  const values = {
    login: fc.oneof(
      { weight: 9, arbitrary: fc.constant(system.login) },
      { weight: 1, arbitrary: fc.constant({ ...system.login, password: 'wrong' }) },
    ),
    name: fc.oneof(
      { weight: 8, arbitrary: fc.constantFrom(...names) },
      { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 300 }) },
    ),
    recipients: fc.uniqueArray(fc.constantFrom(...walkers.map(({ id }) => id)), { minLength: 1, maxLength: 2 }),
    planHash: fc.constant(LAST_PLAN_HASH),
    receivedAt: fc.constantFrom('2026-11-20T08:00:00Z', '2026-11-01T08:00:00+02:00'),
  };
  return { values, mostly: ['login', 'planHash'] };
}
