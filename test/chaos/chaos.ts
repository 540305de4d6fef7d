import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { accountFor, reachableFolder } from '../../local/portal-database/postgres-binaries.ts';
import type { RequestState } from '../../modules/requests/record.ts';
import { isFinal } from '../../modules/requests/state-machine.ts';
import type { RequestView } from '../../modules/requests/views/get-request.ts';
import { type PlainPeer, startPlainPeer } from '../support/plain-peer.ts';
import { storedRequests } from '../support/stored-requests.ts';
import { reachable } from '../support/walked-requests.ts';
import { ChaosCaller, type Subjects } from './callers.ts';
import { Draw } from './draw.ts';
import { type Facts, gatherFacts, portalRows, readArchive } from './facts.ts';
import { FAULTS, type FaultKind, FaultSource } from './faults.ts';
import { INVARIANTS, nothingIsLeft } from './invariants.ts';
import { growOld, settle } from './settle.ts';
import { Story } from './story.ts';
import { CALLERS, SystemProcess } from './system-process.ts';

export interface ChaosOptions {
  readonly seed: number;
  readonly seconds: number;
  /** How often each kind of fault comes; all kinds when absent. */
  readonly faults?: Readonly<Partial<Record<FaultKind, number>>>;
  /** Faults that are played side by side. */
  readonly atOnce?: number;
  readonly engines?: number;
  readonly rows?: number;
  /** Longest pause of a caller between two calls, milliseconds. */
  readonly pauseMs?: number;
  /** Bundles of the functions, built elsewhere. */
  readonly bundles?: string;
  /** How many names are retrieved, 3 when absent, and how many are anonymized. */
  readonly retrieved?: number;
  readonly anonymized?: number;
  /** Ends the faults as soon as something is seen to be broken. */
  readonly endEarly?: boolean;
}

/** A name that can be searched for in a row without regard to quoting. */
const PLAIN = /^[\w.-]{6,}$/;

/** What came of a run. */
export interface ChaosReport {
  readonly broken: readonly string[];
  /** The last events, for finding out why. */
  readonly events: readonly string[];
  readonly allEvents: readonly string[];
  readonly figures: {
    readonly requests: number;
    readonly ends: Readonly<Record<string, number>>;
    readonly calls: Readonly<Record<string, number>>;
    readonly statuses: Readonly<Record<string, number>>;
    readonly faults: Readonly<Record<string, number>>;
    /** Calls of the stand-ins for AWS. */
    readonly failedCalls: Readonly<Record<string, number>>;
    readonly kills: number;
    readonly compared: number;
    readonly seconds: number;
  };
}

/** The whole system under random faults, and what is broken when they have stopped. */
export async function runChaos(options: ChaosOptions): Promise<ChaosReport> {
  const { engines = 2, rows = 100, seed } = options;
  const folder = await mkdtemp(join(tmpdir(), 'gdpr-chaos-'));
  const dataDir = join(folder, 'data');
  const temporary = await makeTemporary(folder);
  const peer = await startPlainPeer();
  const now = new Date(Math.floor(Date.now() / 60_000) * 60_000).toISOString();
  const system = new SystemProcess(
    {
      seed,
      dataDir,
      engines,
      rows,
      now,
      engineTimeoutSeconds: 4,
      peerUrl: peer.url,
      ...(options.bundles !== undefined && { bundles: options.bundles }),
    },
    temporary,
  );
  try {
    await system.start();
    return await new ChaosRun(options, system, peer, folder).run();
  } finally {
    await system.stop();
    await peer.stop();
    const database = await reachableFolder(join(dataDir, `portal-${engines}-${seed}`), accountFor());
    for (const place of [database, folder]) await rm(place, { recursive: true, force: true });
  }
}

/** Where the system puts temporary files, so that they can be searched. PostgreSQL enters it with an account of its own. */
async function makeTemporary(folder: string): Promise<string> {
  const temporary = join(folder, 'tmp');
  await mkdir(temporary);
  for (const place of [folder, temporary]) await chmod(place, 0o711);
  return temporary;
}

class ChaosRun {
  readonly #options: ChaosOptions;
  readonly #system: SystemProcess;
  readonly #peer: PlainPeer;
  readonly #folder: string;
  readonly #story = new Story();
  readonly #began = Date.now();

  constructor(options: ChaosOptions, system: SystemProcess, peer: PlainPeer, folder: string) {
    this.#options = options;
    this.#system = system;
    this.#peer = peer;
    this.#folder = folder;
  }

