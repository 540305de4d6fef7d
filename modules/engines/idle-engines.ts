import { GdprError } from '../common/errors.ts';
import type { Pause } from '../common/ports.ts';
import { runLimited } from '../common/run-limited.ts';
import type { Engine } from '../requests/source.ts';
import type { Login } from '../requests/start-body.ts';
import { EngineAuthError } from './errors.ts';
import { type Leases, openSession } from './leases.ts';
import type { EngineApi, PortalApi } from './ports.ts';
import { type EngineClient, engineClient } from './retrieval/engine-client.ts';

export type IdleEnginesPorts = { readonly leases: Leases; readonly pause: Pause };

/** How often busy Engines are tried, and the pause between two tries, in milliseconds. */
export interface Patience {
  readonly rounds: number;
  readonly roundMs: number;
  /** In the last round Engines that are still busy are visited, too, one such visit at a time (docs/decisions/0005). */
  readonly beside?: true;
}

interface Visits {
  /** Of the leases; no personal data. */
  readonly holder: string;
  readonly patience: Patience;
  readonly atOnce: number;
  /** Checked before each visit: an Engine that was visited may be needed again, a busy one may not be needed any more. */
  readonly isNeeded: (engine: Engine, round: number) => boolean;
  /** @param signal aborts when the visits end, or another worker takes the Engine over */
  readonly visit: (engine: Engine, signal: AbortSignal) => Promise<void>;
}

/** Visits each Engine that is needed, leased meanwhile: idle ones first, then those that become idle. @param limit ends the visits */
export async function visitIdleEngines(
  engines: readonly Engine[],
  { leases, pause }: IdleEnginesPorts,
  { holder, patience, atOnce, isNeeded, visit }: Visits,
  limit: AbortSignal,
): Promise<void> {
  const { rounds, roundMs, beside } = patience;
  const isDue = (engine: Engine, round: number) => !limit.aborted && isNeeded(engine, round);
  const work = async (engine: Engine, round: number) => {
    if (!isDue(engine, round)) return;
    let session = await openSession(leases, engine.engineId, holder);
    if ('waitSeconds' in session && beside && round === rounds)
      session = await openSession(leases, `beside ${engine.engineId}`, holder);
    if ('waitSeconds' in session) return;
    try {
      await visit(engine, AbortSignal.any([limit, session.signal]));
    } finally {
      await session.end();
    }
  };
  try {
    for (let round = 1; ; round += 1) {
      await runLimited(engines, atOnce, (engine) => work(engine, round));
      if (round === rounds || !engines.some((engine) => isDue(engine, round + 1))) return;
      await pause(roundMs, limit);
    }
  } catch (error) {
    if (!limit.aborted) throw error;
  }
}

const MAX_AT_ONCE = 8;

export interface QueryEachPorts extends IdleEnginesPorts {
  readonly engineApi: EngineApi;
  readonly portalApi: Pick<PortalApi, 'checksLogin'>;
}

interface Queries extends Pick<Visits, 'holder' | 'patience'>, Partial<Pick<Visits, 'isNeeded'>> {
  readonly login: Login;
  /** True when an Engine has proved the login; else one that may be wrong reaches one Engine at a time. */
  readonly isProved: boolean;
  readonly work: (client: EngineClient) => Promise<void>;
}

/**
 * Queries each Engine once, or while it is needed, several at a time, each leased. @returns those that failed: they are left alone
 * @throws {EngineAuthError} an Engine refused a login that the Portal has not accepted either (docs/decisions/0026)
 */
export async function queryEach(
  engines: readonly Engine[],
  { holder, patience, login, isProved, isNeeded, work }: Queries,
  ports: QueryEachPorts,
  limit: AbortSignal,
): Promise<{ readonly answered: ReadonlySet<Engine>; readonly failed: ReadonlyMap<Engine, Error> }> {
  const answered = new Set<Engine>();
  const failed = new Map<Engine, Error>();
  const { checksLogin } = ports.portalApi;
  const isOpen = isNeeded ?? ((engine: Engine) => !answered.has(engine));
  const visits = {
    holder,
    patience,
    atOnce: checksLogin || isProved ? MAX_AT_ONCE : 1,
    isNeeded: (engine: Engine, round: number) => !failed.has(engine) && isOpen(engine, round),
    async visit(engine: Engine, signal: AbortSignal) {
      try {
        await work(engineClient(ports.engineApi, engine, login, signal));
        answered.add(engine);
      } catch (error) {
        if (error instanceof EngineAuthError && !checksLogin) throw error;
        if (limit.aborted) return;
        if (!(error instanceof GdprError)) throw error;
        failed.set(engine, error);
      }
    },
  };
  await visitIdleEngines(engines, ports, visits, limit);
  return { answered, failed };
}
