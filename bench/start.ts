import { chmodSync, rmSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { inTemporaryFolder, spread } from './harness.ts';
import { atMost, type Line, type Report, type Results } from './report.ts';
import { cloneProject, retrieveOnce, startSystem, warmCache } from './start/clone.ts';
import { memoryOf, processesOf } from './start/processes.ts';

const TIMES = { full: 5, quick: 1 };
/** Between `Ready` and the measurement of memory, seconds. */
const REST_SECONDS = 10;

const MAX_FRESH_SECONDS = 40;
const MAX_SECOND_SECONDS = 4;
const MAX_MB = 1000;

interface Start {
  readonly freshSeconds: number;
  readonly banner: string;
  readonly megabytes: number;
  readonly processes: number;
  readonly retrievalSeconds: number;
  readonly secondSeconds: number;
}

/** `npm start` in a fresh clone of the commit that is checked out, its memory, the first retrieval and the second start. */
export function benchStart(results: Results, times = results.isQuick ? TIMES.quick : TIMES.full): Promise<void> {
  return inTemporaryFolder('start', async (folder) => {
    chmodSync(folder, 0o755); // as root, PostgreSQL runs as another account and needs a way into the clone
    if (!results.isQuick) warmCache(folder);
    const runs: Start[] = [];
    for (let time = 0; time < times; time++) {
      runs.push(await startTwice(folder));
      results.progress('start', reportOf(runs));
    }
    results.publish('start', reportOf(runs));
  });
}

async function startTwice(folder: string): Promise<Start> {
  const clone = cloneProject(folder);
  try {
    const first = await startSystem(clone);
    let atRest: Pick<Start, 'megabytes' | 'processes' | 'retrievalSeconds'>;
    try {
      await wait(REST_SECONDS * 1000);
      const processes = processesOf(first.leader);
      const megabytes = memoryOf(processes);
      atRest = { megabytes, processes: processes.length, retrievalSeconds: retrieveOnce(clone) };
    } finally {
      await first.stop();
    }
    const second = await startSystem(clone);
    await second.stop();
    return { freshSeconds: first.seconds, banner: first.banner, ...atRest, secondSeconds: second.seconds };
  } finally {
    rmSync(clone, { recursive: true, force: true });
  }
}

function reportOf(runs: readonly Start[]): Report {
  const all = (figure: (run: Start) => number) => runs.map(figure);
  const bars = [
    atMost(
      'fresh clone to Ready, s',
      all(({ freshSeconds }) => freshSeconds),
      MAX_FRESH_SECONDS,
      1,
    ),
    atMost(
      'second start to Ready, s',
      all(({ secondSeconds }) => secondSeconds),
      MAX_SECOND_SECONDS,
      1,
    ),
    atMost(
      'memory of all processes, MB',
      all(({ megabytes }) => megabytes),
      MAX_MB,
      0,
    ),
  ];
  const table = runs.map(
    ({ freshSeconds, banner, megabytes, processes, retrievalSeconds, secondSeconds }): Line => ({
      'fresh clone to Ready, s': freshSeconds.toFixed(1),
      'banner says': /^Ready after [\d.]+ s/.exec(banner)?.[0] ?? banner,
      'memory, MB': Math.round(megabytes),
      processes,
      'first retrieval, s': retrievalSeconds.toFixed(1),
      'second start, s': secondSeconds.toFixed(1),
    }),
  );
  return {
    title: 'npm start from a fresh clone',
    table,
    bars,
    needsFullSize: false,
    notes: [
      `First retrieval, without a bar: ${spread(
        all(({ retrievalSeconds }) => retrievalSeconds),
        1,
      )} s, the command line tool included.`,
      `Memory: proportional set size of all processes together, ${REST_SECONDS} s after Ready.`,
      'The npm cache: a full run installs the packages once before; a quick run takes the cache as it is.',
      'The clone is of the commit that is checked out; what is not committed is not measured.',
    ],
    data: runs,
  };
}