  async run(): Promise<ChaosReport> {
    const { seed, seconds, atOnce = 2, pauseMs = 1_500, faults: kinds = FAULTS } = this.#options;
    const [system, story] = [this.#system, this.#story];
    const draw = new Draw(seed);
    const subjects = await this.#chooseSubjects();
    const callers = CALLERS.map(({ name }) => new ChaosCaller(name, system, story, draw.fork(), subjects));
    const faults = new FaultSource(system, this.#peer, story, kinds);
    const portalBefore = await portalRows(system);
    const before = await this.#quietRuns(callers[0]!, subjects);

    await callers[0]!.change(draw.fork(), 'anonymize'); // in every run there is one

    const stop = new AbortController();
    const { signal } = stop;
    const sources = Array.from({ length: atOnce }, () => faults.go(draw.fork(), signal));
    const watching = this.#watch(signal);
    const calling = callers.map((caller) => caller.go(pauseMs, signal));
    for (const end = Date.now() + seconds * 1000; Date.now() < end; await sleep(200))
      if (this.#options.endEarly && story.broken.size > 0) break;
    stop.abort();
    await Promise.all([...sources, ...calling, watching]);
    await faults.heal();
    await system.state();
    const failedCalls = system.failedCalls();
    story.note('the faults have stopped');

    await settle(system, story);
    await callers.at(-1)!.decide(draw.fork());
    for (const caller of callers) await caller.logIn();
    await settle(system, story);
    const after = await this.#quietRuns(callers[0]!, subjects);
    const quiet: Facts['quiet'] = new Map(
      [...before].map(([name, first]) => [name, [first, after.get(name)!] as const]),
    );
    const given = { story, subjects, callers, folder: this.#folder, quiet, portalBefore };
    await settle(system, story);
    story.told.push(...this.#peer.asked);
    const facts = await gatherFacts(system, given);
    for (const [name, invariant] of Object.entries(INVARIANTS))
      for (const what of invariant(facts)) story.breaks(`${name}: ${what}`);
    await growOld(system);
    for (const what of nothingIsLeft(await gatherFacts(system, { ...given, callers: [] })))
      story.breaks(`nothingIsLeft: ${what}`);
    return this.#report(facts, faults.kills, failedCalls);
  }

  /** Two users and a device are retrieved, further users are anonymized. */
  async #chooseSubjects(): Promise<Subjects> {
    const { users, devices } = await this.#system.hello();
    const { retrieved = 3, anonymized = 6 } = this.#options;
    const user = (name: string) => ({ kind: 'user' as const, name });
    return {
      retrieved: [user(users[0]!), { kind: 'device' as const, name: devices[0]! }, user(users[1]!)].slice(0, retrieved),
      anonymized: users
        .slice(2)
        .filter((name) => PLAIN.test(name))
        .slice(0, anonymized)
        .map(user),
    };
  }

  /** One archive about each name while nothing fails. */
  async #quietRuns(caller: ChaosCaller, subjects: Subjects) {
    const { login } = await this.#system.hello();
    const archives = new Map<string, Facts['archives'][number]['read']>();
    for (const subject of subjects.retrieved) {
      const key = `quiet-${subject.name.length}-${archives.size}-${this.#story.starts.length}`;
      const start = { key, caller: 'anna', kind: 'retrieve' as const, name: subject.name };
      await caller.start(start, { kind: 'retrieve', subject, sources: ['engine', 'portal'], reference: key, login });
      const requestId = this.#story.starts.at(-1)!.requestId!;
      const state = await this.#ended(caller, requestId);
      await caller.download(requestId);
      const got = this.#story.downloads.find((download) => download.requestId === requestId);
      if (state !== 'COMPLETED' || !got) throw new Error(`a quiet retrieval is ${state}`);
      archives.set(subject.name, await readArchive(got.bytes, subjects));
    }
    return archives;
  }

  async #ended(caller: ChaosCaller, requestId: string): Promise<RequestState> {
    for (;;) {
      const answer = await caller.ask<RequestView>(`/v1/requests/${requestId}`);
      if (answer?.status === 200 && isFinal(answer.body.state)) return answer.body.state;
      await sleep(100);
    }
  }

  /** Looks at every request, again and again: none goes a way that there is not, none vanishes. */
  async #watch(signal: AbortSignal): Promise<void> {
    const seen = new Map<string, { readonly state: RequestState; readonly attempt: number }>();
    while (!signal.aborted) {
      await sleep(1_000, undefined, { signal }).catch(() => {});
      if (!this.#system.isUp) continue;
      await this.#system.state();
      const records = await storedRequests(await this.#system.system()).catch(() => undefined);
      if (!records) continue; // the store fails just now
      for (const { requestId, state, attempt } of records) {
        const last = seen.get(requestId);
        if (last && (!reachable(last.state).has(state) || attempt < last.attempt))
          this.#story.breaks(`${requestId} went from ${last.state} ${last.attempt} to ${state} ${attempt}`);
        seen.set(requestId, { state, attempt });
      }
      const ids = new Set(records.map(({ requestId }) => requestId));
      for (const requestId of seen.keys()) if (!ids.has(requestId)) this.#story.breaks(`${requestId} has vanished`);
    }
  }

  #report({ records, archives }: Facts, kills: number, failedCalls: Readonly<Record<string, number>>): ChaosReport {
    const { broken, calls, statuses, faults } = this.#story;
    const ends = Map.groupBy(records, ({ kind, state }) => `${kind} ${state}`);
    const sorted = (of: Iterable<readonly [string | number, number]>) =>
      Object.fromEntries(
        [...of].map(([name, count]) => [String(name), count] as const).sort(([a], [b]) => (a < b ? -1 : 1)),
      );
    return {
      broken: [...broken],
      events: this.#story.events(),
      allEvents: this.#story.events(true),
      figures: {
        requests: records.length,
        ends: sorted([...ends].map(([name, those]) => [name, those.length] as const)),
        calls: sorted(calls),
        statuses: sorted(statuses),
        faults: sorted(faults),
        failedCalls,
        kills,
        compared: archives.length,
        seconds: Math.round((Date.now() - this.#began) / 1000),
      },
    };
  }
}
