import { takeTurn } from './engine-turn.ts';
import type { Leases } from './leases.ts';
import type { Engine } from './model.ts';
import type { Pause } from './ports.ts';

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
  readonly lost?: AbortSignal;
}

/**
 * Engines for a small question, each leased while it is looked at (design D3): the free ones first, then those that
 * become free. One that stays busy is handed out in the end all the same: a question without rows hurts an Engine less
 * than a refusal would hurt the Request.
 * @param holder who asks; no personal data
 */
export async function* freeEngines(
  engines: readonly Engine[],
  holder: string,
  { leases, pause }: FreeEnginesPorts,
  { rounds, roundMs }: Patience,
): AsyncGenerator<FreeEngine> {
  let waiting = [...engines];
  for (let round = 1; waiting.length > 0; round += 1) {
    const busy: Engine[] = [];
    for (const engine of waiting) {
      const turn = await takeTurn(leases, engine.engineId, holder);
      if ('waitSeconds' in turn) {
        if (round < rounds) busy.push(engine);
        else yield { engine };
        continue;
      }
      try {
        yield { engine, lost: turn.signal };
      } finally {
        await turn.end();
      }
    }
    waiting = busy;
    if (waiting.length > 0) await pause(roundMs);
  }
}
