import { approveRequest, cancelRequest, denyRequest, expireIfDue } from '../../modules/lifecycle/change-request.ts';
import { closeRequest } from '../../modules/lifecycle/close-request.ts';
import { rerunRequest } from '../../modules/lifecycle/rerun-request.ts';
import { loginRequest } from '../../modules/lifecycle/start-execution.ts';
import { startAboutSubject } from '../../modules/lifecycle/start-request.ts';
import type { Caller } from '../../modules/requests/caller.ts';
import type { Executions } from '../../modules/requests/executions.ts';
import type { RequestRecord } from '../../modules/requests/record.ts';
import type { StartRequestBody } from '../../modules/requests/start-body.ts';
import { isFinal, isWaiting } from '../../modules/requests/state-machine.ts';
import { aPolicy, memoryRequests, memorySubjects, memoryVault } from '../support/fakes.ts';
import { LOGIN, type ModelPorts, type ModelWorld, NOW, portsOf } from './life-ports.ts';
import { runOf } from './life-run.ts';
import { Process, type System } from './scheduler.ts';

/** What a person or the clock does to a Request in a scenario, besides its start and its execution. */
export type Visitor = 'approve' | 'deny' | 'login' | 'cancel' | 'expire' | 'rerun';

/** How often each fault may happen. */
export interface Faults {
  /** Functions are killed, between any two of their calls. */
  readonly kills?: number;
  /** Writes happen whose answer is lost. */
  readonly losses?: number;
}

/** A Request of a scenario and who comes to it, in whatever order and at whatever time. */
export interface Planned {
  readonly body: StartRequestBody;
  readonly visitors: readonly Visitor[];
  /** It begins once all others wait and goes by itself; who comes to those comes once it is completed. */
  readonly between?: true;
}

/** What a scenario may change, to see that the search finds what is wrong. */
export interface Seeded {
  /** Changes the ports of a process. */
  readonly ports?: (ports: ModelPorts) => ModelPorts;
  /** The Portal database lets two anonymizations of one Subject work at once. */
  readonly unlocked?: true;
}

/** Maximum visits of the sweeper; what it cannot close by then is lost. */
const MAX_WAITS = 3;
const REQUESTER: Caller = { callerId: 'requester', kind: 'person', scopes: [] };
const LATER = new Date('2027-02-01T08:00:00Z');
const idOf = (at: number) => `00000000-0000-4000-8000-00000000000${at + 1}`;
const PLAN_HASH = `${'n'.repeat(22)}.${'d'.repeat(43)}`;
export const anonymization: StartRequestBody = {
  kind: 'anonymize',
  irreversible: true,
  subject: { kind: 'user', name: 'jdoe' },
  login: LOGIN,
};
export const approvedAnonymization: StartRequestBody = { ...anonymization, planHash: PLAN_HASH };
export const retrieval: StartRequestBody = {
  kind: 'retrieve',
  subject: { kind: 'user', name: 'jdoe' },
  sources: ['engine'],
  login: LOGIN,
};

/** What is approved is bound to a plan; without a login there is one to wait for. */
const policyFor = (body: StartRequestBody) =>
  aPolicy({
    approval: { retrieve: 'none', anonymize: 'planHash' in body ? 'required' : 'none' },
    loginLater: 'allowed',
  });

/** The real steps of a Request's life over stores in memory, call by call as the search wants it. */
export class LifeSystem implements System {
  readonly processes: Process[] = [];
  killsLeft: number;
  lossesLeft: number;
  readonly #ids: readonly string[];
  readonly #world: ModelWorld;
  readonly #seeded: Seeded;
  readonly #before = new Map<string, RequestRecord>();
  #waits = 0;
  #lost: string | undefined;
  readonly #faults: number;
  /** The Request that comes between the starts of the others and who comes to them. */
  readonly #between: string | undefined;

