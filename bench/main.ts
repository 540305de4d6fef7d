import { publish, type Report } from './harness.ts';

/** Benchmarks by name; each gives its reports by the name of the result's file. */
const BENCHMARKS: Readonly<Record<string, () => Promise<Readonly<Record<string, Report>>>>> = {
  api: async () => (await import('./api.ts')).benchApi(),
  engine: async () => (await import('./engine.ts')).benchEngine(),
  portal: async () => (await import('./portal.ts')).benchPortal(),
  merge: async () => (await import('./merge.ts')).benchMerge(),
};

const [name] = process.argv.slice(2);
if (name !== undefined && !Object.hasOwn(BENCHMARKS, name)) {
  process.stderr.write(`bench [NAME], where NAME is one of ${Object.keys(BENCHMARKS).join(', ')}\n`);
  process.exitCode = 2;
} else {
  for (const [each, run] of Object.entries(BENCHMARKS)) {
    if (name !== undefined && name !== each) continue;
    for (const [file, report] of Object.entries(await run())) publish(file, report);
  }
}
