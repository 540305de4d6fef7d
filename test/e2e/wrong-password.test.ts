import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Simulator, startSimulator } from '../../local/simulator/simulator.ts';
import { pause } from '../../modules/common/adapters/sleep.ts';
import { engineWebApi } from '../../modules/engines/adapters/engine-web-api.ts';
import { listEnginesApi } from '../../modules/engines/adapters/list-engines-api.ts';
import { checkLogin } from '../../modules/engines/check-account.ts';
import { basicAuthorization } from '../../modules/net/https-agent.ts';
import { memoryLeases, silentLog } from '../support/fakes.ts';
import { startTlsPeer, type TlsPeer } from '../support/tls-peer.ts';

const ENGINES = 12;
let simulator: Simulator;
/** Portal and authorization server; the first Engine in its list is away. */
let portal: TlsPeer;
/** Logins that the Portal has refused. */
let refusedByPortal = 0;

beforeAll(async () => {
  simulator = await startSimulator({ engines: ENGINES, rows: 10, faults: ['engine-1=down'] });
  const list = simulator.engines.map(({ id, name }) => ({
    name,
    databaseUID: id,
    status: 'CONNECTED',
    address: '127.0.0.1',
  }));
  const { username, password } = simulator.login;
  const good = ['Bearer T', basicAuthorization(username, password)];
  portal = await startTlsPeer((response) => {
    const { url, headers } = response.req;
    if (url === '/token') response.end(JSON.stringify({ access_token: 'T', token_type: 'Bearer' }));
    else if (good.includes(headers.authorization!)) response.end(JSON.stringify(list));
    else {
      refusedByPortal += 1;
      response.writeHead(401).end();
    }
  });
});
afterAll(async () => {
  await portal?.stop();
  await simulator?.stop();
});

/** Checks a login as `start-request` does, with the real adapters. @returns what it told, and the logins refused so far */
async function check(mode: 'basic' | 'oauth', password: string) {
  const outside = { allowLoopback: true, now: () => new Date(), log: silentLog };
  const before = refusals();
  const engineApi = engineWebApi({
    ...outside,
    addressOf: ({ name }) => ({
      host: '127.0.0.1',
      port: simulator.engines.find((engine) => engine.name === name)!.port,
      trust: { mode: 'ca', pem: simulator.caPem },
      answerBytes: 1e6,
    }),
    timeoutSeconds: 10,
    idleSeconds: 10,
    marker: { statuses: [], words: [] },
    pause,
    random: Math.random,
  });
  const client = { tokenUrl: `${portal.url}/token`, clientId: 'client', clientSecret: async () => 'secret' };
  const portalApi = listEnginesApi({
    ...outside,
    url: portal.url,
    trust: { mode: 'ca', pem: portal.caPem },
    auth: mode === 'basic' ? { mode } : { mode, ...client },
  });
  const ports = {
    portalApi,
    engineApi,
    leases: memoryLeases(),
    pause,
    federation: undefined,
    log: silentLog,
    clock: { now: () => new Date() },
  };
  const login = { ...simulator.login, password };
  try {
    const outcome = await checkLogin(login, ['engine', 'portal'], { whenUnproved: 'refuse' }, ports).catch(
      (error: Error) => error.name,
    );
    return { outcome, refused: refusals() - before };
  } finally {
    await engineApi.close();
  }
}

/** Logins that Portal and Engines have refused together. */
const refusals = (): number =>
  refusedByPortal + simulator.engines.reduce((sum, { traffic }) => sum + traffic.refusedLogins, 0);

describe('a wrong password with 12 Engines (decision 26)', () => {
  it('reaches the Portal once and no Engine, where the Portal checks it', async () => {
    expect(await check('basic', 'wrong')).toEqual({ outcome: 'LoginRefusedError', refused: 1 });
    expect(simulator.engines.filter(({ traffic }) => traffic.refusedLogins > 0)).toEqual([]);
  });

  it('reaches one Engine where the Portal cannot check it, and no other', async () => {
    expect(await check('oauth', 'wrong')).toEqual({ outcome: 'LoginRefusedError', refused: 1 });
  });

  it.each(['basic', 'oauth'] as const)(
    'is told from a good one, which %s finds although an Engine is away',
    async (mode) => {
      const { password } = simulator.login;
      expect(await check(mode, password)).toEqual({ outcome: { accountPrivacy: 'full' }, refused: 0 });
    },
  );
});