  constructor(planned: readonly Planned[], { kills = 0, losses = 0 }: Faults, seeded: Seeded = {}) {
    this.killsLeft = kills;
    this.lossesLeft = losses;
    this.#faults = kills + losses;
    this.#seeded = seeded;
    this.#ids = planned.map((_, at) => idOf(at));
    this.#world = {
      requests: memoryRequests(),
      vault: memoryVault(),
      subjects: memorySubjects(() => NOW),
      executions: new Map(),
      working: new Set(),
      ledger: new Set(),
      locks: !seeded.unlocked,
      several: planned.length > 1,
    };
    const between = planned.findIndex((each) => each.between);
    this.#between = between < 0 ? undefined : idOf(between);
    for (const [at, { body, visitors }] of planned.entries()) this.#plan(idOf(at), body, visitors);
  }

  #plan(requestId: string, body: StartRequestBody, visitors: readonly Visitor[]): void {
    const start = (ports: ModelPorts) =>
      startAboutSubject({ requestId, body, caller: REQUESTER }, policyFor(body), ports);
    const mayStart = () =>
      requestId !== this.#between ||
      this.#ids.every((id) => id === requestId || this.#before.get(id)?.state === 'AWAITING_LOGIN');
    this.#spawn('start', requestId, start, mayStart).catch(() => {});
    for (const [at, visitor] of visitors.entries()) {
      const isDue = () => this.#isDue(visitor, requestId);
      this.#spawn(`${visitor} ${at}`, requestId, (ports) => VISITS[visitor](requestId, ports), isDue).catch(() => {});
    }
  }

  #isDue(visitor: Visitor, requestId: string): boolean {
    const state = this.#before.get(requestId)?.state;
    if (!state) return false;
    if (this.#between && this.#before.get(this.#between)?.state !== 'COMPLETED') return false;
    if (visitor === 'approve') return state === 'AWAITING_APPROVAL';
    if (visitor === 'login') return state === 'AWAITING_LOGIN';
    if (visitor === 'deny' || visitor === 'expire') return isWaiting(state);
    return visitor === 'rerun' ? state === 'COMPLETED_WITH_ERRORS' : !isFinal(state);
  }

  /** Starts a process. @returns what it ends with */
  #spawn<T>(name: string, requestId: string, work: (ports: ModelPorts) => Promise<T>, isOpen = () => true) {
    const isAlone = () => this.#between !== undefined && (requestId === this.#between || this.#world.ledger.size === 0);
    const process = new Process(`${name} of ${requestId.at(-1)}`, requestId, isAlone);
    this.processes.push(process);
    const ports = portsOf(process, this.#world, this.#executions(process));
    return process.call('begins', () => true, { isOpen }).then(() => work(this.#seeded.ports?.(ports) ?? ports));
  }

  /** Step Functions: one run for each name, which a stop does not take from the functions that work for it. */
  #executions(process: Process): Executions {
    const { executions } = this.#world;
    const nameOf = (requestId: string, attempt: number) => `${requestId}-r${attempt}`;
    return {
      start: (kind, requestId, attempt) =>
        process.call(
          'starts the execution',
          () => {
            const name = nameOf(requestId, attempt);
            if (executions.has(name)) return;
            executions.set(name, 'RUNNING');
            const task = <T>(each: string, work: (ports: ModelPorts) => Promise<T>): Promise<T> =>
              executions.get(name) === 'RUNNING'
                ? this.#spawn(`${each} ${attempt}`, requestId, work)
                : new Promise(() => {});
            runOf(kind, { requestId, attempt }, task).then(
              () => executions.get(name) === 'RUNNING' && executions.set(name, 'SUCCEEDED'),
              () => this.#end(name, 'FAILED', requestId, attempt),
            );
          },
          { mayBeLost: true },
        ),
      stop: (_kind, requestId, attempt) =>
        process.call('stops the execution', () => this.#end(nameOf(requestId, attempt), 'ABORTED', requestId, attempt)),
    };
  }

  /** An execution that does not succeed is told to Close Request, again and again until that has worked (decision 25). */
  #end(name: string, status: string, requestId: string, attempt: number): void {
    if (this.#world.executions.get(name) !== 'RUNNING') return;
    this.#world.executions.set(name, status);
    const close = (): Promise<unknown> =>
      this.#spawn(`event ${attempt}`, requestId, (ports) =>
        closeRequest({ requestId, attempt, error: `Execution.${status}` }, ports),
      ).catch(close);
    close();
  }

  async stored(): Promise<string> {
    const { requests, vault, subjects, executions, working, ledger } = this.#world;
    const records = await Promise.all(this.#ids.map((id) => requests.get(id).catch(() => null)));
    const progress = await Promise.all(this.#ids.map((id) => requests.listProgress(id)));
    return JSON.stringify([
      records,
      progress,
      [...vault.sealed.keys()].sort(),
      [...subjects.holders.values()].map(({ requestId }) => requestId),
      [...subjects.about.values()].map((ids) => [...ids.keys()].sort()),
      [...executions],
      [...working],
      [...ledger],
    ]);
  }

  async fault(): Promise<string | undefined> {
    if (this.#lost) return this.#lost;
    if (this.#world.working.size > 1) return 'two anonymizations of one Subject at once';
    for (const id of this.#ids) {
      const record = await this.#world.requests.get(id).catch(() => undefined);
      const before = this.#before.get(id);
      if (!record) continue;
      this.#before.set(id, record);
      const { state, attempt, kind } = record;
      if (before && isFinal(before.state) && state !== before.state && attempt === before.attempt) {
        return `${state} after ${before.state}`;
      }
      if (!isFinal(state)) continue;
      if (this.#world.vault.sealed.has(`${id}/login`)) return `a login is kept while ${state}`;
      const changed = this.#world.ledger.has(id) || this.#world.working.has(id);
      if (kind === 'anonymize' && changed !== (state === 'COMPLETED')) return `${state}, and changed: ${changed}`;
      if (changed && record.planHashSha256 && !record.approvedBy) return 'changed without approval';
    }
    return undefined;
  }

  /** The sweeper of decision 25: what nobody works for any more is closed. */
  async wait(): Promise<boolean> {
    const lost = [...this.#before.values()].filter(({ state }) => !isFinal(state));
    if (lost.length === 0) return false;
    this.#waits += 1;
    const left = lost.map(({ state }) => state).join();
    const isStuck = lost.some(({ state }) => !isWaiting(state));
    if (isStuck && this.killsLeft + this.lossesLeft === this.#faults)
      this.#lost = `nobody works for it though nothing failed: ${left}`;
    if (this.#waits > MAX_WAITS) this.#lost = `lost: ${left}`;
    for (const { requestId, state, attempt } of lost) {
      const close = (ports: ModelPorts): Promise<unknown> =>
        isWaiting(state)
          ? VISITS.expire(requestId, ports)
          : closeRequest({ requestId, attempt, error: 'Stale' }, ports);
      this.#spawn(`sweeper ${this.#waits}`, requestId, close).catch(() => {});
    }
    return true;
  }
}

const VISITS: Readonly<Record<Visitor, (requestId: string, ports: ModelPorts) => Promise<unknown>>> = {
  approve: (id, ports) => approveRequest(id, { planHash: PLAN_HASH }, 'approver', aPolicy(), ports),
  deny: (id, ports) => denyRequest(id, 'other', 'approver', ports),
  login: (id, ports) => loginRequest(id, LOGIN, REQUESTER, aPolicy(), ports),
  cancel: (id, ports) => cancelRequest(id, ports),
  expire: (id, ports) => expireIfDue(id, { ...ports, clock: { now: () => LATER } }),
  rerun: (id, ports) => rerunRequest(id, LOGIN, aPolicy(), ports),
};
