import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type LocalSystem, startLocalSystem } from '../../local/system.ts';
import { gdpr } from '../../test/support/command.ts';
import { inChild, inTurn, ratios, spread } from '../harness.ts';
import type { Run } from '../measured.ts';
import { atLeast, type Results } from '../report.ts';
import type { SequentialTask } from '../rivals/one-by-one.ts';
import { observeQueries } from './observed-queries.ts';

export interface WallScale {
  readonly engines: number;
  /** Event rows of each Engine. */
  readonly rows: number;
  /** What each query takes besides its work. */
  readonly delayMs: number;
  readonly times: number;
}

const FULL: WallScale = { engines: 8, rows: 2000, delayMs: 200, times: 5 };
const QUICK: WallScale = { engines: 4, rows: 200, delayMs: 100, times: 2 };

/** The client divided by the system, wall time. */
const MIN_RATIO = 6;

/** How long a retrieval from several Engines takes, against a client that asks the same queries Engine after Engine. */
export async function benchEngineWall(
  folder: string,
  results: Results,
  scale: WallScale = results.isQuick ? QUICK : FULL,
): Promise<void> {
  const { engines, delayMs, times } = scale;
  const system = await startLocalSystem(scale);
  try {
    const taskFile = join(folder, 'one-by-one.json');
    writeFileSync(taskFile, JSON.stringify(await taskOf(system, folder)));
    const runs = await inTurn(times, {
      system: () => retrieve(system, folder),
      oneByOne: () => inChild('bench/rivals/one-by-one.ts', taskFile),
    });
    const map = ratios(runs.oneByOne, runs.system, 'wallSeconds', 'mapSeconds');
    const whole = ratios(runs.oneByOne, runs.system, 'wallSeconds');
    results.publish('engine-wall', {
      title: `${engines} Engines, ${delayMs} ms a query: a retrieval against a client that queries one after the other`,
      table: [
        lineOf('the Map of the system', runs.system, 'mapSeconds'),
        lineOf('the whole retrieval', runs.system, 'wallSeconds'),
        lineOf('one after the other', runs.oneByOne, 'wallSeconds'),
      ],
      bars: [atLeast('whole retrieval, times as fast', whole, MIN_RATIO, 1)],
      needsFullSize: true,
      notes: [
        `The Map alone: ${spread(map, 1)} times as fast.`,
        'The client sends the queries of the Map that were answered with rows; the system also asks which columns an Engine knows.',
      ],
      data: runs,
    });
  } finally {
    await system.stop();
  }
}

const lineOf = (what: string, runs: readonly Run[], figure: string) => ({
  what,
  'wall s': spread(
    runs.map((run) => run[figure]!),
    1,
  ),
  queries: runs[0]!.queries!,
  rows: runs[0]!.rows!,
});

/** The queries of one retrieval's Map, sorted by Engine. */
async function taskOf(system: LocalSystem, folder: string): Promise<SequentialTask> {
  const observed = await observeQueries(() => retrieve(system, folder));
  const [from, to] = mapTimes(system);
  const { username, password } = system.login;
  return {
    authorization: `Basic ${btoa(`${username}:${password}`)}`,
    csvFile: join(folder, 'one-by-one.csv'),
    queries: system.simulator.engines.flatMap(({ port, url }) =>
      observed
        .filter((query) => query.port === port && query.answeredAt >= from && query.answeredAt <= to)
        .map(({ statement, platform }) => ({ url, statement, platform })),
    ),
  };
}

interface Execution {
  readonly events: readonly {
    readonly timestamp: number;
    readonly stateEnteredEventDetails?: { readonly name: string };
    readonly stateExitedEventDetails?: { readonly name: string };
  }[];
}

/** When the Map of the last execution began and ended, milliseconds since 1970. */
function mapTimes(system: LocalSystem): [number, number] {
  const { events } = system.history().at(-1) as Execution;
  const at = (key: 'stateEnteredEventDetails' | 'stateExitedEventDetails') =>
    1000 * events.find((event) => event[key]?.name === 'Query Each Engine')!.timestamp;
  return [at('stateEnteredEventDetails'), at('stateExitedEventDetails')];
}

/** One retrieval by the command line tool, from its start to the archive on disk. */
async function retrieve(system: LocalSystem, folder: string): Promise<Run> {
  const queriesBefore = queriesOf(system);
  const out = join(folder, 'gdpr-data.tar.gz');
  const began = performance.now();
  const args = ['--user', system.users[0]!, '--engine-data', '--out', out, '--force', '--json'];
  const { code, stdout, stderr } = await gdpr(system, 'retrieve', ...args);
  const wallSeconds = (performance.now() - began) / 1000;
  if (code !== 0) throw new Error(`the retrieval ended with ${code}: ${stderr}`);
  const [from, to] = mapTimes(system);
  const { progress } = JSON.parse(stdout) as { progress: readonly { readonly rows: number }[] };
  return {
    cpuSeconds: 0,
    peakMb: 0,
    wallSeconds,
    mapSeconds: (to - from) / 1000,
    queries: queriesOf(system) - queriesBefore,
    rows: progress.reduce((sum, { rows }) => sum + rows, 0),
  };
}

const queriesOf = ({ simulator }: LocalSystem) =>
  simulator.engines.reduce((sum, { traffic }) => sum + traffic.queries, 0);
