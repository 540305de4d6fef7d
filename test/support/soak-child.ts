import { EventEmitter } from 'node:events';
import { readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { queryObjects } from 'node:v8';
import { Execution } from '../../local/aws/executions/execution.ts';
import { startLocalSystem } from '../../local/system.ts';

/** What the main process of a system holds. */
export interface Held {
  /** After a forced collection, with buffers, MB. */
  readonly heap: number;
  /** Resident memory, MB. */
  readonly resident: number;
  readonly handles: number;
  readonly descriptors: number;
  /** Files that are no request's: of the temporary folder, of the tables' store, and beside them. */
  readonly files: number;
  /** Objects alive, by kind. */
  readonly executions: number;
  /** Of the tables' store: each holds its files as they were. */
  readonly iterators: number;
  readonly promises: number;
  readonly emitters: number;
  readonly signals: number;
}

const { AbstractIterator } = createRequire(createRequire(import.meta.url).resolve('dynalite'))('abstract-level') as {
  AbstractIterator: () => void;
};

const MEGABYTE = 2 ** 20;
/** They come and go with the clock. */
const NO_HANDLES = ['Timeout', 'Immediate'];

/**
 * The whole system in a process of its own, which tells what it holds, and when no execution runs any more. Needs `--expose-gc`.
 * Argument: its data folder.
 */
const [dataDir] = process.argv.slice(2) as [string];
const system = await startLocalSystem({ dataDir, engines: 1, rows: 30, seed: 48 });
const { apiUrl, token, login, users } = system;
process.send!({ apiUrl, token, login, users });
process.on('message', async (message) => {
  if (message === 'held') return void process.send!(held());
  if (message === 'rest') {
    while (system.running().length > 0) await sleep(20);
    return void process.send!('rests');
  }
  await system.stop();
  process.exit(0);
});

function held(): Held {
  const alive = (kind: Parameters<typeof queryObjects>[0]) => queryObjects(kind, { format: 'count' }); // collects, too
  const objects = {
    executions: alive(Execution),
    iterators: alive(AbstractIterator),
    promises: alive(Promise),
    emitters: alive(EventEmitter),
    signals: alive(AbortSignal),
  };
  globalThis.gc!();
  const { heapUsed, external, rss } = process.memoryUsage();
  const folders = [readdirSync(dataDir), readdirSync(join(dataDir, 'tables'))];
  return {
    ...objects,
    heap: (heapUsed + external) / MEGABYTE,
    resident: rss / MEGABYTE,
    handles: process.getActiveResourcesInfo().filter((name) => !NO_HANDLES.includes(name)).length,
    descriptors: readdirSync('/proc/self/fd').length,
    files: [...folders, readdirSync(tmpdir(), { recursive: true })].flat().length,
  };
}
