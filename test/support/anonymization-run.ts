import { createHash, generateKeyPairSync, randomBytes, randomUUID, sign } from 'node:crypto';
import { reopenRequest } from '../../modules/engines/open-request.ts';
import { closeRequest } from '../../modules/lifecycle/close-request.ts';
import { portalAnonymizer } from '../../modules/portal/anonymize/anonymizer.ts';
import { portalLedger } from '../../modules/portal/anonymize/ledger.ts';
import { portalMaintainer } from '../../modules/portal/anonymize/maintainer.ts';
import { anonymizePortal } from '../../modules/portal/anonymize-portal.ts';
import type { PortalConnectionSource } from '../../modules/portal/database/connection.ts';
import { maintainPortal } from '../../modules/portal/maintain-portal.ts';
import type { PortalMapping } from '../../modules/portal/mapping/mapping.ts';
import { portalVerifier } from '../../modules/portal/search/preview.ts';
import { verifyPortal } from '../../modules/portal/verify-portal.ts';
import { SealedItemGoneError } from '../../modules/requests/errors.ts';
import type { ExecutionState } from '../../modules/requests/executions.ts';
import type { RequestRecord } from '../../modules/requests/record.ts';
import { isFinal } from '../../modules/requests/state-machine.ts';
import type { Requests } from '../../modules/requests/store.ts';
import type { Vault } from '../../modules/requests/vault.ts';
import { sweep } from '../../modules/schedules/sweep.ts';
import { readFilledAsl } from '../statemachines/asl.ts';
import {
  aRehearsal,
  aRequest,
  closingPorts,
  memoryArchives,
  memoryParts,
  memoryRequests,
  memoryVault,
  noRequests,
  silentLog,
} from './fakes.ts';

/** A clock that a test moves; `moved` is told of each move. */
export function movedClock(start = new Date('2026-11-23T08:00:00Z')) {
  let now = start.getTime();
  const clock = { now: () => new Date(now), moved: async () => {} };
  const move = async (ms: number) => {
    now += ms;
    await clock.moved();
  };
  return Object.assign(clock, { move });
}
type MovedClock = ReturnType<typeof movedClock>;

interface Retrier {
  readonly ErrorEquals: string[];
  readonly IntervalSeconds: number;
  readonly MaxAttempts: number;
  readonly BackoffRate: number;
  readonly MaxDelaySeconds: number;
}
interface AslState {
  readonly Type: string;
  readonly Next?: string;
  readonly Retry?: Retrier[];
  readonly Catch?: { ErrorEquals: string[]; Next: string }[];
}

/** Runs anonymize.asl.json: its order, retries and catches, with the waits moved on the clock. */
async function runAsl(clock: MovedClock, task: (state: string, error?: string) => Promise<unknown>): Promise<boolean> {
  const { StartAt, States } = JSON.parse(readFilledAsl('anonymize.asl.json')) as {
    StartAt: string;
    States: Record<string, AslState>;
  };
  const names = (list: string[], error: string) => list.includes(error) || list.includes('States.ALL');
  let failure: string | undefined;
  for (let name: string | undefined = StartAt; name; ) {
    const { Type, Next, Retry = [], Catch = [] }: AslState = States[name]!;
    if (Type === 'Fail') return false;
    name = await attempt(name).then(
      () => Next,
      (error: Error) => {
        failure = error.name;
        return Catch.find(({ ErrorEquals }) => names(ErrorEquals, error.name))?.Next ?? 'Request Failed';
      },
    );
    async function attempt(state: string, tried = 0): Promise<void> {
      try {
        await task(state, failure);
      } catch (error) {
        const retry = Retry.find(({ ErrorEquals }) => names(ErrorEquals, (error as Error).name));
        if (!retry || tried >= retry.MaxAttempts) throw error;
        await clock.move(1000 * Math.min(retry.IntervalSeconds * retry.BackoffRate ** tried, retry.MaxDelaySeconds));
        await attempt(state, tried + 1);
      }
    }
  }
  return true;
}

/** The vault in memory, which keeps the time: what has expired is gone, as with DynamoDB's time to live. */
function expiringVault(clock: MovedClock): Vault & { readonly sealed: Map<string, unknown> } {
  const vault = memoryVault();
  const expiry = new Map<string, number>();
  const key = (requestId: string, purpose: string) => `${requestId}/${purpose}`;
  const isGone = (requestId: string, purpose: string) =>
    (expiry.get(key(requestId, purpose)) ?? 0) <= clock.now().getTime();
  return {
    ...vault,
    async seal(requestId, purpose, value, expiresAt) {
      expiry.set(key(requestId, purpose), expiresAt.getTime());
      await vault.seal(requestId, purpose, value, expiresAt);
    },
    async prolong(requestId, purpose, expiresAt) {
      if (!isGone(requestId, purpose)) expiry.set(key(requestId, purpose), expiresAt.getTime());
    },
    async open(requestId, purpose) {
      if (isGone(requestId, purpose)) throw new SealedItemGoneError(purpose);
      return vault.open(requestId, purpose);
    },
  };
}

