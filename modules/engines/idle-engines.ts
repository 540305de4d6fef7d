import type { Pause } from '../common/ports.ts';
import { runLimited } from '../common/run-limited.ts';
import type { Engine } from '../requests/source.ts';
import { openSession } from './lease-session.ts';
import type { Leases } from './leases.ts';

export interface IdleEnginesPorts {
  readonly leases: Leases;
  readonly pause: Pause;
}

/** How often busy Engines are tried, and the pause between two tries, in milliseconds. */
export interface Patience {
  readonly rounds: number;
  readonly roundMs: number;
  /** In the last round Engines that are still busy are visited, too, one such visit at a time (docs/decisions/0005). */
  readonly beside?: true;
}

/** An Engine that may be queried now. `lost` aborts when another worker takes it over. */
export interface IdleEngine {
  readonly engine: Engine;
  readonly lost: AbortSignal;
}

interface Visits {
  /** Maximum Engines at the same time. */
  readonly atOnce: number;
  /** Checked before each visit: an Engine that was visited may be needed again, a busy one may not be needed any more. */
  readonly isNeeded: (engine: Engine, round: number) => boolean;
  readonly visit: (idle: IdleEngine) => Promise<void>;
}

/**
 * Visits each Engine that is needed, several at a time, each leased meanwhile: idle ones first, then those that become idle.
 * @param signal ends the waiting
 */
export async function visitIdleEngines(
  engines: readonly Engine[],
  holder: string,
  { leases, pause }: IdleEnginesPorts,
  { rounds, roundMs, beside }: Patience,
  { atOnce, isNeeded, visit }: Visits,
  signal?: AbortSignal,
): Promise<void> {
  for (let round = 1; ; round += 1) {
    await runLimited(engines, atOnce, async (engine) => {
      if (!isNeeded(engine, round)) return;
      let session = await openSession(leases, engine.engineId, holder);
      if ('waitSeconds' in session && beside && round === rounds)
        session = await openSession(leases, `beside ${engine.engineId}`, holder);
      if ('waitSeconds' in session) return;
      try {
        await visit({ engine, lost: session.signal });
      } finally {
        await session.end();
      }
    });
    if (round === rounds || !engines.some((engine) => isNeeded(engine, round + 1))) return;
    await pause(roundMs, signal);
  }
}
