import type { Results } from './report.ts';

/** One benchmark, as `npm run bench` lists it. */
export interface Benchmark {
  /** What is measured, and the rival or limit that it is compared with. */
  readonly compares: string;
  /** Names of its tables, which are those of the files in `bench/results/`. */
  readonly tables: readonly string[];
  /** How long it takes on two cores, minutes. */
  readonly minutes: { readonly full: number; readonly quick: number };
  /** Programs that it calls, by the Debian package that brings them. */
  readonly programs: Readonly<Record<string, string>>;
  readonly run: (results: Results) => Promise<void>;
}

/** Every benchmark by its name. A module is loaded when its benchmark runs. */
export const BENCHMARKS: Readonly<Record<string, Benchmark>> = {
  api: {
    compares:
      'size and import time of each function with their limits; two routes under 50 callers with an empty route',
    tables: ['api-cold-start', 'api-load'],
    minutes: { full: 5, quick: 3 },
    programs: {},
    run: async (results) => (await import('./api.ts')).benchApi(results),
  },
  console: {
    compares: 'when the first view of the console can be used, and what is transferred for it, with their limits',
    tables: ['console'],
    minutes: { full: 2, quick: 1 },
    programs: { 'chromium-headless-shell': 'chromium-headless-shell' },
    run: async (results) => (await import('./console.ts')).benchConsole(results),
  },
  engine: {
    compares:
      "CPU of an Engine's rows with deflate alone; a whole retrieval with a client that queries Engine after Engine",
    tables: ['engine-path', 'engine-wall'],
    minutes: { full: 20, quick: 3 },
    programs: {},
    run: async (results) => (await import('./engine.ts')).benchEngine(results),
  },
  hostile: {
    compares: 'the worst known input for each parser of bytes that others write with a limit',
    tables: ['hostile'],
    minutes: { full: 1, quick: 1 },
    programs: {},
    run: async (results) => (await import('./hostile.ts')).benchHostile(results),
  },
  merge: {
    compares:
      'merge of Parts into the archive with tar-stream and gzip, archiver and GNU tar; the whole way with deflate alone',
    tables: ['merge-engines', 'merge-s3', 'merge', 'merge-total'],
    minutes: { full: 25, quick: 2 },
    programs: { tar: 'tar' },
    run: async (results) => (await import('./merge.ts')).benchMerge(results),
  },
  portal: {
    compares: 'anonymization, search and retrieval in the Portal database with the same SQL by hand in psql',
    tables: ['portal'],
    minutes: { full: 15, quick: 2 },
    programs: { psql: 'postgresql-client' },
    run: async (results) => (await import('./portal.ts')).benchPortal(results),
  },
  start: {
    compares: 'npm start from a fresh clone, its memory, the second start and the first retrieval with their limits',
    tables: ['start'],
    minutes: { full: 10, quick: 2 },
    programs: { git: 'git', npm: 'npm' },
    run: async (results) => (await import('./start.ts')).benchStart(results),
  },
};
