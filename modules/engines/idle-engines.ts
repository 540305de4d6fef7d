import type { Pause } from '../common/ports.ts';
import type { Engine } from '../requests/source.ts';
import { takeTurn } from './lease-session.ts';
import type { Leases } from './leases.ts';

export interface FreeEnginesPorts {
  readonly leases: Leases;
  readonly pause: Pause;
}

/** How often busy Engines are looked at, and the pause between, in milliseconds. */
export interface Patience {
  readonly rounds: number;
  readonly roundMs: number;
}

/** An Engine that may be asked now. `lost` aborts when another takes it over. */
export interface FreeEngine {
  readonly engine: Engine;
  readonly lost: AbortSignal;
}

/**
 * Engines for a small question, each leased while it is looked at (docs/decisions/0005): the free ones first, then those that
 * become free. One that stays busy is left out.
 * @param holder who asks; no personal data
 * @param signal ends the waiting
 */
export async function* freeEngines(
  engines: readonly Engine[],
  holder: string,
  { leases, pause }: FreeEnginesPorts,
  { rounds, roundMs }: Patience,
  signal?: AbortSignal,
): AsyncGenerator<FreeEngine> {
  let waiting = [...engines];
  for (let round = 1; ; round += 1) {
    const busy: Engine[] = [];
    for (const engine of waiting) {
      const turn = await takeTurn(leases, engine.engineId, holder);
      if ('waitSeconds' in turn) {
        busy.push(engine);
        continue;
      }
      try {
        yield { engine, lost: turn.signal };
      } finally {
        await turn.end();
      }
    }
    waiting = busy;
    if (waiting.length === 0 || round === rounds) return;
    await pause(roundMs, signal);
  }
}
