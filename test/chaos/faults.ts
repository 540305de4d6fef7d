import { setTimeout as sleep } from 'node:timers/promises';
import { FUNCTIONS } from '../../functions/registry.ts';
import { STORE_FAULTS } from '../../local/aws/store-faults.ts';
import type { PlainPeer } from '../support/plain-peer.ts';
import type { Draw } from './draw.ts';
import type { Story } from './story.ts';
import type { SystemProcess } from './system-process.ts';

/**
 * Ways in which an Engine fails and is well again: away, hanging, cut, refusing, slow, and answers that are wrong. `cut-line` and
 * `lacks-middle` are left out: on every look-up they drop the only row, and an Engine that is well before it is asked for any device lacks the name.
 * So is `relabelled` in all answers: a look-up then gives the id of another one, whose rows are those of the first, who is the person.
 */
const ENGINE_FAULTS = [
  ...['disconnected', 'reset', 'stall:1', 'truncate:1', 'unauthorized', 'slow-first-byte:3', 'busy:2', 'unavailable:3'],
  ...['flaky:2', 'html', 'text', 'empty', 'header-other', 'other-query', 'foreign-rows', 'rows-twice'],
  ...['relabelled@event', 'relabelled@look-up', 'short-record', 'cut-record', 'fewer-columns', 'partial', 'not-found'],
];
const LIST_FAULTS = ['html', 'text', 'json', 'empty', 'unavailable'];

/** How often each kind of fault comes. */
export const FAULTS = {
  engine: 30,
  list: 4,
  stores: 18,
  services: 12,
  worker: 24,
  spree: 8,
  database: 5,
  system: 2,
  peer: 5,
  schedule: 12,
};
export type FaultKind = keyof typeof FAULTS;

/** Lets things fail at random, one after the other and some at once, until told to stop; then nothing fails any more. */
export class FaultSource {
  readonly #system: SystemProcess;
  readonly #peer: PlainPeer;
  readonly #story: Story;
  readonly #kinds: Readonly<Partial<Record<FaultKind, number>>>;
  kills = 0;

  constructor(
    system: SystemProcess,
    peer: PlainPeer,
    story: Story,
    kinds: Readonly<Partial<Record<FaultKind, number>>>,
  ) {
    this.#system = system;
    this.#peer = peer;
    this.#story = story;
    this.#kinds = kinds;
  }

  async go(draw: Draw, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const kind = draw.weighted(this.#kinds as Record<FaultKind, number>);
      const own = draw.fork();
      await this.#play(kind, own, signal).catch((error: Error) => this.#story.note(`fault ${kind}: ${error.message}`));
      await sleep(draw.int(1_500), undefined, { signal }).catch(() => {});
    }
  }

  /** Everything is well again. */
  async heal(): Promise<void> {
    const { engines } = await this.#system.hello();
    this.#peer.answerWith({ status: 200 });
    for (const engine of engines) await this.#system.tell({ do: 'engine', engine, fault: undefined });
    await this.#system.tell({ do: 'list', fault: undefined });
    for (const which of ['stores', 'services'] as const)
      await this.#system.tell({ do: 'calls', of: which, share: 0, kinds: ['refuse'], delayMs: 0 });
  }

  async #play(kind: FaultKind, draw: Draw, signal: AbortSignal): Promise<void> {
    const system = this.#system;
    const lasts = () => sleep(draw.between(500, 6_000), undefined, { signal }).catch(() => {});
    const noted = (what: string) => {
      this.#story.count(this.#story.faults, what.split(' ')[0]!);
      this.#story.note(`fault: ${what}`);
    };
    if (kind === 'engine') {
      const engine = draw.pick((await system.hello()).engines);
      const fault = draw.pick(ENGINE_FAULTS);
      noted(`engine:${fault} ${engine}`);
      await system.tell({ do: 'engine', engine, fault });
      await lasts();
      await system.tell({ do: 'engine', engine, fault: undefined });
    } else if (kind === 'list') {
      const fault = draw.pick(LIST_FAULTS);
      noted(`list:${fault}`);
      await system.tell({ do: 'list', fault });
      await lasts();
      await system.tell({ do: 'list', fault: undefined });
    } else if (kind === 'stores' || kind === 'services') {
      const [fault, share, delayMs] = [draw.pick(STORE_FAULTS), draw.between(5, 60) / 100, draw.between(100, 3_000)];
      noted(`${kind}:${fault} ${share}`);
      await system.tell({ do: 'calls', of: kind, share, kinds: [fault], delayMs });
      await lasts();
      await system.tell({ do: 'calls', of: kind, share: 0, kinds: [fault], delayMs });
    } else if (kind === 'worker') {
      for (let kill = draw.between(1, 3); kill > 0 && !signal.aborted; kill -= 1) {
        await sleep(draw.int(800));
        const workers = system.workers();
        if (workers.length === 0) continue;
        this.#kill(draw.pick(workers));
        noted('worker');
      }
    } else if (kind === 'spree') {
      const { name } = draw.pick(FUNCTIONS);
      noted(`spree ${name}`);
      for (const end = Date.now() + draw.between(1_000, 5_000); Date.now() < end && !signal.aborted; await sleep(20))
        for (const pid of system.workers(name)) this.#kill(pid);
    } else if (kind === 'database') {
      if (system.isUp && system.restartDatabase(draw.int(10))) noted('database');
    } else if (kind === 'system') {
      if (!system.isUp) return;
      noted('system');
      await system.killAndStart();
    } else if (kind === 'peer') {
      noted('peer');
      this.#peer.answerWith(draw.chance(0.5) ? 'silence' : { status: 503 });
      await lasts();
      this.#peer.answerWith({ status: 200 });
    } else {
      const name = draw.pick(['sweep', 'deliver-notices', 'process-tickets', 'rerun-missing', 'anchor-audit']);
      this.#story.note(`schedule: ${name}`);
      await system.tell({ do: 'invoke', name });
    }
  }

  #kill(pid: number): void {
    try {
      process.kill(pid, 'SIGKILL');
      this.kills += 1;
    } catch {
      // it had ended by itself
    }
  }
}
