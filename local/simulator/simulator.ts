import type { RequestListener } from 'node:http';
import { SimulatorOptionError } from './option-error.ts';
import { otherColumns, schemaWithout, withUnknownTables } from './schemas.ts';
import { type Account, drawAccounts } from './servers/accounts.ts';
import { createAuthority } from './servers/certificates.ts';
import { engineListener } from './servers/engine-server.ts';
import { NO_LICENCE } from './servers/fault-play.ts';
import { assignFaults, type Fault, parseFaultKind } from './servers/faults.ts';
import { SHARED_DOMAIN, sharedListener } from './servers/one-port.ts';
import { portalListener } from './servers/portal-server.ts';
import { findDeadPort, type Identity, type Serving, serve } from './servers/serving.ts';
import { checkOptions, type SimulatorOptions } from './simulator-options.ts';
import type { Cell } from './world/cells.ts';
import { type Arrival, changeArrival, editDevice, removeDevice } from './world/changes.ts';
import type { People } from './world/people.ts';
import { Traffic } from './world/traffic.ts';
import { buildWorld, type Variant, type World } from './world/world.ts';

interface SimulatedEngine {
  /** `databaseUID` of the List Engines API. */
  readonly id: string;
  readonly name: string;
  readonly url: string;
  readonly port: number;
  readonly traffic: Traffic;
  /**
   * Gives the Engine another fault, or none, while it runs.
   * @throws {SimulatorOptionError} there is no such fault, or it only works from the start
   */
  setFault(kind: string | undefined): void;
  /** What was recorded is removed, as after `Storage = remove`. */
  removeDevice(name: string): void;
  editDevice(name: string, cells: Readonly<Record<string, Cell>>): void;
  /** Names arrive in another form: from the start, or from an instant on. */
  changeArrival(form: Arrival, since?: Date): void;
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
  /** Gives List Engines a fault of its own, such as `html`, or none. */
  setPortalFault(kind: string | undefined): void;
  /** Certificate of the authority that issued the servers' certificates. */
  readonly caPem: string;
  /** Stops the Engines' clocks at an instant. The data stay as they are. */
  setNow(now: Date): void;
  stop(): Promise<void>;
}

/** Faults that are part of a running Engine and cannot be given or taken later. */
const FIXED = ['down', 'bad-cert', 'cert-change', 'no-table', 'other-columns', 'narrow-view', 'unknown-table'];

/** Faults of the connection itself: Engines on one port cannot have them apart. */
const OWN_PORT = ['down', 'bad-cert', 'cert-change'];

const HOUR = 3_600_000;

/**
 * Starts the simulated Engines and the List Engines API on 127.0.0.1.
 * @throws {SimulatorOptionError} an option makes no sense, or a port is taken
 */
