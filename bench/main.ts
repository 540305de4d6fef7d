import { findProgram } from '../test/support/program.ts';
import { BENCHMARKS } from './benchmarks.ts';
import { readCommand } from './command-line.ts';
import { Results } from './report.ts';

// Handlers of `exit` then remove temporary folders and end the processes that were started.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(130));

/** Runs the benchmarks one after the other. One that fails does not keep the next from running. @returns the exit code */
async function runAll(names: readonly string[], isQuick: boolean): Promise<number> {
  const missing = names.flatMap((name) =>
    Object.entries(BENCHMARKS[name]!.programs).filter(([it]) => !findProgram(it)),
  );
  if (missing.length > 0) {
    for (const [program, debianPackage] of missing) {
      console.error(`${program} is missing. On Debian: sudo apt-get install ${debianPackage}`);
    }
    return 1;
  }
  let failures = 0;
  for (const name of names) {
    const began = performance.now();
    const outcome = await BENCHMARKS[name]!.run(new Results({ isQuick })).catch((error: unknown) => {
      failures += 1;
      console.error(error);
      return 'failed' as const;
    });
    const seconds = ((performance.now() - began) / 1000).toFixed(0);
    console.log(`\nbench ${name}${isQuick ? ' --quick' : ''} ${outcome ?? 'ended'} after ${seconds} s`);
  }
  return failures === 0 ? 0 : 1;
}

const command = readCommand(process.argv.slice(2));
if (command.kind === 'run') {
  process.exitCode = await runAll(command.names, command.isQuick);
} else {
  (command.kind === 'help' ? process.stdout : process.stderr).write(command.text);
  process.exitCode = command.kind === 'help' ? 0 : 2;
}