/** Requests in memory whose `updatedAt` follows the clock. */
function timedRequests(clock: MovedClock, record: RequestRecord): Requests {
  const requests = memoryRequests(record);
  const updated = () => ({ updatedAt: clock.now().toISOString() });
  return {
    ...requests,
    transition: (id, to, patch, held) => requests.transition(id, to, { ...patch, ...updated() }, held),
    note: (id, facts, held) => requests.note(id, { ...facts, ...updated() } as typeof facts, held),
  };
}

const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
const signer = {
  sign: async (text: string) => ({
    signature: sign('sha256', createHash('sha256').update(text).digest(), privateKey).toString('base64'),
    publicKey: publicKey.export({ type: 'spki', format: 'der' }).toString('base64'),
  }),
};

interface Settings {
  readonly mapping: PortalMapping;
  readonly source: (role: 'anonymize' | 'read' | 'verify' | 'maintain') => PortalConnectionSource;
  readonly clock: MovedClock;
  /** Called directly before the commit. */
  readonly committing: () => void | Promise<void>;
}

/**
 * One anonymization with the real tasks, the real state machine and the sweeper every five minutes, on stores in memory.
 * @returns how it ended, and every state it was in
 */
export async function anonymizeToTheEnd(name: string, { mapping, source, clock, committing }: Settings) {
  const requestId = randomUUID();
  const now = clock.now().toISOString();
  const states = new Set<string>();
  const timed = timedRequests(
    clock,
    aRequest({ requestId, kind: 'anonymize', state: 'QUEUED', sources: ['portal'], createdAt: now, updatedAt: now }),
  );
  const requests: Requests = {
    ...timed,
    by: () => requests,
    async transition(id, to, patch, held) {
      if (patch?.commitStartedAt) await committing();
      states.add(to);
      return timed.transition(id, to, patch, held);
    },
  };
  const vault = expiringVault(clock);
  const kept = new Date(clock.now().getTime() + 30 * 86_400_000);
  await vault.seal(requestId, 'subject', { kind: 'user', name }, kept);
  await vault.seal(requestId, 'nonce', randomBytes(32).toString('base64'), kept);
  const executions = new Map<string, ExecutionState>();
  const waiting: number[] = [1];
  const policy = { unreachable: 'retain', controls: 'full', lockSeconds: 5, statementSeconds: 60 } as const;
  const parts = memoryParts();
  const ports = {
    ...closingPorts(),
    requests,
    requestList: noRequests,
    vault,
    parts,
    archives: memoryArchives(),
    log: silentLog,
    clock,
    mapping,
    random: randomBytes,
    signer,
    portalAnonymizer: portalAnonymizer(source('anonymize'), mapping, policy),
    rehearse: async () => aRehearsal(),
    portalMaintainer: portalMaintainer(source('maintain'), mapping, { vacuum: 'plain', lockSeconds: 5 }),
    portalVerifier: portalVerifier(source('verify'), mapping),
    portalLedger: async () => portalLedger(source('read'), mapping),
    executions: {
      start: async (_kind: string, _id: string, attempt: number) => {
        if (!executions.has(String(attempt))) waiting.push(attempt);
        executions.set(String(attempt), 'RUNNING');
      },
      stop: async () => {},
      find: async (_kind: string, _id: string, attempt: number) => executions.get(String(attempt)) ?? 'unknown',
    },
    openRequests: {
      async *list() {
        yield requestId;
      },
      remove: async () => {},
    },
  } as const;
  const run = (attempt: number) =>
    runAsl(clock, async (state, error) => {
      const event = { requestId, attempt };
      if (state.startsWith('Close')) return closeRequest({ ...event, ...(error && { error }) }, ports);
      if (state.startsWith('Anonymize')) return anonymizePortal(event, ports);
      if (state === 'Maintain Portal') return maintainPortal(event, ports);
      if (state === 'Verify Portal') return verifyPortal(event, ports);
      if (attempt > 1) return reopenRequest(event, ports as never);
      return requests.transition(requestId, 'RUNNING', {}, { attempt });
    });
  for (;;) {
    for (let attempt = waiting.shift(); attempt; attempt = waiting.shift()) {
      const isDone = await run(attempt);
      executions.set(String(attempt), isDone ? 'SUCCEEDED' : 'FAILED');
      if (!isDone) await closeRequest({ requestId, attempt, error: 'Execution.FAILED' }, ports);
    }
    const record = await requests.get(requestId);
    if (isFinal(record.state)) return { record, states, sealed: [...vault.sealed.keys()] };
    await clock.move(5 * 60_000);
    await sweep({ warnDays: [] }, ports);
  }
}
