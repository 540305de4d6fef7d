import { EventEmitter } from 'node:events';
import { readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { queryObjects } from 'node:v8';
import { Execution } from '../../local/aws/executions/execution.ts';
import { accountFor, reachableFolder } from '../../local/portal-database/postgres-binaries.ts';
import { startLocalSystem } from '../../local/system.ts';
import { changeSettings } from './settings.ts';
import { type Held, heldByFunctions, kilobytes, probeOption } from './soak.ts';

const { AbstractIterator } = createRequire(createRequire(import.meta.url).resolve('dynalite'))('abstract-level') as {
  AbstractIterator: () => void;
};

const MEGABYTE = 2 ** 20;
/** They come and go with the clock, or belong to processes of functions, which are counted apart. */
const NO_HANDLES = ['Timeout', 'Immediate', 'ProcessWrap', 'PipeWrap'];

/**
 * The whole system in a process of its own, which tells what it and its functions hold, and when no execution runs any more.
 * Needs `--expose-gc`. Arguments: its data folder, and one for what the functions tell.
 */
const [dataDir, probes] = process.argv.slice(2) as [string, string];
const [engines, seed] = [1, 48];
const system = await startLocalSystem({
  dataDir,
  byClock: true,
  engines,
  rows: 30,
  seed,
  nodeOptions: probeOption(probes),
});
await changeSettings(system, { callerLimits: { callsPerMinute: 100_000, unfinishedRequests: 10_000 } });
const portal = await reachableFolder(join(dataDir, `portal-${engines}-${seed}`), accountFor());
const { apiUrl, token, login, users } = system;
process.send!({ apiUrl, token, login, users });
process.on('message', async (message) => {
  if (message === 'held') return void process.send!(await held());
  if (message === 'rest') {
    while (system.running().length > 0) await sleep(20);
    return void process.send!('rests');
  }
  await system.stop();
  process.exit(0);
});

async function held(): Promise<Held> {
  const functions = await heldByFunctions(probes);
  const alive = (kind: Parameters<typeof queryObjects>[0]) => queryObjects(kind, { format: 'count' }); // collects, too
  const objects = {
    executions: alive(Execution),
    /** Of the tables' store: each holds its files as they were. */
    iterators: alive(AbstractIterator),
    promises: alive(Promise),
    emitters: alive(EventEmitter),
    signals: alive(AbortSignal),
  };
  globalThis.gc!();
  const { heapUsed, external, rss } = process.memoryUsage();
  const within = (name: string) => kilobytes(join(dataDir, name));
  return {
    ...objects,
    ...functions,
    heap: (heapUsed + external) / MEGABYTE,
    resident: rss / MEGABYTE,
    handles: process.getActiveResourcesInfo().filter((name) => !NO_HANDLES.includes(name)).length,
    /** A process of a function has one of them. */
    descriptors: readdirSync('/proc/self/fd').length - functions.processes!,
    /** That are no request's. */
    files: [readdirSync(dataDir), readdirSync(tmpdir(), { recursive: true })].flat().length,
    'disk: temporary': kilobytes(tmpdir()),
    'disk: objects': within('objects'),
    'disk: portal': kilobytes(portal),
    'kept: tables': within('tables'),
    'kept: histories': within('executions.jsonl'),
    'kept: log': within('functions.log') + within('functions.log.old'),
  };
}
