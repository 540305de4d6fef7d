import { SimulatorOptionError } from './option-error.ts';
import type { NoLicence } from './servers/fault-play.ts';
import type { Switches } from './servers/switches.ts';
import type { GivenPeople } from './world/given-people.ts';

export interface SimulatorOptions extends Switches {
  /** How many Engines, 3 by default. */
  readonly engines?: number;
  /** Port of the first Engine, the others follow; 0, the default, for free ones. */
  readonly port?: number;
  readonly portalPort?: number;
  /** Serves all on `port`, told apart by the name of the host or by the path. */
  readonly onePort?: boolean;
  /** Event rows per Engine, 2000 by default. */
  readonly rows?: number;
  readonly seed?: number;
  /** Changes what List Engines answers; it may give anything that JSON can hold. */
  readonly listing?: (engines: readonly unknown[]) => unknown;
  /** Such as `engine-2=down`, `engine-3=busy:4`, `engine-1=text@event#2` or `portal=html`. */
  readonly faults?: readonly string[];
  readonly insecureHttp?: boolean;
  /** Milliseconds that every query takes besides its work. */
  readonly delayMs?: number;
  /** Freezes the Engines' clocks; by default they run, and the data end at the start of the simulator. */
  readonly now?: Date;
  /** Adds events that began 410 days ago, before any window of a retrieval, and lasted until three days ago. */
  readonly ancient?: boolean;
  /** Whether the accounts may edit categories and custom fields; by default `update` is refused with 403. */
  readonly updates?: boolean;
  /** People to simulate besides the sample company's, or in their place. */
  readonly people?: GivenPeople;
  /** Names of the dynamic fields of an Engine, by its name and the table; in place of the sample company's. */
  readonly dynamicFields?: Readonly<Record<string, Partial<Record<'user' | 'device', readonly string[]>>>>;
  /** What an Engine with the fault `no-licence` answers. */
  readonly noLicence?: NoLicence;
}

/** @throws {SimulatorOptionError} an option is out of range */
export function checkOptions(options: SimulatorOptions): void {
  const { engines = 3, rows = 2000, seed = 1, port = 0, portalPort = 0, delayMs = 0, cap = 1 } = options;
  checkWhole('engines', engines, 1, 200);
  checkWhole('rows', rows, 0, 5_000_000);
  checkWhole('seed', seed, 0, 2 ** 31);
  checkWhole('port', port, 0, 65_536 - engines);
  checkWhole('portal-port', portalPort, 0, 65_535);
  checkWhole('delay', delayMs, 0, 3_600_000);
  checkWhole('cap', cap, 1, 1_000_000_000);
}

function checkWhole(name: string, value: number, least: number, most: number): void {
  if (Number.isInteger(value) && value >= least && value <= most) return;
  throw new SimulatorOptionError(`${name}: give a whole number from ${least} to ${most}`);
}
