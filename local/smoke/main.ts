import { access, constants, writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { readOptions, USAGE, UsageError } from './options.ts';
import { type Report, STEPS, smoke } from './smoke.ts';

/**
 * `npm run smoke -- --stack NAME`: what a customer runs after the first deployment (docs/deployment.md).
 * Exit codes: 0 everything works, 1 something is at fault, 2 wrong usage, 3 no fault, but not everything was tried, 130 stopped.
 */
if (process.argv.includes('--help')) {
  console.log(USAGE);
  process.exit(0);
}
try {
  const options = await readOptions(process.argv.slice(2), process.env, STEPS);
  const file = resolve(process.env.INIT_CWD ?? '.', options.report);
  await access(dirname(file), constants.W_OK).catch(unwritable); // before minutes of work
  const stop = new AbortController();
  const stopOnce = () => {
    console.error('Stopping: what was begun is undone. Press Ctrl-C again to leave it as it is.');
    stop.abort();
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, stopOnce);
  const report = await smoke(options, (line) => console.log(line.replaceAll(/\p{C}/gu, '?')), undefined, stop.signal);
  await writeFile(file, `${JSON.stringify(report, null, 2)}\n`).catch(unwritable);
  const { words, code } = outcomeOf(report);
  console.log(`\n${words}. The report, which names nobody: ${file}`);
  process.exit(stop.signal.aborted ? 130 : code); // a call that was given up may still be at work
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  console.error(`${error.message}.\n\n${USAGE}`);
  process.exit(2);
}

function outcomeOf({ passed, checks }: Report) {
  const count = (...states: readonly string[]) => checks.filter(({ state }) => states.includes(state)).length;
  const [faults, open] = [count('fault'), count('not measured', 'not configured')];
  if (passed) return { words: `The system works. Warnings: ${count('warning')}`, code: 0 };
  if (faults > 0) return { words: `Faults: ${faults}. Not tried: ${open}`, code: 1 };
  return { words: `No fault, but not everything was tried. Not tried: ${open}`, code: 3 };
}

function unwritable(error: unknown): never {
  throw new UsageError(`--report cannot be written (${(error as NodeJS.ErrnoException).code})`);
}
