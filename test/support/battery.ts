import { kindOfQuery, type QueryKind } from '../../local/simulator/servers/query-kinds.ts';
import type { Switches } from '../../local/simulator/servers/switches.ts';
import { type Simulator, startSimulator } from '../../local/simulator/simulator.ts';
import type { SimulatorOptions } from '../../local/simulator/simulator-options.ts';
import { GdprError } from '../../modules/common/errors.ts';
import { type EngineRunOptions, runEngines } from './engine-run.ts';
import { judge, type Verdict } from './judge.ts';

/** The present of the battery's Engines: their clocks stand still there. */
export const NOW = new Date('2026-11-23T15:30:00Z');

/** How one retrieval from faulty Engines ended. */
export interface Outcome extends Omit<Verdict, 'complete'> {
  readonly state: string;
}

type Subject = { readonly kind: 'user' | 'device'; readonly name: string };

/** One simulated Engine, asked again and again, each time with another fault. */
export class Battery {
  readonly simulator: Simulator;
  readonly #switches: Switches;
  /** By kind of fault; the same function each time, so that what the world holds is adjusted once. */
  readonly #adjusts = new Map<string, (row: Row) => Row>();

  private constructor(simulator: Simulator, switches: Switches) {
    this.simulator = simulator;
    this.#switches = switches;
  }

  static async start(options: SimulatorOptions = {}): Promise<Battery> {
    return new Battery(await startSimulator({ engines: 1, rows: 110, seed: 1, now: NOW, ...options }), options);
  }

  /** Retrieves under a fault, and compares the archive with the world. */
  async run(fault: string | undefined, subject: Subject, options: Partial<EngineRunOptions> = {}): Promise<Outcome> {
    const { engines, world } = this.simulator;
    for (const engine of engines) engine.setFault(fault);
    try {
      const run = await runEngines(this.simulator, { subject, now: () => NOW, neutralizeFormulas: true, ...options });
      if (!run.archive) return { state: run.state, missing: [], added: [], named: [run.state] };
      const verdict = await judge(run.archive, world.engines, subject.kind, subject.name, this.#adjust(fault));
      return { ...verdict, state: run.state };
    } catch (error) {
      if (!(error instanceof GdprError)) throw error;
      return { state: 'FAILED', missing: [], added: [], named: [error.name] };
    } finally {
      for (const engine of engines) engine.setFault(undefined);
    }
  }

  /** How many queries of each kind an honest run has. */
  async count(subject: Subject): Promise<ReadonlyMap<QueryKind, number>> {
    const { log } = this.simulator.engines[0]!.traffic;
    const before = log.length;
    const { state, missing, added } = await this.run(undefined, subject);
    if (state !== 'COMPLETED' || missing.length + added.length > 0)
      throw new Error(`an honest Engine ends ${state}: ${JSON.stringify({ missing, added }).slice(0, 500)}`);
    const counts = new Map<QueryKind, number>();
    for (const { statement } of log.slice(before)) {
      const kind = kindOfQuery(statement);
      counts.set(kind, (counts.get(kind) ?? 0) + 1);
    }
    return counts;
  }

  stop(): Promise<void> {
    return this.simulator.stop();
  }

  /** What an Engine with these switches, and this fault, cannot tell apart. */
  #adjust(fault = ''): (row: Row) => Row {
    const kind = /^(latin1|ids-)/.exec(fault)?.[0] ?? '';
    const adjust = this.#adjusts.get(kind) ?? this.#adjustOf(kind);
    this.#adjusts.set(kind, adjust);
    return adjust;
  }

  #adjustOf(kind: string): (row: Row) => Row {
    const { quoting, dynamicHash } = this.#switches;
    const cellOf = kind === 'latin1' ? inLatin : (cell: string) => cell;
    const ids = kind === 'ids-' ? /^((user|device)\/)?id$/ : undefined;
    return (row) => {
      const cells = Object.entries(row).filter(([column]) => column !== 'undocumented_field' && !ids?.test(column));
      const spelled = cells.map(([column, cell]) => [
        dynamicHash === false ? column.replace(/^#/, '') : column,
        cellOf(quoting === 'raw' ? cell.replaceAll(/[\t\r\n]/g, ' ') : cell),
      ]);
      return Object.fromEntries(spelled);
    };
  }
}

type Row = Readonly<Record<string, string>>;

/** A cell as Latin-1 can hold it. */
const inLatin = (cell: string): string => cell.replaceAll(/[\u0100-\u{10ffff}]/gu, '?');

/** First, middle and last of a number of queries. */
export const placesOf = (count: number): number[] => [...new Set([1, Math.ceil(count / 2), count])];
