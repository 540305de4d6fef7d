import { type Account, drawAccounts } from './accounts.ts';
import { createAuthority } from './certificates.ts';
import { engineListener, type Traffic } from './engine-server.ts';
import { assignFaults, SimulatorOptionError } from './faults.ts';
import type { Quoting } from './formats.ts';
import type { People } from './people.ts';
import { portalListener } from './portal-server.ts';
import { findDeadPort, type Serving, serve } from './serving.ts';
import { buildWorld, type World } from './world.ts';

export interface SimulatorOptions {
  /** How many Engines, 3 by default. */
  readonly engines?: number;
  /** Port of the first Engine, the others follow; 0, the default, for free ones. */
  readonly port?: number;
  readonly portalPort?: number;
  /** Event rows per Engine, 2000 by default. */
  readonly rows?: number;
  readonly seed?: number;
  /** Such as `engine-2=down`. */
  readonly faults?: readonly string[];
  readonly insecureHttp?: boolean;
  /** Milliseconds that every query takes besides its work. */
  readonly delayMs?: number;
  /** Freezes the Engines' clocks; by default they run, and the data end at the start of the simulator. */
  readonly now?: Date;
  readonly quoting?: Quoting;
  readonly between?: 'overlap' | 'start';
}

export interface SimulatedEngine {
  /** `databaseUID` of the List Engines API. */
  readonly id: string;
  readonly name: string;
  readonly url: string;
  readonly port: number;
  readonly traffic: Readonly<Traffic>;
}

/** Engines and the List Engines API of the sample company, while they run. */
export interface Simulator {
  readonly engines: readonly SimulatedEngine[];
  readonly portal: { readonly url: string };
  /** An account with Data privacy "none (full access)". */
  readonly login: { readonly username: string; readonly password: string };
  readonly accounts: readonly Account[];
  /** Names of sample Subjects, THE sample user first, the twin second. */
  readonly users: readonly string[];
  readonly devices: readonly string[];
  readonly people: People;
  readonly world: World;
  /** Certificate of the authority that issued the servers' certificates. */
  readonly caPem: string;
  stop(): Promise<void>;
}

/**
 * Starts the simulated Engines and the List Engines API on 127.0.0.1.
 * @throws {SimulatorOptionError} an option makes no sense, or a port is taken
 */
export async function startSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  const { engines = 3, rows = 2000, seed = 1, insecureHttp = false, port = 0 } = options;
  checkWhole('engines', engines, 1, 200);
  checkWhole('rows', rows, 0, 5_000_000);
  checkWhole('seed', seed, 0, 2 ** 31);
  checkWhole('port', port, 0, 65_536 - engines);
  checkWhole('portal-port', options.portalPort ?? 0, 0, 65_535);
  const names = Array.from({ length: engines }, (_, index) => `engine-${index + 1}`);
  const faults = assignFaults(options.faults ?? [], names);
  const world = buildWorld({ engines, rows, seed, now: options.now ?? new Date() });
  const accounts = drawAccounts();
  const [authority, stranger] = [createAuthority('Simulator CA'), createAuthority('Unknown CA')];
  const running: Serving[] = [];
  const stop = async () => void (await Promise.all(running.map((serving) => serving.stop())));
  const start = async (listener: Parameters<typeof serve>[0], at: number, name: string, trusted = true) => {
    const issuer = trusted ? authority : stranger;
    const serving = await serve(listener, at, insecureHttp ? undefined : issuer.issue(name));
    running.push(serving);
    return serving.port;
  };
  const urlOf = (at: number) => `${insecureHttp ? 'http' : 'https'}://127.0.0.1:${at}`;
  try {
    const simulated: SimulatedEngine[] = [];
    for (const [index, engine] of world.engines.entries()) {
      const fault = faults.get(engine.name);
      const traffic = { queries: 0, refusedLogins: 0, running: 0, busiest: 0 };
      const { quoting = 'rfc4180', between = 'overlap', delayMs = 0 } = options;
      const clock = () => options.now ?? new Date();
      const listener = engineListener({ engine, accounts, traffic, fault, clock, delayMs, quoting, between });
      const wanted = port === 0 ? 0 : port + index;
      const at =
        fault === 'down'
          ? wanted || (await findDeadPort())
          : await start(listener, wanted, engine.name, fault !== 'bad-cert');
      simulated.push({ id: engine.databaseUID, name: engine.name, url: urlOf(at), port: at, traffic });
    }
    const portal = portalListener({ engines: world.engines, accounts, faults });
    const portalAt = await start(portal, options.portalPort ?? 0, 'portal');
    const { username, password } = accounts[0]!;
    return {
      engines: simulated,
      portal: { url: urlOf(portalAt) },
      login: { username, password },
      accounts,
      users: world.people.users.map(({ name }) => name),
      devices: world.people.devices.map(({ name }) => name),
      people: world.people,
      world,
      caPem: authority.pem,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

function checkWhole(name: string, value: number, least: number, most: number): void {
  if (Number.isInteger(value) && value >= least && value <= most) return;
  throw new SimulatorOptionError(`${name}: give a whole number from ${least} to ${most}`);
}
