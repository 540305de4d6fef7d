import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type LocalSystem, startLocalSystem } from '../../local/system.ts';
import type { Manifest } from '../../modules/archive/manifest.ts';
import { PROBE_STATEMENT } from '../../modules/engines/nxql.ts';
import { FILES } from '../../modules/engines/tables/tables.ts';
import { untar } from '../../test/support/archive.ts';
import { gdpr } from '../../test/support/command.ts';
import { inChild, inTurn, ratios, spread } from '../harness.ts';
import type { Run } from '../measured.ts';
import { atLeast, type Results } from '../report.ts';
import type { SequentialTask } from '../rivals/one-by-one.ts';
import { type ObservedQuery, observeQueries } from './observed-queries.ts';

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
  const system = await startLocalSystem({ ...scale, byClock: true });
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
        'The client sends each query once: look-ups, pages that name the fields and tables of an Engine, lists and tables. The system ' +
          'also asks for columns, checks the account, and looks each name up again right before it queries.',
        rowsNote(runs.system[0]!, runs.oneByOne[0]!),
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

/** Why both count other rows: the tables have the same ones. */
function rowsNote(system: Run, client: Run): string {
  const [inFiles, inAnswers] = [system.tableRows!, client.tableRows!];
  const same =
    inFiles === inAnswers ? `${inFiles} rows of tables in both` : `${inFiles} and ${inAnswers} rows of tables`;
  return (
    `Rows: ${same}. The retrieval has ${system.rows! - inFiles} more in lists that it puts together from small answers; the client counts ` +
    `${client.rows! - inAnswers} more as they came: of those answers, of look-ups, and rows that were sent again to confirm an answer.`
  );
}

/** The queries of one retrieval without those for columns, each once, sorted by Engine. */
async function taskOf(system: LocalSystem, folder: string): Promise<SequentialTask> {
  const observed = await observeQueries(() => retrieve(system, folder));
  const isNeeded = ({ statement }: ObservedQuery) =>
    statement !== PROBE_STATEMENT && !/\(identifier 0\)/.test(statement);
  const { username, password } = system.login;
  return {
    authorization: `Basic ${btoa(`${username}:${password}`)}`,
    csvFile: join(folder, 'one-by-one.csv'),
    queries: system.simulator.engines.flatMap(({ port, url }) => {
      const own = observed.filter((query) => query.port === port && isNeeded(query));
      const once = new Map(own.map(({ statement, platform }) => [`${platform} ${statement}`, { statement, platform }]));
      return [...once.values()].map((query) => ({ url, ...query }));
    }),
  };
}

interface Execution {
  readonly events: readonly {
    readonly timestamp: number;
    readonly stateEnteredEventDetails?: { readonly name: string };
    readonly stateExitedEventDetails?: { readonly name: string };
  }[];
}

/** When the Map of the last execution began and ended, seconds since 1970. */
function mapTimes(system: LocalSystem): [number, number] {
  const { events } = system.history().at(-1) as Execution;
  const at = (key: 'stateEnteredEventDetails' | 'stateExitedEventDetails') =>
    events.find((event) => event[key]?.name === 'Query Each Engine')!.timestamp;
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
  const manifest = JSON.parse((await untar(readFileSync(out)))['manifest.json']!) as Manifest;
  const { progress } = JSON.parse(stdout) as { progress: readonly { readonly rows: number }[] };
  return {
    cpuSeconds: 0,
    peakMb: 0,
    wallSeconds,
    mapSeconds: to - from,
    queries: queriesOf(system) - queriesBefore,
    rows: progress.reduce((sum, { rows }) => sum + rows, 0),
    tableRows: manifest.files.reduce((sum, { name, rows }) => sum + (isTable(name) ? rows : 0), 0),
  };
}

/** True for a file with rows as Engines give them; lists are put together. */
const isTable = (name: string) => FILES.get(name)?.kind === 'stream';

const queriesOf = ({ simulator }: LocalSystem) =>
  simulator.engines.reduce((sum, { traffic }) => sum + traffic.queries, 0);
