import { once } from 'node:events';
import { startLocalSystem } from '../../local/system.ts';
import { changeSettings, createSecret } from '../support/settings.ts';
import { Draw } from './draw.ts';
import { CALLERS, type Hello, type Order, type StartOrders, WEBHOOK_KEY } from './system-process.ts';

/**
 * The whole system in a process of its own, which can be killed at any instant. It obeys messages: faults on and off,
 * schedules called. The first message says how to start: arguments can be read by every account of a machine.
 */
const [{ seed, peerUrl, now, ...options }] = (await once(process, 'message')) as [StartOrders];
const system = await startLocalSystem({ ...options, byClock: true, seed, now: new Date(now), ticketPort: 0 });
// A stand-in whose own store fails must not end the system: AWS would not end either.
const failures: string[] = [];
for (const event of ['uncaughtException', 'unhandledRejection'])
  process.on(event, (error: Error) => void failures.push(`${error?.name}: ${error?.stack?.split('\n')[1]?.trim()}`));

const draw = new Draw(seed);
for (const faults of [system.storeFaults, system.serviceFaults]) faults.random = draw.next;
await createSecret(system, 'webhooks/chaos', { secrets: [WEBHOOK_KEY] });
await changeSettings(system, {
  approval: { anonymize: 'required' },
  login: { later: 'allowed' },
  deadline: { holidays: [] },
  nightlyJobs: [],
  reruns: { by: 'service-account', firstMinutes: 0, longestMinutes: 0 },
  callerLimits: { callsPerMinute: 100_000, unfinishedRequests: 10_000 },
  outbound: { webhooks: [{ id: 'chaos', url: `${peerUrl}/told`, secretId: 'webhooks/chaos' }] },
} as Parameters<typeof changeSettings>[1]);
const tokens = await Promise.all(CALLERS.map(async ({ name, scopes }) => [name, await system.tokenFor(name, scopes)]));
const { apiUrl, login, users, devices, portal, awsEnvironment, logFile, executionsFile, ticketsUrl } = system;
const { host, port, roles } = portal;
const hello: Hello = {
  apiUrl,
  login,
  users,
  devices,
  awsEnvironment,
  logFile,
  executionsFile,
  portal: { host, port, roles },
  ticketsUrl: ticketsUrl!,
  tokens: Object.fromEntries(tokens),
  engines: system.simulator.engines.map(({ name }) => name),
  passwords: system.simulator.accounts.map(({ password }) => password),
};
process.send!({ hello });

async function follow(order: Order): Promise<unknown> {
  if (order.do === 'engine')
    return system.simulator.engines.find(({ name }) => name === order.engine)!.setFault(order.fault);
  if (order.do === 'list') return system.simulator.setPortalFault(order.fault);
  if (order.do === 'calls') {
    const { share, kinds, delayMs } = order;
    return void Object.assign(order.of === 'stores' ? system.storeFaults : system.serviceFaults, {
      share,
      kinds,
      delayMs,
    });
  }
  if (order.do === 'invoke') return await system.invoke(order.name);
  if (order.do === 'state')
    return {
      running: system.running().length,
      stores: system.storeFaults.counts,
      services: system.serviceFaults.counts,
      failures,
      peaks: system.functionPeaks(),
    };
  return await system.stop();
}

process.on('disconnect', () => process.exit(0)); // who started it is gone
process.on('message', async ({ id, order }: { id: number; order: Order }) => {
  try {
    process.send!({ id, answer: await follow(order) });
  } catch (error) {
    process.send!({ id, error: (error as Error).message });
  }
  if (order.do === 'stop') process.disconnect();
});
