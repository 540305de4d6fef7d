import type { RequestListener } from 'node:http';
import type { EngineWorld } from '../world/world.ts';
import { type Account, authenticate, challenge } from './accounts.ts';
import type { Fault } from './faults.ts';
import { errorPage } from './markup.ts';
import { bodyInstead } from './wrong-bodies.ts';

interface PortalServerOptions {
  readonly engines: readonly EngineWorld[];
  readonly accounts: readonly Account[];
  /** By name of the Engine. */
  readonly faults: ReadonlyMap<string, Fault>;
  /** Address that is listed for an Engine. */
  addressOf(name: string): string;
  /** Gives what List Engines answers. */
  listing(engines: readonly unknown[]): unknown;
}

/** Where an Engine listens for the Portal: not the port of its Web API, and nothing answers there. */
const PORTAL_SIDE_PORT = 7000;

/** Answers the List Engines API of the Portal. Source: docs/nexthink-portal.md */
export function portalListener({
  engines,
  accounts,
  faults,
  addressOf,
  listing,
}: PortalServerOptions): RequestListener {
  return (request, response) => {
    request.resume();
    const path = new URL(request.url ?? '/', 'https://portal.invalid').pathname;
    if (path !== '/api/configuration/v1/engines' || request.method !== 'GET') {
      response.writeHead(path === '/api/configuration/v1/engines' ? 405 : 404).end();
      return;
    }
    if (!authenticate(request, accounts)) {
      challenge(response, 'Portal');
      return;
    }
    const fault = faults.get('portal');
    const instead = fault?.kind === 'html' ? errorPage('being serviced', []) : bodyInstead(fault)?.bytes;
    if (fault?.kind === 'slow') return; // for ever: the client gives up
    if (fault?.kind === 'unavailable') {
      response.writeHead(503).end();
      return;
    }
    const list = engines.map((engine) => listed(engine, addressOf(engine.name), faults.get(engine.name)));
    response.writeHead(200, { 'Content-Type': 'application/json; charset=utf-8' });
    response.end(instead ?? JSON.stringify(listing(list)));
  };
}

/** An Engine as List Engines tells of it. */
type ListedEngine = Readonly<Record<string, unknown>>;

function listed(engine: EngineWorld, address: string, fault: Fault | undefined): unknown {
  const honest: ListedEngine = {
    name: engine.name,
    databaseUID: engine.databaseUID,
    machineID: engine.machineID,
    description: `Sample Engine in ${engine.zone.name}`,
    status: statusOf(fault),
    address,
    port: PORTAL_SIDE_PORT,
    timezone: engine.zone.name,
    version: engine.version,
  };
  return (fault && ODD[fault.kind]?.(honest)) ?? honest;
}

/** Odd entries, by kind of fault. */
const ODD: Readonly<Record<string, (honest: ListedEngine) => unknown>> = {
  'listed-null-address': (honest) => ({ ...honest, status: 'DISCONNECTED', address: null }),
  'listed-no-address': ({ address: _, ...honest }) => ({ ...honest, status: 'DISCONNECTED' }),
  'listed-null-version': (honest) => ({ ...honest, version: null }),
  'listed-null-timezone': (honest) => ({ ...honest, timezone: null }),
  'listed-odd-timezone': (honest) => ({ ...honest, timezone: 'Mars/Olympus_Mons' }),
  'listed-null-name': (honest) => ({ ...honest, name: null }),
  'listed-null-status': (honest) => ({ ...honest, status: null }),
  'listed-odd-status': (honest) => ({ ...honest, status: 'REINDEXING' }),
  'listed-number-uid': (honest) => ({ ...honest, databaseUID: 4711 }),
  'listed-null-uid': (honest) => ({ ...honest, databaseUID: null }),
  'listed-extra': (honest) => ({ ...honest, cluster: { nodes: [1, 2] }, licence: null }),
  'listed-text': ({ name }) => name,
};

function statusOf(fault: Fault | undefined): string {
  if (fault?.kind === 'disconnected') return 'DISCONNECTED';
  return fault?.kind === 'connecting' ? 'CONNECTING' : 'CONNECTED';
}
