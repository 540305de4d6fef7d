import { readdirSync } from 'node:fs';
import { startLocalSystem } from '../../local/system.ts';

/** What the main process of a system holds. */
export interface Held {
  /** After a forced collection, MB. */
  readonly heapMb: number;
  readonly rssMb: number;
  readonly handles: number;
  readonly files: number;
}

const MEGABYTE = 2 ** 20;

/**
 * The whole system in a process of its own, which tells what it holds as often as it is asked. Needs `--expose-gc`.
 * Argument: its data folder.
 */
const system = await startLocalSystem({ dataDir: process.argv[2]!, engines: 1, rows: 30, seed: 48 });
const { apiUrl, token, login, users } = system;
process.send!({ apiUrl, token, login, users });
process.on('message', async (message) => {
  if (message === 'stop') {
    await system.stop();
    process.exit(0);
  }
  process.send!(held());
});

function held(): Held {
  for (let i = 0; i < 3; i++) globalThis.gc!();
  const { heapUsed, external, rss } = process.memoryUsage();
  return {
    heapMb: (heapUsed + external) / MEGABYTE,
    rssMb: rss / MEGABYTE,
    handles: process.getActiveResourcesInfo().filter((name) => name !== 'Timeout' && name !== 'Immediate').length,
    files: readdirSync('/proc/self/fd').length,
  };
}