export async function startSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  checkOptions(options);
  const { engines = 3, rows = 2000, seed = 1, insecureHttp = false, port = 0, ancient = false } = options;
  const names = Array.from({ length: engines }, (_, index) => `engine-${index + 1}`);
  const { onePort = false } = options;
  const faults = assignFaults(options.faults ?? [], names);
  const own = [...faults.values()].find(({ kind }) => OWN_PORT.includes(kind));
  if (onePort && own) throw new SimulatorOptionError(`fault "${own.kind}" needs a port of its own: leave out one-port`);
  const variants = new Map(names.map((name) => [name, variantOf(faults.get(name)?.kind, options, name)]));
  const people = options.people && { people: options.people };
  const world = buildWorld({ engines, rows, seed, now: options.now ?? new Date(), ancient, variants, ...people });
  let frozen = options.now;
  const clock = (fault: Fault | undefined) => {
    const now = frozen ?? new Date();
    return fault?.kind === 'clock-skew' ? new Date(now.getTime() + fault.amount * HOUR) : now;
  };
  const accounts = drawAccounts();
  const [authority, stranger] = [createAuthority('Simulator CA'), createAuthority('Unknown CA')];
  const sharedNames = onePort ? [SHARED_DOMAIN, `*.${SHARED_DOMAIN}`] : [];
  const identityOf = (name: string, fault?: Fault): Identity => {
    const later = { certificate: stranger.issue(name), connections: fault?.amount ?? 0 };
    const certificate = fault?.kind === 'bad-cert' ? later.certificate : authority.issue(name, { also: sharedNames });
    return fault?.kind === 'cert-change' ? { certificate, later } : { certificate };
  };
  const running: Serving[] = [];
  const stop = async () => void (await Promise.all(running.map((serving) => serving.stop())));
  const start = async (name: string, at: number, listener: RequestListener, traffic?: Traffic) => {
    const identity = insecureHttp ? undefined : identityOf(name, faults.get(name));
    const serving = await serve(listener, at, identity, () => {
      if (traffic) traffic.connections += 1;
    });
    running.push(serving);
    return serving.port;
  };
  const urlOf = (at: number, name: string) =>
    `${insecureHttp ? 'http' : 'https'}://${onePort ? `${name}.${SHARED_DOMAIN}` : '127.0.0.1'}:${at}`;
  try {
    const drafts = world.engines.map((engine) => {
      const { name } = engine;
      const traffic = new Traffic();
      const { delayMs = 0, updates = false, noLicence = NO_LICENCE } = options;
      const present = { fault: () => faults.get(name), clock: () => clock(faults.get(name)) };
      const rules = { accounts, delayMs, updates, noLicence, switches: options };
      return { engine, name, traffic, listener: engineListener({ engine, traffic, ...rules, ...present }) };
    });
    const portal = portalListener({
      engines: world.engines,
      accounts,
      faults,
      addressOf: (name) => (onePort ? `${name}.${SHARED_DOMAIN}` : '127.0.0.1'),
      listing: options.listing ?? ((engines) => engines),
    });
    const shared = sharedListener(new Map(drafts.map(({ name, listener }) => [name, listener])), portal);
    const sharedPort = onePort ? await start('simulator', port, shared) : undefined;
    const simulated: SimulatedEngine[] = [];
    for (const [index, { engine, name, traffic, listener }] of drafts.entries()) {
      const wanted = port === 0 ? 0 : port + index;
      const down = faults.get(name)?.kind === 'down';
      const own = async () => (down ? wanted || findDeadPort() : start(name, wanted, listener, traffic));
      const at = sharedPort ?? (await own());
      const setFault = (kind: string | undefined) => changeFault(faults, name, kind);
      const changes = {
        removeDevice: (device: string) => removeDevice(engine, device),
        editDevice: (device: string, cells: Readonly<Record<string, Cell>>) => editDevice(engine, device, cells),
        changeArrival: (form: Arrival, since?: Date) => changeArrival(engine, form, since),
      };
      simulated.push({ id: engine.databaseUID, name, url: urlOf(at, name), port: at, traffic, setFault, ...changes });
    }
    const portalAt = sharedPort ?? (await start('portal', options.portalPort ?? 0, portal));
    const { username, password } = accounts[0]!;
    return {
      engines: simulated,
      portal: { url: urlOf(portalAt, 'portal') },
      login: { username, password },
      accounts,
      users: world.people.users.map(({ name }) => name),
      devices: world.people.devices.map(({ name }) => name),
      people: world.people,
      world,
      caPem: authority.pem,
      setPortalFault: (kind) => {
        faults.delete('portal');
        if (kind !== undefined) faults.set('portal', assignFaults([`portal=${kind}`], []).get('portal')!);
      },
      setNow: (now) => {
        frozen = now;
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

function variantOf(kind: Fault['kind'] | undefined, { dynamicFields }: SimulatorOptions, engine: string): Variant {
  const fields = Object.entries(dynamicFields?.[engine] ?? {}).map(
    ([table, names]) => [table, names.map((name) => ({ name, type: 'string' }))] as const,
  );
  const own = { dynamicFields: Object.fromEntries(fields) };
  if (kind === 'no-table') return { ...own, tables: schemaWithout('web_request') };
  if (kind === 'other-columns') return { ...own, tables: otherColumns() };
  if (kind === 'unknown-table') return { ...own, tables: withUnknownTables() };
  return { ...own, narrow: kind === 'narrow-view' };
}

function changeFault(faults: Map<string, Fault>, engine: string, text: string | undefined): void {
  const next = text === undefined ? undefined : parseFaultKind(text);
  const fixed = [faults.get(engine)?.kind, next?.kind].find((kind) => kind !== undefined && FIXED.includes(kind));
  if (fixed !== undefined) throw new SimulatorOptionError(`fault "${fixed}" is there from the start, or not at all`);
  if (next) faults.set(engine, next);
  else faults.delete(engine);
}
