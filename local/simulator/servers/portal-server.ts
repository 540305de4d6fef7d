import type { RequestListener } from 'node:http';
import type { EngineWorld } from '../world/world.ts';
import { type Account, authenticate, challenge } from './accounts.ts';
import type { Fault } from './faults.ts';

interface PortalServerOptions {
  readonly engines: readonly EngineWorld[];
  readonly accounts: readonly Account[];
  /** By name of the Engine. */
  readonly faults: ReadonlyMap<string, Fault>;
}

/** Where an Engine listens for the Portal: not the port of its Web API, and nothing answers there. */
const PORTAL_SIDE_PORT = 7000;

/** Answers the List Engines API of the Portal. Source: docs/nexthink-portal.md */
export function portalListener({ engines, accounts, faults }: PortalServerOptions): RequestListener {
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
    const list = engines.map((engine) => ({
      name: engine.name,
      databaseUID: engine.databaseUID,
      machineID: engine.machineID,
      description: `Sample Engine in ${engine.zone.name}`,
      status: statusOf(faults.get(engine.name)),
      address: '127.0.0.1',
      port: PORTAL_SIDE_PORT,
      timezone: engine.zone.name,
      version: engine.version,
    }));
    response.writeHead(200, { 'Content-Type': 'application/json; charset=utf-8' });
    response.end(JSON.stringify(list));
  };
}

function statusOf(fault: Fault | undefined): string {
  if (fault?.kind === 'disconnected') return 'DISCONNECTED';
  return fault?.kind === 'connecting' ? 'CONNECTING' : 'CONNECTED';
}
